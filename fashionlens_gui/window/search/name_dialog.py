"""Asks for the name of a saved search."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QWidget

from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import layouts, theme

_LONGEST = 80


class NameDialog(QDialog):
    """Deleted when it is closed.

    Args:
        parent: Its window is blocked meanwhile.
        title: Of the dialog.
        name: Offered.
        taken: Names of other searches.
        replaces: Whether a search of the same name is replaced; otherwise such a name cannot be chosen.
    """

    named = Signal(str)
    """The name."""

    def __init__(self, parent: QWidget, title: str, name: str, taken: Collection[str], *, replaces: bool) -> None:
        super().__init__(parent)
        self._taken, self._replaces = {each.casefold() for each in taken}, replaces
        self.setWindowTitle(title)
        self.field = QLineEdit(name)
        self.field.setMaxLength(_LONGEST)
        self.field.setAccessibleName("Name of the search")
        self.field.selectAll()
        self.note = theme.muted("")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.save_button = buttons.button(QDialogButtonBox.StandardButton.Save)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layouts.column(
            theme.plain("Name of the search"), self.field, self.note, buttons, parent=self, spacing=1.5, margins=2
        )
        self.setMinimumWidth(48 * theme.SPACE)
        self.field.textChanged.connect(self._check)
        self.accepted.connect(lambda: self.named.emit(self._name()))
        self.finished.connect(self.deleteLater)
        self._check()

    def _name(self) -> str:
        return printable(self.field.text().strip())

    def _check(self) -> None:
        known = self._name().casefold() in self._taken
        text = ""
        if known:
            text = "A search has this name. Saving replaces it." if self._replaces else "Another search has this name."
        self.note.setText(text)
        self.save_button.setEnabled(bool(self._name()) and (self._replaces or not known))
