"""Which model is used when the user names none."""

from __future__ import annotations

from pathlib import Path

from trainer.errors import ModelFileError
from trainer.model_files.library import ModelLibrary

# Of the models that come with the program, the better ones first.
NAMES = ("products", "fashion-mnist-resnet", "fashion-mnist-cnn")


def first_choice(library: ModelLibrary) -> Path:
    """The best model that comes with the program, else any. Raises :class:`ModelFileError` when there is none."""
    entries = {entry.path.stem: entry.path for entry in library.entries()}
    for name in (*NAMES, *entries):
        if name in entries:
            return entries[name]
    raise ModelFileError(
        "There is no model on this computer yet, so photos cannot be tagged. Train one (in the window's Train tab, or "
        f"with “fashionlens train”), or put a model file (.safetensors) into {library.folders[0]}."
    )
