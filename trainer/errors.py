"""The one family of errors: each carries a code with parameters, and the technical detail for the log.

Sentences for people are made where they are shown (``fashionlens_gui.messages`` for the window and the command line).
"""

from __future__ import annotations


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
