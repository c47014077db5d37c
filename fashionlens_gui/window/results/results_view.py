"""The results of one evaluation: summary, matrix or table, gallery and strip.

Imports pyqtgraph through the heatmap, so import this module late.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QSplitter,
    QWidget,
)

from fashionlens_gui.window.confusion_matrix.cell_style import Quantity
from fashionlens_gui.window.confusion_matrix.heatmap import ConfusionHeatmap
from fashionlens_gui.window.confusion_matrix.matrix_image import matrix_image
from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhotos, Order
from fashionlens_gui.window.gallery.gallery import Gallery
from fashionlens_gui.window.gallery.large_view import LargeView
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.gallery.predictions_strip import PredictionsStrip
from fashionlens_gui.window.results.class_table import ClassTable
from fashionlens_gui.window.results.summary import Summary, UnreadablePhotos
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import SegmentedChoice
from trainer.evaluation.evaluation import Evaluation


class ResultsView(QWidget):
    """Shows one evaluation.

    Args:
        heatmap: Made by the caller, who may want to make it a moment earlier: it takes as long as all the rest.
    """

    enlarged = Signal(int)
    """Index in the test set of the photo that is shown large."""
    decided = Signal(object)
    """The decisions on photos in wrong folders, to be saved."""
    redecided = Signal(object)
    """The evaluation with other decisions, which is shown now."""

    def __init__(self, heatmap: ConfusionHeatmap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heatmap = heatmap
        self._evaluation: Evaluation | None = None
        self.undecided: Evaluation | None = None  # as it was given: without the decisions in it
        self.can_decide = False
        self._show_again: Callable[[], None] = self.show_all_mistakes
        self._images: EvaluatedPhotos | None = None
        self._loader: PhotoLoader | None = None
        self._build()
        self._connect()

    @property
    def evaluation(self) -> Evaluation | None:
        return self._evaluation

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show another evaluation, beginning with its confident mistakes."""
        if self._loader is not None:
            self._loader.shutdown()
            self._loader.deleteLater()
        self.undecided, evaluation = evaluation, evaluation.as_decided()
        self._evaluation = evaluation
        self._images = EvaluatedPhotos.of(evaluation)
        self._loader = PhotoLoader(self._images, parent=self)
        self.summary.show_evaluation(evaluation)
        self.heatmap.show_matrix(evaluation.predicted_classes, evaluation.occurring_RC)
        self.table.figures.show(evaluation)
        self.strip.show_photos(self._images, self._loader)
        self.show_all_mistakes()

    def stop_loading(self) -> None:
        if self._loader is not None:
            self._loader.shutdown()

    def picture(self) -> QImage:
        assert self._evaluation is not None
        return matrix_image(self._evaluation, self.heatmap.quantity)

    def _build(self) -> None:
        space = theme.SPACE
        self.summary = Summary()
        self.table = ClassTable()
        self.gallery = Gallery()
        self.strip = PredictionsStrip()
        controls = self._controls()
        matrix = QWidget()
        layouts.column((self.heatmap, 1), self._mistakes_only, parent=matrix)
        self._pages = layouts.pages(matrix, self.table)
        middle = theme.card()
        layouts.column(controls, (self._pages, 1), parent=middle, margins=(2, 1, 2, 1))
        right = theme.card()
        layouts.column(self.gallery, parent=right, margins=(2, 2, 1, 1))
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(space)
        self.splitter.setStyleSheet("QSplitter::handle { background: transparent; }")  # the cards have borders already
        self.splitter.addWidget(middle)
        self.splitter.addWidget(right)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        middle.setMinimumWidth(46 * space)  # with the summary both fit into the smallest window
        right.setMinimumWidth(20 * space)
        self.splitter.setSizes([576, 424])  # three cards abreast in a window of 1280
        below = theme.card()
        layouts.column(self.strip, parent=below, margins=(2, 1, 1, 0.5))
        layouts.column((layouts.row(self.summary, (self.splitter, 1)), 1), below, parent=self)

    def _controls(self) -> QHBoxLayout:
        self.page_choice = SegmentedChoice([("Matrix", 0), ("Categories", 1)], "Shown as")
        self.quantity_choice = SegmentedChoice([(each.value, each) for each in Quantity], "Numbers in the cells")
        self._mistakes_only = QCheckBox("Colour mistakes only")
        self._mistakes_only.setToolTip("Correct answers get no colour, so that rare mistakes stand out.")
        return layouts.row(self.page_choice, layouts.FILL, self.quantity_choice, spacing=0)

    def _connect(self) -> None:
        self.page_choice.chosen.connect(self._show_page)
        self.quantity_choice.chosen.connect(self.heatmap.set_quantity)
        self._mistakes_only.toggled.connect(self.heatmap.set_mistakes_only)
        self.heatmap.cell_chosen.connect(self.show_cell)
        self.heatmap.actual_chosen.connect(self.show_mistakes_of)
        self.heatmap.predicted_chosen.connect(self.show_false_positives)
        self.table.chosen.connect(self.show_mistakes_of)
        self.summary.mistake_chosen.connect(self.show_cell)
        self.summary.unreadable.clicked.connect(self._list_unreadable)
        self.gallery.opened.connect(self._enlarge)
        self.gallery.all_asked.connect(self.show_all_mistakes)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(self.show_all_mistakes)
        self.strip.opened.connect(self._enlarge)

    @Slot()
    def show_all_mistakes(self) -> None:
        """What is shown first."""
        if self._images is None:
            return
        self._show_again = self.show_all_mistakes
        indices = self._images.indices(Order.CONFIDENT_MISTAKES, mistakes_only=True)
        had_focus = self.window().focusWidget() is self.gallery.back
        self._show(
            "All mistakes" if len(indices) else "No mistakes",
            "The most confident first. Select a cell or a category to see its photos." if len(indices) else "",
            indices,
            "Every photo was named correctly.",
        )
        self.gallery.back.hide()
        if had_focus:
            self.gallery.view.setFocus()

    @Slot(int, int)
    def show_cell(self, actual: int, predicted: int) -> None:
        assert self._evaluation is not None
        self._show_again = partial(self.show_cell, actual, predicted)
        caption = self.heatmap.describe((actual, predicted))
        name, instead = self._evaluation.classes[actual], self._evaluation.classes[predicted]
        heading = f"{name}, correct" if actual == predicted else f"{name} predicted as {instead}"
        self._show(heading, caption, self._evaluation.cell(actual, predicted), "No photos in this cell.")

    @Slot(int)
    def show_mistakes_of(self, actual: int) -> None:
        assert self._evaluation is not None
        self._show_again = partial(self.show_mistakes_of, actual)
        name = self._evaluation.classes[actual]
        caption = self.heatmap.describe((actual, -1))
        self._show(f"Mistakes with {name}", caption, self._evaluation.errors_of(actual), f"No mistakes with {name}.")

    @Slot(int)
    def show_false_positives(self, predicted: int) -> None:
        assert self._evaluation is not None
        self._show_again = partial(self.show_false_positives, predicted)
        wrong_N = (self._evaluation.predictions_N == predicted) & (self._evaluation.labels_N != predicted)
        indices = np.flatnonzero(wrong_N)
        indices = indices[np.argsort(-self._evaluation.confidences_N[indices], kind="stable")]
        name = self._evaluation.classes[predicted]
        caption = self.heatmap.describe((-1, predicted))
        self._show(f"Wrongly predicted as {name}", caption, indices, f"No photos were wrongly predicted as {name}.")

    def _show(self, heading: str, explanation: str, indices: np.ndarray, nothing: str) -> None:
        assert self._images is not None and self._loader is not None
        self.gallery.show_photos(heading, explanation, self._images, self._loader, indices, nothing)
        self.gallery.back.show()

    @Slot(object, int)
    def _enlarge(self, indices: np.ndarray, row: int) -> None:
        assert self._images is not None and self._evaluation is not None
        folders = self._evaluation.actual_classes if self.can_decide else ()
        view = LargeView(self._images, indices, row, self, folders, self._evaluation.decisions)
        view.decided.connect(self.decided)
        view.finished.connect(partial(self._closed, view))
        view.open()
        self.enlarged.emit(view.index)

    def _closed(self, view: LargeView, _result: int) -> None:
        """Show the figures with the decisions that were made in the large view."""
        if self.undecided is not None and view.decisions != self.undecided.decisions:
            show_again = self._show_again
            self.show_evaluation(replace(self.undecided, decisions=view.decisions))
            self.redecided.emit(self.undecided)
            show_again()

    @Slot()
    def _list_unreadable(self) -> None:
        assert self._evaluation is not None
        UnreadablePhotos(self._evaluation.unreadable, self).open()

    @Slot(object)
    def _show_page(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self.quantity_choice.setVisible(page == 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(100 * theme.SPACE, 50 * theme.SPACE)
