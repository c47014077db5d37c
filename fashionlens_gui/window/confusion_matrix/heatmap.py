"""The confusion matrix as a heatmap of counts.

Imports pyqtgraph (most of a second), so import this module late.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.confusion_matrix import colour_scale
from fashionlens_gui.window.confusion_matrix.category_axis import CategoryAxis
from fashionlens_gui.window.confusion_matrix.cell_style import MatrixStyle, Quantity
from fashionlens_gui.window.confusion_matrix.cells import Cell, MatrixCanvas, MatrixCells
from fashionlens_gui.window.confusion_matrix.colour_scale import ScaleBar
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.keys import number_key
from trainer import number_format

_ZOOM_FROM = 16
_FEWEST_SEEN = 4
_SCALE_STEPS = 128
_NAMES = -1


class ConfusionHeatmap(QWidget):
    """Rows are actual classes, columns predicted ones: the same, then those that are only predicted.

    Colour is the square root of the share of the row, so that 1 % and 2 % differ as visibly as 60 % and 70 %. Row and
    column −1 are the names at the edges.

    Mouse and keyboard do the same: a click, or arrows and Enter, choose a cell or a name.
    """

    cell_chosen = Signal(int, int)
    """(actual, predicted)"""
    actual_chosen = Signal(int)
    """The name of a row."""
    predicted_chosen = Signal(int)
    """The name of a column."""

    def __init__(self, parent: QWidget | None = None, tokens: theme.Tokens | None = None) -> None:
        super().__init__(parent)
        self._fixed_tokens = tokens
        self._classes: tuple[str, ...] = ()
        self._counts_KK = np.zeros((0, 0), dtype=np.int64)
        self._quantity = Quantity.COUNT
        self._mistakes_only = False
        self._cursor: Cell | None = None
        self._hover: Cell | None = None
        self._build()
        self._connect()
        self._apply_theme()

    def show_matrix(self, classes: tuple[str, ...], counts_KK: np.ndarray) -> None:
        """Show counts: int64, R×K with R <= K, rows actual, columns predicted. ``classes`` are those of the columns."""
        self._classes, self._counts_KK = classes, counts_KK
        rows, columns = counts_KK.shape
        self._cursor = self._hover = None
        self._box.setMouseEnabled(x=columns >= _ZOOM_FROM, y=rows >= _ZOOM_FROM)
        self._box.setLimits(
            xMin=0,
            xMax=columns,
            yMin=0,
            yMax=rows,
            minXRange=min(_FEWEST_SEEN, columns) or 1,
            minYRange=min(_FEWEST_SEEN, rows) or 1,
            maxXRange=columns,
            maxYRange=rows,
        )
        self.show_all()
        self._axes["left"].show_texts("Predicted →\nActual ↓", classes[:rows])
        self._axes["top"].show_texts("", classes)
        self._axes["right"].show_texts("", [number_format.number(int(n)) for n in counts_KK.sum(axis=1)])
        self._axes["bottom"].show_texts("Total", [number_format.number(int(n)) for n in counts_KK.sum(axis=0)])
        self._draw()
        self._show_caption(None)

    @property
    def quantity(self) -> Quantity:
        """What the numbers in the cells are."""
        return self._quantity

    def set_quantity(self, quantity: Quantity) -> None:
        self._quantity = quantity
        self._draw()

    def set_mistakes_only(self, only: bool) -> None:
        """Draw the diagonal in grey and stretch the scale over the mistakes."""
        self._mistakes_only = only
        self._draw()

    def set_caption_shown(self, shown: bool) -> None:
        self._caption.setVisible(shown)

    def show_all(self) -> None:
        """Undo zooming."""
        rows, columns = self._counts_KK.shape
        self._box.setRange(xRange=(0, max(columns, 1)), yRange=(0, max(rows, 1)), padding=0)

    @property
    def cursor_cell(self) -> Cell | None:
        """(row, column) of the keyboard cursor; −1 is the names."""
        return self._cursor

    def cell_position(self, row: int, column: int) -> QPointF:
        """Middle of a cell in pixels of the canvas; with −1, of the name of the row or column."""
        scene = self._box.mapViewToScene(QPointF(column + 0.5, row + 0.5))
        if column == _NAMES:
            scene.setX(self._axes["left"].sceneBoundingRect().center().x())
        if row == _NAMES:
            area = self._axes["top"].mapRectToScene(self._axes["top"].rect())
            scene.setY(area.bottom() - theme.SPACE)
        return QPointF(self.canvas.mapFromScene(scene))

    def describe(self, cell: Cell) -> str:
        """A cell, or the row or column of a name, in a sentence."""
        row, column = cell
        support, predictions = int(self._counts_KK[row].sum()), int(self._counts_KK[:, column].sum())
        if column == _NAMES:
            name = self._classes[row]
            return number_format.errors_sentence(name, support - int(self._counts_KK[row, row]), support)
        if row == _NAMES:
            correct = int(self._counts_KK[column, column]) if column < len(self._counts_KK) else 0
            return number_format.false_positives_sentence(self._classes[column], predictions - correct, predictions)
        count = int(self._counts_KK[row, column])
        return number_format.cell_sentence(self._classes[row], self._classes[column], count, support)

    def sizeHint(self) -> QSize:
        return QSize(70 * theme.SPACE, 60 * theme.SPACE)

    def _build(self) -> None:
        self.canvas = MatrixCanvas()
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.canvas.setAccessibleName("Confusion matrix")
        self.canvas.setFrameShape(pg.GraphicsLayoutWidget.Shape.NoFrame)
        self.setFocusProxy(self.canvas)
        self._box = pg.ViewBox(invertY=True, enableMenu=False, defaultPadding=0)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._cells = MatrixCells()
        self._box.addItem(self._image)
        self._box.addItem(self._cells)
        self._axes = {edge: CategoryAxis(edge, self._box) for edge in ("left", "top", "right", "bottom")}
        self._bar = ScaleBar()
        grid = self.canvas.ci
        grid.layout.setSpacing(0)
        grid.layout.setContentsMargins(0, 0, 0, 0)
        grid.addItem(self._axes["top"], 0, 1)
        grid.addItem(self._axes["left"], 1, 0)
        grid.addItem(self._box, 1, 1)
        grid.addItem(self._axes["right"], 1, 2)
        grid.addItem(self._bar, 1, 3)
        grid.addItem(self._axes["bottom"], 2, 1)
        self._caption = theme.muted("")
        self._caption.setMinimumHeight(3 * theme.SPACE)
        self._zoom_out = theme.quiet_button("Whole matrix", "zoom")
        self._zoom_out.hide()
        layouts.column((self.canvas, 1), layouts.row((self._caption, 1), self._zoom_out, spacing=None), parent=self)

    def _connect(self) -> None:
        self.canvas.key_pressed.connect(self._key)
        self.canvas.focus_changed.connect(self._focus)
        self.canvas.left.connect(self._mouse_left)
        self.canvas.pointed.connect(self._mouse_moved)
        self.canvas.scene().sigMouseClicked.connect(self._mouse_clicked)
        self._box.sigRangeChanged.connect(self._range_changed)
        self._zoom_out.clicked.connect(self.show_all)
        if self._fixed_tokens is None:
            theme.notifier().changed.connect(self._follow_theme)

    @Slot()
    def _follow_theme(self) -> None:
        # A slot that a subclass overrides stays connected after the widget is gone.
        self._apply_theme()

    def _apply_theme(self) -> None:
        tokens = self._tokens()
        self.canvas.setBackground(tokens.surface)
        names, sums = QFont(self.font()), QFont(self.font())
        names.setPointSizeF(self.font().pointSizeF() * 0.92)
        sums.setPointSizeF(self.font().pointSizeF() * 0.8)
        for edge, axis in self._axes.items():
            axis.apply_theme(tokens, names if edge in ("left", "top") else sums)
        self._scale = colour_scale.single_hue_scale(tokens.hover, tokens.accent, _SCALE_STEPS)
        self._image.setLookupTable(self._scale)
        self._bar.apply_theme(self._scale, tokens, sums)
        self._draw()

    def _tokens(self) -> theme.Tokens:
        return self._fixed_tokens or theme.tokens()

    def _draw(self) -> None:
        if not self._classes:
            return
        picture = MatrixStyle.of(self._counts_KK, self._quantity, self._mistakes_only, self._scale)
        self._image.setImage(picture.value_KK, autoLevels=False, levels=(0.0, 1.0))
        self._bar.set_ticks(picture.ticks)
        self._cells.show(self._counts_KK.shape, picture.cells, self._tokens(), self.font())
        self._mark()

    def _mark(self) -> None:
        self._cells.set_cursor(self._cursor)
        self._cells.set_hover(self._hover)
        pointed = self._hover or self._cursor
        self._axes["left"].mark([pointed[0]] if pointed else [])
        self._axes["top"].mark([pointed[1]] if pointed else [])
        self._axes["right"].mark([pointed[0]] if pointed else [])
        self._axes["bottom"].mark([pointed[1]] if pointed else [])

    def _show_caption(self, cell: Cell | None) -> None:
        """Describe a cell below the matrix, in the tooltip and for screen readers."""
        if cell is None:
            text = "Point to a cell to read it, select it to see its photos. Select a name to see its mistakes."
            self.canvas.setToolTip("")
        else:
            text = self.describe(cell)
            self.canvas.setToolTip(text)
        self._caption.setText(text)
        self.canvas.setAccessibleDescription(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for axis in self._axes.values():
            axis.set_max_size(max(0.24 * min(self.width(), 1.2 * self.height()), 7 * theme.SPACE))

    @Slot(object, object)
    def _range_changed(self, *_: Any) -> None:
        (left, right), _rows = self._box.viewRange()
        self._zoom_out.setVisible(right - left < len(self._classes) - 0.01)

    def _target(self, scene: QPointF) -> Cell | None:
        rows, columns = self._counts_KK.shape
        point = self._box.mapSceneToView(scene)
        row, column = int(np.floor(point.y())), int(np.floor(point.x()))
        inside_rows, inside_columns = 0 <= row < rows, 0 <= column < columns
        if self._box.sceneBoundingRect().contains(scene):
            return (row, column) if inside_rows and inside_columns else None
        if inside_rows and self._contains("left", scene):
            return (row, _NAMES)
        if inside_columns and self._contains("top", scene):
            return (_NAMES, column)
        return None

    def _contains(self, edge: str, scene: QPointF) -> bool:
        axis = self._axes[edge]
        return bool(axis.rect().contains(axis.mapFromScene(scene)))

    @Slot(QPointF)
    def _mouse_moved(self, scene: QPointF) -> None:
        self._hover = self._target(scene)
        self.canvas.setCursor(Qt.CursorShape.PointingHandCursor if self._hover else Qt.CursorShape.ArrowCursor)
        self._mark()
        self._show_caption(self._hover or self._cursor)

    @Slot()
    def _mouse_left(self) -> None:
        self._hover = None
        self._mark()
        self._show_caption(self._cursor)

    @Slot(object)
    def _mouse_clicked(self, event: Any) -> None:
        target = self._target(event.scenePos())
        if event.button() == Qt.MouseButton.LeftButton and target is not None and not event.double():
            self._move_to(target)
            self._choose()

    @Slot(bool)
    def _focus(self, has: bool) -> None:
        """The keyboard starts at the largest mistake."""
        if has and self._cursor is None and self._classes:
            mistakes_KK = self._counts_KK * (1 - np.eye(*self._counts_KK.shape))
            row, column = np.unravel_index(int(mistakes_KK.argmax()), mistakes_KK.shape)
            self._move_to((int(row), int(column)))

    @Slot(object)
    def _key(self, event: QKeyEvent) -> None:
        if not self._classes:
            return
        key, last_row, last = event.key(), len(self._counts_KK) - 1, len(self._classes) - 1
        row, column = self._cursor or (0, 0)
        keys = Qt.Key
        steps = {keys.Key_Left: (0, -1), keys.Key_Right: (0, 1), keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0)}
        if key in steps:
            down, right = steps[keys(key)]
            target = (min(max(row + down, _NAMES), last_row), min(max(column + right, _NAMES), last))
            self._move_to(target if target != (_NAMES, _NAMES) else (row, column))
        elif key == keys.Key_Home:
            self._move_to((row, _NAMES) if row >= 0 else (row, 0))
        elif key == keys.Key_End:
            self._move_to((row, last))
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self._choose()
        elif number_key(event) == 0:
            self.show_all()
        else:
            return
        event.accept()

    def _move_to(self, cell: Cell) -> None:
        self._cursor = cell
        self._hover = None
        self._bring_into_sight(cell)
        self._mark()
        self._show_caption(cell)

    def _bring_into_sight(self, cell: Cell) -> None:
        (left, right), (top, bottom) = self._box.viewRange()
        row, column = max(cell[0], 0), max(cell[1], 0)
        across = min(column - left, 0) + max(column + 1 - right, 0)
        down = min(row - top, 0) + max(row + 1 - bottom, 0)
        if across or down:
            self._box.translateBy(x=across, y=down)

    def _choose(self) -> None:
        if self._cursor is None:
            return
        row, column = self._cursor
        if column == _NAMES:
            self.actual_chosen.emit(row)
        elif row == _NAMES:
            self.predicted_chosen.emit(column)
        else:
            self.cell_chosen.emit(row, column)
