"""Small squares of colour; a click lists photos that have nearly this colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QColorDialog, QSizePolicy, QToolTip, QWidget

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from fashionlens_gui.window.shell import theme

_SIDE = 20
_GAP = 4
_IN_A_LINE = 7
_MARGIN = theme.SPACE + 2  # so that a line fits into the narrowest sidebar with its scroll bar
Srgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour and its name."""

    name: str
    srgb: Srgb


class SwatchGrid(QWidget):
    """Swatches in lines, the last one opens a dialog with all colours. Arrow keys move, Enter and Space choose."""

    chosen = Signal(object)
    """The colour, (red, green, blue), or None: the one that was chosen is no longer."""

    def __init__(self, swatches: Sequence[Swatch] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.swatches = list(bundled_swatches() if swatches is None else swatches)
        self._chosen: Srgb | None = None
        self._current = 0
        self.dialog: QColorDialog | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.notifier().changed.connect(self.update)
        self._name()

    def sizeHint(self) -> QSize:
        lines = (len(self.swatches) + _IN_A_LINE) // _IN_A_LINE
        return QSize(2 * _MARGIN + _IN_A_LINE * (_SIDE + _GAP), lines * (_SIDE + _GAP) + 4)

    def show_chosen(self, srgb: Srgb | None) -> None:
        self._chosen = srgb
        self.update()

    def box(self, place: int) -> QRect:
        """Where a swatch is; the one after the last is that of the dialog."""
        row, column = divmod(place, _IN_A_LINE)
        step = _SIDE + _GAP
        return QRect(_MARGIN + column * step, 2 + row * step, _SIDE, _SIDE)

    def choose(self, place: int) -> None:
        """As a click on a swatch."""
        if place == len(self.swatches):
            self._open_dialog()
            return
        srgb = self.swatches[place].srgb
        self.chosen.emit(None if srgb == self._chosen else srgb)

    # -- events -------------------------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position().toPoint())
        if place is not None:
            self._move_to(place)
            self.choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        steps = {
            keys.Key_Left: -1,
            keys.Key_Right: 1,
            keys.Key_Up: -_IN_A_LINE,
            keys.Key_Down: _IN_A_LINE,
        }
        if event.key() in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self.choose(self._current)
        elif (step := steps.get(Qt.Key(event.key()))) and 0 <= self._current + step <= len(self.swatches):
            self._move_to(self._current + step)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._at(event.pos())
            QToolTip.showText(event.globalPos(), "" if place is None else self._title(place), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place in range(len(self.swatches) + 1):
            box = self.box(place)
            other = place == len(self.swatches)
            srgb = None if other else self.swatches[place].srgb
            chosen = srgb is not None and srgb == self._chosen
            if chosen or (self.hasFocus() and place == self._current):
                painter.setPen(QPen(QColor(colours.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(box).adjusted(-1.5, -1.5, 1.5, 1.5), 7, 7)
            painter.setPen(QPen(QColor(colours.text_muted), 1))
            painter.setBrush(QColor(colours.surface) if srgb is None else QColor(*srgb))
            painter.drawRoundedRect(QRectF(box).adjusted(1.5, 1.5, -1.5, -1.5), 5, 5)
            if other:
                painter.setPen(QColor(colours.text))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), "…")

    def _at(self, where: QPoint) -> int | None:
        return next((place for place in range(len(self.swatches) + 1) if self.box(place).contains(where)), None)

    def _move_to(self, place: int) -> None:
        self._current = place
        self._name()
        self.update()

    def _title(self, place: int) -> str:
        return "Any other colour…" if place == len(self.swatches) else f"Photos near {self.swatches[place].name}"

    def _name(self) -> None:
        self.setAccessibleName(f"Colours, {self._title(self._current)}")

    def _open_dialog(self) -> None:
        before = QColor(*(self._chosen or (128, 128, 128)))
        dialog = self.dialog = QColorDialog(before, self)
        dialog.setWindowTitle("Photos near a colour")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda colour: self.chosen.emit((colour.red(), colour.green(), colour.blue())))
        dialog.open()


def bundled_swatches() -> list[Swatch]:
    """The colours that families of the taxonomy are called by; not those of several colours."""
    taxonomy = bundled_taxonomy()
    if taxonomy is None:
        return []
    by_name = {colour.name: colour for colour in taxonomy.colours}
    families = dict.fromkeys(colour.family for colour in taxonomy.colours)
    found = []
    for family in families:
        colour = by_name.get(family)
        if colour is not None and colour.srgb is not None:
            found.append(Swatch(family, (colour.srgb[0], colour.srgb[1], colour.srgb[2])))
    return found
