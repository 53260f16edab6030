"""Answers pip's question for a source archive's metadata, from the PKG-INFO that the archive carries; builds nothing."""

import os
import re


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with open("PKG-INFO", encoding="utf-8") as info:
        metadata = info.read()
    name, version = (re.search(rf"^{field}: (\S+)", metadata, re.MULTILINE).group(1) for field in ("Name", "Version"))
    folder = f"{name}-{version}.dist-info"
    os.makedirs(os.path.join(metadata_directory, folder))
    with open(os.path.join(metadata_directory, folder, "METADATA"), "w", encoding="utf-8") as out:
        out.write(metadata)
    return folder


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise RuntimeError("nothing is built during setup: this archive is fetched for the files in it")
