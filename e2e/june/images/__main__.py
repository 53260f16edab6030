"""The command `e2e/images`: makes image archives, or the folders from which a container engine builds the same images."""

from __future__ import annotations

import argparse

from june.images.product import BASE, REPOSITORY, build_product_images, make_context
from june.processes import stop_on_signals
from june.setup import SetupError
from june.setup.pods import FOR_IMAGES, ensure_packages


def main() -> None:
    parser = argparse.ArgumentParser(prog="e2e/images", description=__doc__.split(": ")[1])
    parser.add_argument("--context", action="store_true", help="only make target/images/*, to build in with an engine")
    arguments = parser.parse_args()
    stop_on_signals()
    try:
        if arguments.context:
            for name in ("operator", "worker"):
                print(make_context(name).relative_to(REPOSITORY))
            return
        if not BASE.made():
            ensure_packages(FOR_IMAGES)
        images = build_product_images()
        for image in (images.operator, images.worker):
            archive = REPOSITORY / "target" / "images" / f"{image.name.replace('/', '-').replace(':', '-')}.tar"
            with open(archive, "wb") as out:
                image.write_archive(out)
            print(f"{archive.relative_to(REPOSITORY)}  {image.name}  {image.digest}")
    except SetupError as e:
        raise SystemExit(f"e2e/images: {e}") from None


if __name__ == "__main__":
    main()
