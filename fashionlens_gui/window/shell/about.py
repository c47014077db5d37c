"""What FashionLens is, and its keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from fashionlens_gui import paths
from fashionlens_gui.window.shell import icons, layouts, theme

_LOGO_SIDE = 9 * theme.SPACE


def version() -> str:
    """The version that is installed; a plain checkout has none."""
    import importlib.metadata  # slow, and the first window must not wait for it

    try:
        return importlib.metadata.version("fashionlens")
    except importlib.metadata.PackageNotFoundError:
        return "from source"


def about(parent: QWidget) -> QDialog:
    """The "About" dialog, not yet shown."""
    dialog, layout = dialog_with_room(parent, "About FashionLens")
    logo = QLabel()
    logo.setPixmap(icons.app_icon().pixmap(QSize(_LOGO_SIDE, _LOGO_SIDE), dialog.devicePixelRatioF()))
    logo.setAlignment(Qt.AlignmentFlag.AlignCenter)
    layout.addWidget(logo)
    title = theme.title("FashionLens")
    text = theme.muted(
        f"Version {version()}\n\nTags the garments in your photos on this computer. No photo, name or figure is "
        f"sent anywhere.\n\nYour models, settings and work are in\n{paths.home()}"
    )
    for label in (title, text):
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(label)
    text.setMinimumWidth(48 * theme.SPACE)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    add_close(dialog, layout)
    return dialog


def shortcuts(parent: QWidget, actions: Iterable[tuple[str, QAction]], others: Sequence[tuple[str, str]]) -> QDialog:
    """The "Keyboard shortcuts" dialog, not yet shown.

    Args:
        parent: The window.
        actions: What each is called; those with a key are listed.
        others: Further lines: what it does, and the key.
    """
    dialog, layout = dialog_with_room(parent, "Keyboard shortcuts")
    layout.addWidget(theme.heading("Keyboard shortcuts"))
    native = QKeySequence.SequenceFormat.NativeText
    lines = [(what, action.shortcut().toString(native)) for what, action in actions if not action.shortcut().isEmpty()]
    # In one column or two they would be higher than a small window.
    half = (len(lines) + 1) // 2
    columns = (_grid_of(part) for part in (lines[:half], lines[half:], others))
    layout.addLayout(layouts.row(*columns, spacing=4))
    add_close(dialog, layout)
    return dialog


def _grid_of(lines: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * theme.SPACE)
    grid.setVerticalSpacing(theme.SPACE)
    for row, (what, keys) in enumerate(lines):
        key = theme.muted(keys)
        key.setWordWrap(False)
        grid.addWidget(QLabel(what), row, 0)
        grid.addWidget(key, row, 1)
    grid.setRowStretch(len(lines), 1)
    return grid


def dialog_with_room(parent: QWidget, title: str) -> tuple[QDialog, QVBoxLayout]:
    """A dialog that goes when it is closed, and its layout."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog, layouts.column(parent=dialog, spacing=2, margins=(4, 4, 4, 3))


def add_close(dialog: QDialog, layout: QVBoxLayout) -> None:
    """End a dialog with its "Close" button."""
    button = theme.quiet_button("Close")
    button.setDefault(True)
    button.clicked.connect(dialog.accept)
    layout.addSpacing(theme.SPACE)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
