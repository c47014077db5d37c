"""The model that tags: which one it is, and whether it is ready. Loads it beside the window."""

from __future__ import annotations

import logging
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui import paths
from fashionlens_gui.first_choice import first_choice
from fashionlens_gui.settings import Settings
from fashionlens_gui.window import slow_imports
from fashionlens_gui.window.workers import Work
from trainer.errors import FashionLensError, ModelFileError, SaveError
from trainer.model_files.library import ModelEntry, ModelLibrary, read_metadata

if TYPE_CHECKING:
    from trainer.inference.predictor import Predictor

_log = logging.getLogger(__name__)


class ActiveModel(QObject):
    """The one model in use, shared by all views.

    It is "loading" from the beginning; :meth:`begin` starts the loading, once the window is shown, because that is what
    imports torch. The newest choice wins; a load that was overtaken is dropped when it ends.

    Attributes:
        state: "loading", "ready" or "failed".
        entry: The chosen model as the library lists it; None when there is none. Set as soon as it is chosen.
        predictor: What predicts; None unless ready.
        error: Why there is no predictor; None unless failed.
        library: The models on this computer.
    """

    loading = Signal(str)
    """The name of the model that is being loaded."""
    ready = Signal(object)
    """The :class:`trainer.inference.predictor.Predictor`."""
    failed = Signal(object)
    """A :class:`trainer.errors.FashionLensError`; the model before stays unloaded."""
    library_changed = Signal()
    """Models may have come or gone."""

    def __init__(self, settings: Settings, library: ModelLibrary | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.library = library or ModelLibrary(paths.model_folders())
        self.state = "loading"
        self.entry: ModelEntry | None = None
        self.predictor: Predictor | None = None
        self.error: FashionLensError | None = None
        self._settings = settings
        self._work: Work | None = None

    @property
    def name(self) -> str:
        """What the user knows the model by: the file name without suffix; empty when there is none."""
        return self.entry.path.stem if self.entry else ""

    def begin(self) -> None:
        """Load the model of the settings, else the best that comes with the program, else any."""
        try:
            self._load(self._first_choice())
        except FashionLensError as error:
            self.entry = None  # the one before may have been deleted
            self._fail(error)

    def choose(self, name_or_path: str) -> None:
        """Load another model and remember it for the next start. What goes wrong arrives as :attr:`failed`."""
        try:
            path = self.library.find(name_or_path)
            self._load(_entry(path))
        except FashionLensError as error:
            self._fail(error)
            return
        self._settings.model = name_or_path if name_or_path == path.stem else str(path.resolve())
        try:
            self._settings.save()
        except SaveError as error:
            _log.warning("The choice of model is not kept: %s %s", error.sentence, error.detail)

    def refresh(self) -> None:
        """Look for models again, for example after one was trained; loads one if there was none before."""
        self.library_changed.emit()
        if self.entry is None and self.state == "failed":
            self.begin()

    def shutdown(self) -> None:
        """Stop caring for what is being loaded. It has nothing to save; the thread ends when it can."""
        if self._work is not None:
            self._work.stop()
            self._work = None

    def _first_choice(self) -> ModelEntry:
        if self._settings.model:
            try:
                return _entry(self.library.find(self._settings.model))
            except ModelFileError as error:
                _log.warning("The model of the settings is gone: %s", error.sentence)
        return _entry(first_choice(self.library))

    def _load(self, entry: ModelEntry) -> None:
        self.shutdown()
        self.entry, self.predictor, self.error = entry, None, None
        self.state = "loading"
        work = Work(lambda _control: _loaded(entry.path), f"loading the model “{entry.path.stem}”", self)
        work.failed.connect(self._load_failed)
        work.ended.connect(self._load_ended)
        self._work = work
        self.loading.emit(self.name)
        work.start()

    @Slot(object)
    def _load_failed(self, error: FashionLensError) -> None:
        if self.sender() is self._work:
            self._fail(error)

    @Slot(object)
    def _load_ended(self, predictor: Predictor | None) -> None:
        if self.sender() is not self._work:  # overtaken by a newer choice
            return
        self._work = None
        if predictor is not None:
            self.predictor = predictor
            self.state = "ready"
            self.ready.emit(predictor)

    def _fail(self, error: FashionLensError) -> None:
        self.shutdown()
        self.predictor = None
        self.error = error
        self.state = "failed"
        self.failed.emit(error)


def _entry(path: Path) -> ModelEntry:
    card = path.with_suffix(".md")
    return ModelEntry(path, read_metadata(path), card if card.is_file() else None)


def _loaded(path: Path) -> Generator[None, None, Predictor]:
    """Runs in the work's thread: import torch the first time, then open the model file."""
    yield from ()
    slow_imports.import_torch()
    from trainer.inference.predictor import Predictor

    return Predictor.load(path)
