"""The model in use: which one it is, and whether it is ready. Loads it in a worker's thread."""

from __future__ import annotations

import logging
import os
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from fashionlens_gui import messages, paths
from fashionlens_gui.model_choice import best_of, open_predictor
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import Cancelled, FashionLensError, ModelFileError
from trainer.model_files.library import ModelEntry, ModelLibrary, read_entry

if TYPE_CHECKING:
    from trainer.inference.prediction import PhotoPredictor

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Previous:
    """The model in use before another was chosen, and its name in the settings."""

    entry: ModelEntry
    predictor: PhotoPredictor
    setting: str


class ActiveModel(QObject):
    """The one model in use, shared by all views.

    It is "loading" from the beginning; :meth:`begin` starts the loading, once the window is shown, because that imports
    torch. The newest choice wins; a load that was overtaken is dropped when it ends. A choice that cannot be found or
    opened is refused: the model before stays in use, as long as its file exists.

    The headers of all models are read in a worker's thread, by :meth:`refresh`.

    Attributes:
        state: "loading", "ready" or "failed".
        entry: The chosen model as the library lists it; None when there is none. Set as soon as it is chosen.
        predictor: What predicts; None unless ready.
        error: Why there is no predictor; None unless failed.
        library: The folders with models.
        entries: The models on this computer, as :attr:`library_changed` last announced them.
    """

    loading = Signal(str)
    """The name of the model that is being loaded."""
    ready = Signal(object)
    """The :class:`trainer.inference.prediction.PhotoPredictor`."""
    failed = Signal(object)
    """A :class:`trainer.errors.FashionLensError`; no model is loaded."""
    refused = Signal(object)
    """A chosen model cannot be used: a :class:`trainer.errors.FashionLensError` with the reason."""
    library_changed = Signal()
    """:attr:`entries` was read anew."""
    renamed = Signal(object, object)
    """A model was renamed: the old and the new Path."""

    def __init__(self, settings: Settings, library: ModelLibrary | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.library = library or ModelLibrary(paths.model_folders())
        self.entries: tuple[ModelEntry, ...] = ()
        self.state = "loading"
        self.entry: ModelEntry | None = None
        self.predictor: PhotoPredictor | None = None
        self.error: FashionLensError | None = None
        self._settings = settings
        self._finder = WorkerSlot[None, ModelEntry]("finding a model", self, mode="latest", on_error=self._refuse)
        self._loader = WorkerSlot[None, "PhotoPredictor"](
            "loading a model",
            self,
            mode="latest",
            on_events=lambda _: self._forget_previous(),
            on_result=self._set_ready,
            on_error=self._fail,
        )
        self._lister = WorkerSlot[None, tuple[list[ModelEntry], ModelEntry | None]](
            "listing models", self, mode="latest", on_result=self._listed
        )
        self._loads_when_listed = False  # with the model of the settings, as soon as the models are listed
        self._previous: _Previous | None = None
        self._chosen = False  # by the user, not at the start

    @property
    def name(self) -> str:
        """The file name of the model without suffix; empty when there is none."""
        return self.entry.path.stem if self.entry else ""

    @property
    def ready_entry(self) -> ModelEntry | None:
        """The model in use once it is ready."""
        return self.entry if self.predictor is not None else None

    def begin(self) -> None:
        """Load the model of the settings, else the best bundled one, else any."""
        self._loads_when_listed = True
        self.refresh()

    def choose(self, name_or_path: str) -> None:
        """Find another model in a worker's thread, load it and save the choice.

        Errors are emitted as :attr:`refused`; the model in use stays, and so does one that is being loaded.
        """
        self._finder.start(
            lambda _control: read_entry(self.library.find(name_or_path)), partial(self._found, name_or_path)
        )

    def _found(self, name_or_path: str, entry: ModelEntry) -> None:
        setting = self._settings.model
        self._chosen, self._loads_when_listed = True, False
        self._load(entry, setting)
        self._remember(name_or_path if name_or_path == entry.path.stem else os.path.abspath(entry.path))

    def refresh(self) -> None:
        """List the models anew, for example after one was trained; loads one if there was none before."""
        self._lister.start(partial(_list, self.library, self._settings.model))

    def shutdown(self) -> None:
        """Stop loading. There is nothing to save, so this does not wait for the threads."""
        for slot in (self._lister, self._finder, self._loader):
            slot.stop()

    def _listed(self, listed: tuple[list[ModelEntry], ModelEntry | None]) -> None:
        entries, of_settings = listed
        self.entries = tuple(entries)
        self.library_changed.emit()
        if self._loads_when_listed or (self.entry is None and self.state == "failed"):
            self._loads_when_listed = self._chosen = False
            try:
                self._load(of_settings or best_of(entries, self.library.folders[0]))
            except FashionLensError as error:
                self.entry = None  # the one before may have been deleted
                self._fail(error)

    def _remember(self, setting: str) -> None:
        self._settings.model = setting
        self._settings.save_or_log()

    def _load(self, entry: ModelEntry, setting: str = "") -> None:
        if self.entry is not None and self.predictor is not None:
            self._previous = _Previous(self.entry, self.predictor, setting)
        self.entry, self.predictor, self.error = entry, None, None
        self.state = "loading"
        self.loading.emit(self.name)
        self._loader.start(partial(_load, entry.path, self._previous.entry.path if self._previous else None))

    def _forget_previous(self) -> None:
        self._previous = None

    def _set_ready(self, predictor: PhotoPredictor) -> None:
        self._previous = None
        self.predictor = predictor
        self.state = "ready"
        self.ready.emit(predictor)

    def _fail(self, error: FashionLensError) -> None:
        """A model could not be loaded: use the previous one, if there is one."""
        self._loader.stop()
        previous, chosen = self._previous, self._chosen
        self._previous, self._chosen = None, False
        if previous is not None:
            self.entry = previous.entry
            self._remember(previous.setting)
            self._set_ready(previous.predictor)
        else:
            self.predictor = None
            self.error = error
            self.state = "failed"
            self.failed.emit(error)
        if chosen:
            self._refuse(error)

    def _refuse(self, error: FashionLensError) -> None:
        if self.state != "failed":
            error = ModelFileError("model_refused", error.detail, error=error, model=self.name)
        self.refused.emit(error)


def _list(library: ModelLibrary, setting: str, control: WorkControl) -> tuple[list[ModelEntry], ModelEntry | None]:
    """In a worker's thread: all models, and the one that the settings name, unless it is gone."""
    entries = library.entries()
    of_settings = None
    if setting:
        try:
            of_settings = read_entry(library.find(setting))
        except ModelFileError as error:
            _log.warning("The model of the settings is gone: %s", messages.sentence(error))
    if control.stopped:
        raise Cancelled()
    return entries, of_settings


def _load(path: Path, previous: Path | None, control: WorkControl) -> Generator[None, None, PhotoPredictor]:
    """In a worker's thread. Imports torch where the model has no graph.

    Yields when that fails and the file of the previous model is gone, too.
    """
    try:
        with responsive_import.frequent_switches():
            predictor = open_predictor(path, import_torch=responsive_import.import_torch)
    except FashionLensError:
        if previous is not None and not previous.is_file():
            yield
        raise
    if control.stopped:
        raise Cancelled()
    return predictor
