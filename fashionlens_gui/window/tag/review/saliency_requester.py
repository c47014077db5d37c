"""Saliency maps of the photo in the viewer, computed in a thread and cached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cachetools import LRUCache
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from fashionlens_gui import messages
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from trainer.inference.predictor import Predictor
    from trainer.model_files.library import ModelEntry

_CACHE_SIZE = 16  # at most some 0.5 MB each


@dataclass(frozen=True, slots=True, eq=False)
class Saliency:
    """Which parts of a photo the model looked at for a category.

    Attributes:
        path: The photo.
        category: The category.
        overlay: Colours to draw over the whole photo; None if there is no map.
        error: Then the reason, as a sentence.
    """

    path: Path
    category: str
    overlay: QImage | None
    error: str = ""


class SaliencyRequester(QObject):
    """Computes the newest request; drops older ones."""

    ready = Signal(object)
    """A :class:`Saliency`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache: LRUCache[tuple[Path, str], Saliency] = LRUCache(_CACHE_SIZE)
        self._model: ModelEntry | None = None  # of the cached maps
        self._worker = WorkerSlot[None, Saliency]("computing a saliency map", self, mode="latest")

    def request(self, model: ModelEntry | None, path: Path, category: str) -> None:
        """Request a map; :attr:`ready` is emitted at once if it is cached or cannot be computed.

        Args:
            model: None while it is being loaded.
        """
        self._worker.stop()
        if model is not self._model:
            self._cache.clear()
            self._model = model
        if error := _unavailable(model, category):
            self.ready.emit(Saliency(path, category, None, error))
        elif (path, category) in self._cache:
            self.ready.emit(self._cache[path, category])
        elif model is not None:
            failure = Saliency(path, category, None, "This could not be computed. The log file (Help menu) says more.")
            self._worker.start(
                partial(_compute, model.path, path, category),
                partial(self._add, model),
                lambda _error: self._add(model, failure),
            )

    def clear(self) -> None:
        """Drop the request and the cache."""
        self._worker.stop()
        self._model = None
        self._cache.clear()

    def shutdown(self) -> None:
        self.clear()
        self._worker.shutdown(30_000)

    def _add(self, model: ModelEntry, saliency: Saliency) -> None:
        if model is self._model:
            self._cache[saliency.path, saliency.category] = saliency
            self.ready.emit(saliency)


def _unavailable(model: ModelEntry | None, category: str) -> str:
    """Why there is no map, as a sentence; empty if there is one."""
    if not category:
        return "This photo has no category."
    if model is None:
        return "The model is not ready yet."
    if category not in model.metadata.classes:
        return f"The model does not know “{category}”, so there is nothing to show."
    return ""


def _compute(model: Path, path: Path, category: str, _control: WorkControl) -> Saliency:
    responsive_import.import_torch()
    from fashionlens_gui.window.photos.saliency_overlay import to_overlay
    from trainer.evaluation import saliency
    from trainer.preprocessing.photo import load_photo

    try:
        predictor = _predictor(model, model.stat().st_mtime_ns)
        pixels_HWC = load_photo(path, short_side=predictor.decode_short_side).pixels_HWC
        return Saliency(path, category, to_overlay(saliency.class_activation(predictor, pixels_HWC, category)))
    except FashionLensError as error:
        return Saliency(path, category, None, messages.sentence(error))


@lru_cache(maxsize=1)
def _predictor(model: Path, _modified: int) -> Predictor:
    """The model on torch, which computes gradients; tagging may run on another runtime."""
    from trainer.inference.predictor import Predictor

    return Predictor.load(model)
