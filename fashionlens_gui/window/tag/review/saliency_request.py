"""Why a photo got its category: asks the network beside the window which parts of the photo spoke for it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from fashionlens_gui import messages
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    import numpy as np

    from trainer.inference.predictor import Predictor

_KEPT = 16  # the larger ones some 0.5 MB each


@dataclass(frozen=True, slots=True, eq=False)
class Saliency:
    """What spoke for a category in a photo.

    Attributes:
        path: The photo.
        category: The category in question.
        heat: Colours to lay over the whole photo; None where there is no answer.
        trouble: Then why, in plain words.
    """

    path: Path
    category: str
    overlay: QImage | None
    trouble: str = ""


def activation(predictor: Predictor, pixels_HWC: np.ndarray, category: str) -> np.ndarray:
    """How much each part of a photo spoke for a category, float32 H×W in [0, 1]; pixels are uint8 RGB H×W×3."""
    from trainer.evaluation.saliency import class_activation

    return class_activation(predictor, pixels_HWC, category)


class SaliencyRequester(QObject):
    """One question at a time, the newest first; those before it that were not begun are given up."""

    ready = Signal(object)
    """The :class:`Saliency` that were wanted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[tuple[Path, str], Saliency] = OrderedDict()
        self._wanted: tuple[Predictor, Path, str] | None = None
        self._under_way: tuple[Path, str] | None = None
        self._asked: Predictor | None = None  # whose answers are kept
        self._slot = WorkerSlot[None, Saliency](
            "computing a saliency map", self, on_result=self._keep, on_error=self._keep_failure
        )

    def want(self, predictor: Predictor | None, path: Path, category: str) -> None:
        """Ask; the answer arrives as :attr:`ready`, at once where it is known."""
        self._wanted = None
        if predictor is not self._asked:
            self._kept.clear()
            self._asked = predictor
        if trouble := _impossible(predictor, category):
            self.ready.emit(Saliency(path, category, None, trouble))
        elif predictor is not None:
            self._wanted = predictor, path, category
            self._go_on()

    def forget(self) -> None:
        """Nobody wants to know any more."""
        self._wanted = self._asked = None
        self._kept.clear()

    def shutdown(self) -> None:
        """Stop and wait for the thread."""
        self.forget()
        self._slot.shutdown(30_000)

    def _go_on(self) -> None:
        if self._wanted is None:
            return
        predictor, path, category = self._wanted
        key = path, category
        if key in self._kept:
            self._wanted = None
            self.ready.emit(self._kept[key])
        elif self._slot.start(partial(_find_out, predictor, path, category)):
            self._under_way = key

    def _keep_failure(self, _error: FashionLensError) -> None:
        if self._under_way is not None:
            self._keep(
                Saliency(*self._under_way, None, "This could not be computed. The log file (Help menu) says more.")
            )

    def _keep(self, reasons: Saliency) -> None:
        if self._wanted is not None:
            self._kept[reasons.path, reasons.category] = reasons
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._go_on()


def _impossible(predictor: Predictor | None, category: str) -> str:
    """Why there cannot be an answer, or an empty text."""
    if not category:
        return "This photo has no category."
    if predictor is None:
        return "The model is not ready yet."
    if category not in predictor.metadata.classes:
        return f"The model does not know “{category}”, so there is nothing to show."
    return ""


def _find_out(predictor: Predictor, path: Path, category: str, _control: WorkControl) -> Saliency:
    from fashionlens_gui.window.photos.saliency_overlay import to_overlay
    from trainer.preprocessing.photo import load_photo

    try:
        pixels_HWC = load_photo(path, shortest_side=predictor.decode_short_side).pixels_HWC
        return Saliency(path, category, to_overlay(activation(predictor, pixels_HWC, category)))
    except FashionLensError as error:
        return Saliency(path, category, None, messages.sentence(error))
