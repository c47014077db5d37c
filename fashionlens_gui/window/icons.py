"""Icons: our own line drawings in ``resources/icons``, coloured as the theme says at the moment of painting."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from fashionlens_gui import paths
from fashionlens_gui.window import theme

_PLACEHOLDER = "currentColor"
_DISABLED_OPACITY = 0.4


def icon(name: str, colour: str = "text") -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in one colour, crisp at any scale; it follows the theme by itself.

    Args:
        name: File name without suffix.
        colour: A token of :class:`fashionlens_gui.window.theme.Tokens`, such as "text", "accent", "error". A checked
            or selected icon takes the accent where the colour is "text" or "text_muted".

    Raises:
        FileNotFoundError: There is no such icon.
    """
    drawing(name)
    return QIcon(_Engine(name, colour))


def pixmap(name: str, side: int, colour: str = "text", ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of ``side`` logical pixels, for a label; it does not follow the theme."""
    result = icon(name, colour).pixmap(QSize(side, side), ratio)
    return result


def app_icon() -> QIcon:
    """The coloured icon of the application."""
    return QIcon(str(paths.icons_dir() / "app.svg"))


@cache
def drawing(name: str) -> str:
    """The SVG text of an icon."""
    return (paths.icons_dir() / f"{name}.svg").read_text(encoding="utf-8")


class _Engine(QIconEngine):
    """Draws one SVG in the theme's colours."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour)

    def paint(self, painter: QPainter, rect, mode: QIcon.Mode, state: QIcon.State) -> None:  # type: ignore[no-untyped-def]
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(painter.opacity() * _DISABLED_OPACITY)
        side = min(rect.width(), rect.height())
        square = QRectF(
            rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, float(side), float(side)
        )
        _renderer(self._name, self._shade(state)).render(painter, square)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        key = f"fashionlens/{self._name}/{self._shade(state)}/{size.width()}x{size.height()}/{mode.value}"
        found = QPixmap()
        if QPixmapCache.find(key, found):
            return found
        canvas = QPixmap(size)
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        self.paint(painter, canvas.rect(), mode, state)
        painter.end()
        QPixmapCache.insert(key, canvas)
        return canvas

    def _shade(self, state: QIcon.State) -> str:
        colours = theme.tokens()
        if state == QIcon.State.On and self._colour in ("text", "text_muted"):
            return colours.accent
        return QColor(getattr(colours, self._colour)).name()


@cache
def _renderer(name: str, shade: str) -> QSvgRenderer:
    coloured = drawing(name).replace(_PLACEHOLDER, shade)
    renderer = QSvgRenderer(QByteArray(coloured.encode()))
    if not renderer.isValid():
        raise ValueError(f"icon {name} is no valid SVG")
    return renderer
