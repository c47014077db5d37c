"""Icons from ``resources/icons``, painted in the current colours of the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from fashionlens_gui import paths
from fashionlens_gui.window.shell.colours import blend, tokens

_PLACEHOLDER = "currentColor"


@cache
def icon(name: str, colour: str = "text") -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in one colour, crisp at any scale; it follows the theme by itself.

    Args:
        name: File name without suffix.
        colour: A token of :class:`fashionlens_gui.window.shell.colours.Tokens`, such as "text", "accent", "error". A
            checked or selected icon takes the accent where the colour is "text" or "text_muted".

    Raises:
        FileNotFoundError: There is no such icon.
    """
    drawing(name)
    return QIcon(_Engine(name, colour))


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

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        ratio = painter.device().devicePixelRatioF()
        picture = self._picture(QSize(round(side * ratio), round(side * ratio)), mode, state)
        left = rect.x() + (rect.width() - side) // 2
        top = rect.y() + (rect.height() - side) // 2
        painter.drawPixmap(QRect(left, top, side, side), picture)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self._picture(size, mode, state)

    def _picture(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon at ``size`` device pixels, cached, since tables paint the same few icons often."""
        shade = self._shade(mode, state)
        key = f"fashionlens/{self._name}/{shade}/{size.width()}x{size.height()}"
        canvas = QPixmap()
        if QPixmapCache.find(key, canvas):
            return canvas
        canvas = QPixmap(size)
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        side = min(size.width(), size.height())
        _renderer(self._name, shade).render(
            painter, QRectF((size.width() - side) / 2, (size.height() - side) / 2, float(side), float(side))
        )
        painter.end()
        QPixmapCache.insert(key, canvas)
        return canvas

    def _shade(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        colours = tokens()
        if mode == QIcon.Mode.Disabled:
            return blend(colours.text_muted, colours.window, 0.6).name()
        if state == QIcon.State.On and self._colour in ("text", "text_muted"):
            return colours.accent
        return str(getattr(colours, self._colour))


@cache
def _renderer(name: str, shade: str) -> QSvgRenderer:
    coloured = drawing(name).replace(_PLACEHOLDER, shade)
    renderer = QSvgRenderer(QByteArray(coloured.encode()))
    if not renderer.isValid():
        raise ValueError(f"icon {name} is no valid SVG")
    return renderer
