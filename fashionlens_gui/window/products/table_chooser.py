"""Choosing a table of the shop: its file, and how its letters are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui.messages.data import ENCODINGS
from fashionlens_gui.table_file import EXCEL_SUFFIXES
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox, ElidedLabel

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_NONE = "No table chosen yet"


class TableChooser(QWidget):
    """A button for the file, its name, and the encoding of a CSV.

    Args:
        settings: The folder of the file dialogs.

    Attributes:
        file: None until one is chosen.
    """

    changed = Signal()
    """Another file or encoding is chosen."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.file: Path | None = None
        self.button = theme.quiet_button("Choose a table…", "folder")
        self.button.setAutoDefault(False)
        self.button.setToolTip("A CSV or an Excel file (its first sheet)")
        self.name = ElidedLabel("text", Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideMiddle)
        self.name.setText(_NONE)
        self.encodings = ChoiceBox()
        self.encodings.setAccessibleName("Letters of the table")
        self.encodings.setToolTip("How the letters of a CSV are read")
        self.encodings.setMinimumWidth(theme.scaled(22 * theme.SPACE))
        self.encodings.addItem("Letters: automatic", "")
        for encoding, text in ENCODINGS.items():
            self.encodings.addItem(f"Letters: {text}", encoding)
        self.encodings.hide()
        layouts.row(self.button, (self.name, 1), self.encodings, parent=self)
        self.button.clicked.connect(self._choose)
        self.encodings.activated.connect(self.changed)

    @property
    def encoding(self) -> str:
        """Empty when it is found out."""
        return str(self.encodings.currentData() or "")

    def show_file(self, file: Path) -> None:
        """Choose a file."""
        self.file = file
        self.name.setText(file.name)
        self.name.setToolTip(str(file))
        self.encodings.setCurrentIndex(0)
        self.encodings.setVisible(file.suffix.casefold() not in EXCEL_SUFFIXES)
        self.changed.emit()

    @Slot()
    def _choose(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in (".csv", ".tsv", ".txt", *sorted(EXCEL_SUFFIXES)))
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Choose a table", self._settings.last_folder, f"Tables ({kinds});;All files (*)"
        )
        if chosen:
            self._settings.last_folder = str(Path(chosen).parent)
            self._settings.save_or_log()
            self.show_file(Path(chosen))
