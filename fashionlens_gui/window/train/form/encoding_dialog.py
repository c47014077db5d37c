"""Asks how the letters of a table are to be read, when it may be in one of several encodings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from fashionlens_gui.messages.data import ENCODINGS
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.about import dialog_with_room
from trainer.errors import DataError


class EncodingDialog:
    """Names of the table, as each encoding reads them.

    Args:
        parent: In front of which it opens.
        unsure: The error ``csv_encoding_unsure`` of the table.
    """

    def __init__(self, parent: QWidget, unsure: DataError) -> None:
        self.dialog, layout = dialog_with_room(parent, "Letters of the list")
        self.dialog.setModal(True)
        file, encodings, names = (unsure.parameters[name] for name in ("file", "encodings", "names"))
        question = theme.heading(f"Which line shows the names in {Path(str(file)).name} correctly?", wraps=True)
        layout.addWidget(question)
        self.lines = QListWidget()
        self.lines.setAccessibleName(question.text())
        for encoding, text in zip(encodings, names, strict=True):  # type: ignore[call-overload]
            line = QListWidgetItem(f"{text}   ({ENCODINGS[encoding]})")
            line.setData(Qt.ItemDataRole.UserRole, encoding)
            self.lines.addItem(line)
        self.lines.setCurrentRow(0)
        self.lines.itemDoubleClicked.connect(self.dialog.accept)
        self.lines.setMinimumSize(56 * theme.SPACE, 32 * theme.SPACE)
        layout.addWidget(self.lines)
        layout.addWidget(theme.muted("None of them? Save the list again as “CSV UTF-8” and choose that."))
        cancel = theme.quiet_button("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.dialog.reject)
        self.accept_button = theme.primary_button("Use this")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self.dialog.accept)
        layout.addLayout(layouts.row(layouts.STRETCH, cancel, self.accept_button))

    @property
    def encoding(self) -> str:
        """The encoding of the chosen line."""
        return str(self.lines.currentItem().data(Qt.ItemDataRole.UserRole))
