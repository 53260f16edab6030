"""Stands in for the build system that the pocketsphinx archive names (see packages.download_source)."""
