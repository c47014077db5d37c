"""Lists the test photos that could not be read or evaluated, with the problem of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from fashionlens_gui import messages
from fashionlens_gui.window.shell import theme

if TYPE_CHECKING:
    from trainer.data.photo_files import Unreadable


class UnreadablePhotos(QDialog):
    """A table of files and reasons."""

    def __init__(self, photos: Sequence[Unreadable], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Skipped photos")
        self.table = QTableWidget(len(photos), 2)
        self.table.setHorizontalHeaderLabels(["Photo", "Problem"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 30 * theme.SPACE)
        for row, photo in enumerate(photos):
            reason = messages.sentence(photo.error)
            for column, text in enumerate((Path(photo.file).name, reason)):
                item = QTableWidgetItem(text)
                item.setToolTip(photo.file if column == 0 else reason)
                self.table.setItem(row, column, item)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        close = theme.quiet_button("Close")
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * theme.SPACE] * 4)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(theme.muted("These photos are not included in the results."))
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        self.resize(90 * theme.SPACE, 50 * theme.SPACE)
