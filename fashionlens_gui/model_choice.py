"""The default model, the user's own models and the bundled ones, and moving a model to the trash. No Qt."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from trainer.errors import ModelFileError, SaveError
from trainer.model_files.library import ModelEntry, ModelLibrary, companions

if TYPE_CHECKING:
    from trainer.inference.open_predictor import Runtime
    from trainer.inference.prediction import PhotoPredictor

_log = logging.getLogger(__name__)

BUNDLED_MODELS = ("products", "fashion-mnist-resnet", "fashion-mnist-cnn")
"""Names of the bundled models, best first."""


def default_model(library: ModelLibrary) -> Path:
    """The best bundled model, else any. Raises :class:`ModelFileError` when there is none."""
    return best_of(library.entries(), library.folders[0]).path


def best_of(entries: Sequence[ModelEntry], folder: Path) -> ModelEntry:
    """As :func:`default_model`, of models that are listed already; ``folder`` is where the user's models are."""
    by_name = {entry.path.stem: entry for entry in entries}
    for name in (*BUNDLED_MODELS, *by_name):
        if name in by_name:
            return by_name[name]
    raise ModelFileError("no_models", folder=str(folder))


def find_model(name: str | None) -> Path:
    """The model of a name, or a model file; the default model for None. Raises :class:`ModelFileError`."""
    library = ModelLibrary(paths.model_folders())
    return library.find(name) if name else default_model(library)


def open_predictor(
    model: Path, device: str = "auto", runtime: Runtime = "auto", import_torch: Callable[[], None] | None = None
) -> PhotoPredictor:
    """Open a model file for prediction; see :func:`trainer.inference.open_predictor.open_predictor`."""
    from trainer.inference import open_predictor as opening

    samples = sorted(paths.samples_dir().glob("*.jpg"))
    graphs = opening.GraphFolders(paths.graph_folders(), samples, paths.precision_choices_file())
    return opening.open_predictor(model, graphs, device, runtime, import_torch)


def is_own(entry: ModelEntry) -> bool:
    """Whether it is in the user's models folder, and so may be renamed and deleted."""
    return entry.path.parent == paths.models_dir()


def is_bundled(entry: ModelEntry) -> bool:
    """Whether it was installed with the program."""
    return entry.path.parent == paths.bundled_models_dir()


def move_to_trash(entry: ModelEntry) -> None:
    """Move a model and its companion files to the system's trash, from which the user can restore it.

    Raises:
        ModelFileError: It is bundled, or no longer there.
        SaveError: The system has no trash here or refuses; the model is where it was.
    """
    if not is_own(entry):
        raise ModelFileError("not_own_model", name=entry.path.stem)
    if not entry.path.is_file():
        raise ModelFileError("model_gone", name=entry.path.stem)
    from send2trash import send2trash

    beside = companions(entry.path)
    if entry.card is not None and entry.card.is_file():
        beside.append(entry.card)
    try:
        send2trash(entry.path)
        for file in beside:
            send2trash(file)
    except Exception as error:  # each platform raises its own: OSError, COM errors, TrashPermissionError
        if not entry.path.is_file():  # the model is in the trash; the other files are of no use without it
            _log.warning("Not all files of the model %s could be moved to the trash: %r", entry.path, error)
            return
        raise SaveError(
            "model_not_trashed", repr(error), name=entry.path.stem, file=entry.path.name, folder=str(entry.path.parent)
        ) from error
