"""Fixtures of the session tests: the same photos and files as in the tests of tagging."""

from tests.tagging.conftest import file, photo, tiny_model_file

__all__ = ["file", "photo", "tiny_model_file"]
