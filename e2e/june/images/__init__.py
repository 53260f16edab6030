"""Container images without a registry or a container engine: made from Dockerfiles, kept as layers in the cache."""

from june.images.dockerfile import build_image
from june.images.oci import Image

__all__ = ["Image", "build_image"]
