"""The one family of errors: each carries a code with parameters, and the technical detail for the log.

Sentences for people are made where they are shown (``fashionlens_gui.messages`` for the window and the command line).
"""

from __future__ import annotations

import errno
import os
import sys


class FashionLensError(Exception):
    """Something the user can understand and act on.

    Args:
        code: A short stable word for what happened, such as ``no_photos``; the key of its sentence.
        detail: Technical detail for the log; never shown unasked.
        parameters: What the sentence names: files, categories, counts. Plain values.
    """

    def __init__(self, code: str, detail: str = "", /, **parameters: object) -> None:
        super().__init__(code, parameters) if parameters else super().__init__(code)
        self.code = code
        self.parameters = parameters
        self.detail = detail


_BY_WINERROR = {
    5: "access_denied",
    19: "disk_read_only",
    32: "file_in_use",
    33: "file_in_use",
    39: "disk_full",
    112: "disk_full",
    206: "path_too_long",
}
_BY_ERRNO = {
    errno.EACCES: "no_permission",
    errno.EDQUOT: "disk_full",
    errno.ENAMETOOLONG: "path_too_long",
    errno.ENOSPC: "disk_full",
    errno.EROFS: "disk_read_only",
}
_WINDOWS_PATH = 248  # characters: from here on, Windows says of a path that it is not there


def os_reason(error: OSError) -> str:
    """Why a file cannot be opened or written, for the parameter ``reason`` of an error.

    Returns:
        A code of ``fashionlens_gui.messages.REASONS``, or the system's own words where there is none.
    """
    number = getattr(error, "winerror", None)
    if number in _BY_WINERROR:
        return _BY_WINERROR[number]
    on_windows = number is not None or os.name == "nt"
    if on_windows and isinstance(error, FileNotFoundError) and len(str(error.filename)) >= _WINDOWS_PATH:
        return "path_too_long"
    if isinstance(error, PermissionError):  # Python's open() has no winerror: a file in use looks like a forbidden one
        if on_windows:
            return "access_denied"
        if error.errno == errno.EPERM and sys.platform == "darwin":
            return "mac_privacy"
    return _BY_ERRNO.get(error.errno or 0) or error.strerror or str(error)


class PhotoError(FashionLensError):
    """One photo, or a folder of photos, cannot be read."""


class DataError(FashionLensError):
    """Training or test data is missing, incomplete or unusable."""


class ModelFileError(FashionLensError):
    """A model file is missing, damaged, of another kind, or does not fit this version."""


class MissingExtra(FashionLensError):
    """Libraries of an optional part are not installed; the sentence says how to get them."""


class DeviceMissing(FashionLensError):
    """The processor or graphics card that was asked for is not there."""


class CheckpointError(FashionLensError):
    """A training checkpoint cannot be continued from."""


class TrainingDiverged(FashionLensError):
    """The loss became infinite or not a number; the weights before that step are kept."""


class SaveError(FashionLensError):
    """A file could not be written; what was there before is untouched."""


class Cancelled(FashionLensError):
    """The user asked to stop before there was a result."""

    def __init__(self, code: str = "cancelled") -> None:
        super().__init__(code)
