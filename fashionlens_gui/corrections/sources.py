"""What people said, as something for a model to learn from."""

from __future__ import annotations

from fashionlens_gui import paths
from fashionlens_gui.corrections.store import read_labels
from trainer.training.improve.corrected_photos import Correction


def kept_corrections() -> list[Correction]:
    """Everything that a person ever said of a photo and did not take back; what was said first comes first.

    That a photo has no colour, pattern and so on is nothing that a model could learn.

    Raises:
        SaveError, DataError: The corrections cannot be read.
    """
    labels = read_labels(paths.corrections_file())
    return [Correction(label.path, label.value, label.attribute, label.digest) for label in labels if label.value]
