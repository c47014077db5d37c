"""The user's own models, as opposed to those that came with the program: which they are, and how they go. No Qt."""

from __future__ import annotations

import logging

from fashionlens_gui import paths
from trainer.errors import ModelFileError, SaveError
from trainer.model_files.library import ModelEntry, companions

_log = logging.getLogger(__name__)


def is_own(entry: ModelEntry) -> bool:
    """Whether it lies in the user's models folder, and so may be renamed and deleted."""
    return entry.path.parent == paths.models_dir()


def is_bundled(entry: ModelEntry) -> bool:
    """Whether it came with the program."""
    return entry.path.parent == paths.bundled_models_dir()


def move_to_trash(entry: ModelEntry) -> None:
    """Put a model and all that belongs to it into the system's trash, from which the user can take it back.

    Raises:
        ModelFileError: It came with the program, or is gone already.
        SaveError: The system has no trash here or refuses; the model is where it was.
    """
    if not is_own(entry):
        raise ModelFileError(f"“{entry.path.stem}” is none of your own models, so it is not deleted.")
    if not entry.path.is_file():
        raise ModelFileError(f"The model “{entry.path.stem}” is not there any more.")
    from send2trash import send2trash

    beside = companions(entry.path)
    if entry.card is not None and entry.card.is_file():
        beside.append(entry.card)
    try:
        send2trash(entry.path)
        for file in beside:
            send2trash(file)
    except Exception as error:  # each platform raises its own: OSError, COM errors, TrashPermissionError
        if not entry.path.is_file():  # the model is in the trash; what stayed means nothing without it
            _log.warning("Not all files of the model %s could be moved to the trash: %r", entry.path, error)
            return
        raise SaveError(
            f"“{entry.path.stem}” could not be moved to the trash, so it is still there. To delete it for good, "
            f"delete {entry.path.name} in {entry.path.parent}.",
            repr(error),
        ) from error
