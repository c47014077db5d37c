"""What people said, as something for a model to learn from."""

from __future__ import annotations

from fashionlens_gui import paths
from fashionlens_gui.corrections.label import categories
from fashionlens_gui.corrections.store import read_labels
from trainer.training.corrected_photos import CorrectedPhoto


def kept_photos() -> list[CorrectedPhoto]:
    """Every photo whose category a person ever named and did not take back; what was said first comes first.

    Raises:
        SaveError, DataError: The corrections cannot be read.
    """
    return [CorrectedPhoto(label.path, label.value) for label in categories(read_labels(paths.corrections_file()))]
