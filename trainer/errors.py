"""The one family of errors: each carries the plain sentence for the user and, apart from it, the detail for the log."""

from __future__ import annotations


class FashionLensError(Exception):
    """Something the user can understand and act on.

    Args:
        sentence: What happened, to which file, and what to do, in plain words. Shown as it is.
        detail: Technical detail for the log; never shown unasked.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


class PhotoError(FashionLensError):
    """One photo cannot be read. ``code`` is a short stable word for tests and filters, such as ``truncated``."""

    def __init__(self, code: str, sentence: str, detail: str = "") -> None:
        super().__init__(sentence, detail)
        self.code = code


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

    def __init__(self, sentence: str = "Stopped before it was done.") -> None:
        super().__init__(sentence)
