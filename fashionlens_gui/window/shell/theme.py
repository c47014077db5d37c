"""The theme: colour tokens, palette, style sheet, and builders of common widgets.

Colours are data: ``resources/themes/light.json`` and ``dark.json`` hold the tokens, ``window.qss`` the style sheet with
``${token}`` in their places. Light or dark follows the system, live, unless the user chose one.

Styling a widget: leave colours to the palette and the sheet, and name the widget's part in a Qt property.

==============  =================================  ==========================================================
property        values                             on
==============  =================================  ==========================================================
``role``        ``primary``, ``quiet``             QPushButton, QToolButton (``primary``: once per view)
``role``        ``title``, ``heading``, ``muted``  QLabel
``role``        ``card``                           QFrame: a surface with a hairline border and round corners
``role``        ``bar``                            QWidget: a strip of controls above or below a view
``role``        ``cover``, ``drop``                QFrame: the cover of the window while photos are dragged over it
``tone``        ``ok``, ``review``, ``error``      QLabel: text in the colour of a status
==============  =================================  ==========================================================

After changing a property of a visible widget call :func:`restyle`. Measures are multiples of :data:`SPACE`.
What paints by itself (delegates, plots) reads :func:`tokens` when painting and repaints on ``notifier().changed``.
"""

from __future__ import annotations

import string
from dataclasses import asdict
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontInfo, QGuiApplication, QPalette, QStyleHints
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QFrame, QLabel, QPushButton, QWidget

from fashionlens_gui import paths
from fashionlens_gui.window.shell import icons
from fashionlens_gui.window.shell.colours import Tokens, is_dark, read, tokens, use

__all__ = [
    "SPACE", "Tokens", "apply", "card", "heading", "indent_number", "is_dark", "muted", "notifier", "plain",
    "primary_button", "quiet_button", "restyle", "system_is_dark", "title", "tokens",
]  # fmt: skip

SPACE = 8
"""Pixels of the grid: gaps, margins and heights are multiples of it."""

_USUAL_TEXT_PIXELS = 13  # 10 points at 96 dots per inch
_TEXT_SIZES = {"title": 2.0, "heading": 1.2, "tabs": 1.1}  # of the application's font


class _Notifier(QObject):
    """Emits changes of the theme, and follows the system."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = "system"

    @Slot()
    def follow_system(self) -> None:
        """The system switched between light and dark."""
        application = QApplication.instance()
        if self.choice == "system" and isinstance(application, QApplication) and system_is_dark() != is_dark():
            _apply_theme(application)


@cache
def notifier() -> _Notifier:
    """The object whose ``changed`` signal is sent after each change of colours."""
    return _Notifier()


def system_is_dark() -> bool:
    """Whether the system uses its dark theme."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def apply(application: QApplication, choice: str) -> None:
    """Apply a theme and, with "system", follow the system.

    Args:
        application: The one application.
        choice: "system", "light" or "dark".
    """
    theme_notifier = notifier()
    first = not application.property("fashionlens_themed")
    theme_notifier.choice = choice
    if first:
        application.setProperty("fashionlens_themed", True)
        application.setStyle("Fusion")
        application.setFont(_font(application.font()))
        QGuiApplication.styleHints().colorSchemeChanged.connect(theme_notifier.follow_system)
    _apply_theme(application)


def _apply_theme(application: QApplication) -> None:
    theme_notifier = notifier()
    _set_colour_scheme(QGuiApplication.styleHints(), theme_notifier.choice)
    use(system_is_dark() if theme_notifier.choice == "system" else theme_notifier.choice == "dark")
    application.setPalette(_palette(tokens()))
    application.setStyleSheet(_style_sheet("dark" if is_dark() else "light", application.font().pointSizeF()))
    theme_notifier.changed.emit()


def _set_colour_scheme(hints: QStyleHints, choice: str) -> None:
    """What the system draws, title bars and its file dialogs, gets the look of the window."""
    if choice == "system":
        hints.unsetColorScheme()
    else:
        hints.setColorScheme(Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light)


def scaled(pixels: int) -> int:
    """A width that holds text, for the size of the application's font; ``pixels`` are for the usual 10 points."""
    return round(pixels * max(1.0, QFontInfo(QApplication.font()).pixelSize() / _USUAL_TEXT_PIXELS))


def restyle(widget: QWidget) -> None:
    """Apply the style sheet again after a property of ``widget`` was changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def primary_button(text: str, icon: str = "") -> QPushButton:
    """The main button of a view, filled with the accent colour."""
    return _button(text, icon, "primary", "accent_text")


def quiet_button(text: str, icon: str = "") -> QPushButton:
    """Any other button."""
    return _button(text, icon, "quiet", "text")


def narrow(button: QPushButton, width: int = 5) -> None:
    """Fix the width of a button for an icon or a short word; ``width`` in units of :data:`SPACE`."""
    button.setFixedWidth(width * SPACE)
    button.setStyleSheet("padding: 6px 0px;")


def heading(text: str, *, wraps: bool = False) -> QLabel:
    """The heading of a part of a view."""
    return _label(text, "heading", wraps)


def title(text: str, *, wraps: bool = False) -> QLabel:
    """The title of a dialog or of an empty page."""
    return _label(text, "title", wraps)


def muted(text: str) -> QLabel:
    """Secondary text; wraps."""
    return _label(text, "muted", wraps=True)


def plain(text: str, tone: str = "") -> QLabel:
    """Text in the usual colour or that of a status; wraps."""
    label = _label(text, "", wraps=True)
    if tone:
        label.setProperty("tone", tone)
    return label


def card() -> QFrame:
    """A surface with a hairline border and round corners; give it a layout with margins of 2 * SPACE."""
    frame = QFrame()
    frame.setProperty("role", "card")
    return frame


def indent_number(box: QAbstractSpinBox) -> None:
    """Put the number where text stands in other fields; the style sheet cannot (Qt ignores its padding here)."""
    box.lineEdit().setTextMargins(SPACE - 2, 0, 0, 0)


def _button(text: str, icon: str, role: str, colour: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("role", role)
    if icon:
        button.setIcon(icons.icon(icon, colour))
    return button


def _label(text: str, role: str, wraps: bool) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wraps)
    if role:
        label.setProperty("role", role)
    return label


def _font(system: QFont) -> QFont:
    """The system's font, at least in a readable size; always in points, of which others are fractions."""
    font = QFont(system)
    font.setPointSizeF(max(QFontInfo(system).pointSizeF(), 10))
    return font


def _palette(colours: Tokens) -> QPalette:
    """The tokens as a palette, for widgets that the style sheet does not name."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for each, colour in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.surface_raised,
        role.Text: colours.text,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.error,
        role.ToolTipBase: colours.surface_raised,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.text_muted,
        role.Highlight: colours.selection,
        role.HighlightedText: colours.text,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: colours.surface_raised,
        role.Midlight: colours.hover,
        role.Mid: colours.border,
        role.Dark: colours.border,
        role.Shadow: colours.border,
    }.items():
        palette.setColor(each, QColor(colour))
    faded = QColor(colours.text_muted)
    faded.setAlphaF(0.6)
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(group.Disabled, each, faded)
    return palette


@cache
def _style_sheet(name: str, points: float) -> str:
    """The style sheet of a theme with sizes of text for an application font of so many points."""
    sizes: dict[str, object] = {f"{role}_size": f"{points * by:.1f}pt" for role, by in _TEXT_SIZES.items()}
    sizes["status_height"] = scaled(4 * SPACE)
    folder = paths.resources_dir() / "themes"
    template = (folder / "window.qss").read_text(encoding="utf-8")
    # Forward slashes on Windows too: a backslash would start an escape in a style sheet.
    return string.Template(template).substitute(asdict(read(name)), **sizes, theme=(folder / name).as_posix())
