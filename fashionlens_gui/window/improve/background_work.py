"""The work of “Improve the model…” in a worker thread, the only one that imports torch."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.corrections import training_labels
from fashionlens_gui.window.shell import responsive_import
from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import ModelFileError
from trainer.model_files import names
from trainer.model_files.library import SUFFIX, ModelEntry, ModelLibrary

if TYPE_CHECKING:
    from trainer.inference.predictor import Predictor
    from trainer.model_files.replay_file import Replay
    from trainer.training.improve.improve import Improvement


def improve_model(
    entry: ModelEntry, library: ModelLibrary, control: WorkControl
) -> Generator[ProgressEvent, None, Improvement]:
    """Train the model on all corrections; nothing is saved."""
    yield ProgressEvent("starting", 0, 0)
    responsive_import.import_torch()
    with responsive_import.frequent_switches():
        import fashionlens_gui.window.improve.result_page  # noqa: F401 - pyqtgraph takes a second
        from trainer.training.improve import improve
        from trainer.training.runs import replay_source

    name = names.free_name(f"{entry.path.stem} improved".replace(" improved improved", " improved"), library.folders)
    data_paths = paths.data_paths()
    history = paths.run_history_dir()

    def open_replay(predictor: Predictor) -> Generator[ProgressEvent, None, Replay | None]:
        return replay_source.open_replay(entry.path, predictor, history, data_paths, control)

    corrections, device = training_labels.stored_labels(), devices.choose("auto")
    return (
        yield from improve.improve(entry.path, corrections, control, name=name, open_replay=open_replay, device=device)
    )


def save_model(improvement: Improvement, _: WorkControl) -> str:
    """Save the new model in the library; returns its name."""
    from trainer.training.improve import improve

    target = paths.models_dir() / f"{improvement.metadata.name}{SUFFIX}"
    improve.save(target, improvement)
    return target.stem


def library_key(entry: ModelEntry, library: ModelLibrary) -> str:
    """What :meth:`ModelLibrary.find` finds a model by: its name, or its path if it is outside the library's folders."""
    try:
        found = library.find(entry.path.stem)
    except ModelFileError:
        found = None
    return entry.path.stem if found == entry.path else str(entry.path.absolute())
