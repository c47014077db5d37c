"""The rule of a watched folder: its model, the table that is kept current, and where photos go after tagging."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFileDialog, QLineEdit, QPushButton, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.files.watched_folders import FolderRule

PATTERNS = ("{category}/{colour}", "{category}", "{group}/{category}", "{season}/{category}", "{status}/{category}")


class RuleDialog(QDialog):
    """Deleted when it is closed.

    Args:
        rule: To be changed; None for a new folder.
        others: The rules that there are.
        models: Names of the models on this computer.
        model_in_use: The name of the one in use.
        parent: The window.
    """

    agreed = Signal(object)
    """The FolderRule, checked."""

    def __init__(
        self,
        rule: FolderRule | None,
        others: Sequence[FolderRule],
        models: Sequence[str],
        model_in_use: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Watch a folder" if rule is None else "Watched folder")
        self._rule, self._others = rule, others
        self._slot = WorkerSlot[None, "FolderRule"](
            "checking a watched folder", self, on_result=self._agree, on_error=self._refuse
        )
        self.notice = Notice()
        self.folder = _line("A folder with photos, or one that they will come into", "Folder")
        self.model = ChoiceBox()
        self.model.setAccessibleName("Model")
        self.model.addItem(f"The model in use ({model_in_use})" if model_in_use else "The model in use", "")
        for name in models:
            self.model.addItem(name, name)
        self.csv_box = QCheckBox("Keep a table (CSV) with all its photos current")
        self.csv = _line("Such as tags.csv", "Table")
        self.move_box = QCheckBox("After tagging, move the photos into folders by their tags")
        self.into = _line("A folder, in which the folders are made", "Move into")
        self.pattern = QComboBox()
        self.pattern.setEditable(True)
        self.pattern.addItems(PATTERNS)
        self.pattern.setAccessibleName("Pattern of the folders")
        self.folder_button, self.csv_button, self.into_button = (_choose_button() for _ in range(3))
        cancel = theme.quiet_button("Cancel")
        cancel.setAutoDefault(False)
        self.ok_button = theme.primary_button("Watch" if rule is None else "Save", "check")
        self.ok_button.setDefault(True)
        self._csv_row, self._move_rows = QWidget(), QWidget()
        indent = (3.5, 0, 0, 0)
        layouts.row((self.csv, 1), self.csv_button, parent=self._csv_row, margins=indent)
        layouts.column(
            layouts.row((self.into, 1), self.into_button), self.pattern, parent=self._move_rows, margins=indent
        )
        layouts.column(
            theme.title(self.windowTitle()),
            self.notice,
            layouts.column(theme.heading("Folder"), layouts.row((self.folder, 1), self.folder_button)),
            layouts.column(theme.heading("Model"), self.model),
            layouts.column(
                theme.heading("For its photos"), self.csv_box, self._csv_row, self.move_box, self._move_rows
            ),
            layouts.FILL,
            layouts.row(layouts.FILL, cancel, self.ok_button),
            parent=self,
            spacing=2,
            margins=3,
        )
        self.setMinimumWidth(72 * theme.SPACE)
        cancel.clicked.connect(self.reject)
        self.ok_button.clicked.connect(self._check)
        self.folder_button.clicked.connect(self._choose_folder)
        self.csv_button.clicked.connect(self._choose_csv)
        self.into_button.clicked.connect(self._choose_into)
        for box, row in ((self.csv_box, self._csv_row), (self.move_box, self._move_rows)):
            row.setEnabled(False)
            box.toggled.connect(row.setEnabled)
        if rule is not None:
            self._show(rule)

    def _show(self, rule: FolderRule) -> None:
        self.folder.setText(str(rule.folder))
        self.folder.setReadOnly(True)
        self.folder_button.hide()
        if self.model.findData(rule.model) < 0:  # a file, or a model that is gone
            self.model.addItem(rule.model, rule.model)
        self.model.setCurrentIndex(self.model.findData(rule.model))
        self.csv_box.setChecked(rule.csv is not None)
        self.csv.setText("" if rule.csv is None else str(rule.csv))
        self.move_box.setChecked(rule.move_into is not None)
        self.into.setText("" if rule.move_into is None else str(rule.move_into))
        self.pattern.setCurrentText(rule.pattern)

    # -- choosing -----------------------------------------------------------------------------------------------------
    @Slot()
    def _choose_folder(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, "Watch a folder", self.folder.text()):
            self.folder.setText(str(Path(chosen)))

    @Slot()
    def _choose_csv(self) -> None:
        start = self.csv.text() or str(Path(self.folder.text()).parent / "tags.csv")
        kind = "Table for shops and spreadsheets (*.csv)"
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Table that is kept current", start, kind, "", QFileDialog.Option.DontConfirmOverwrite
        )
        if chosen:
            self.csv.setText(str(Path(chosen)))

    @Slot()
    def _choose_into(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, "Move photos into a folder", self.into.text()):
            self.into.setText(str(Path(chosen)))

    # -- checking -----------------------------------------------------------------------------------------------------
    @Slot()
    def _check(self) -> None:
        from fashionlens_gui.catalogue.files.watched_folders import FolderRule

        lacking = self._lacking()
        if lacking:
            self.notice.show_message("warning", lacking)
            return
        self.notice.dismiss()
        rule = FolderRule(Path(os.path.abspath(self.folder.text().strip())), str(self.model.currentData()))
        if self.csv_box.isChecked():
            name = self.csv.text().strip()
            rule = replace(rule, csv=Path(name if name.lower().endswith(".csv") else f"{name}.csv"))
        if self.move_box.isChecked():
            rule = replace(rule, move_into=Path(self.into.text().strip()), pattern=self.pattern.currentText().strip())
        self.ok_button.setEnabled(False)
        self._slot.start(partial(_checked, rule, tuple(self._others)))

    def _lacking(self) -> str:
        for box, line, what in (
            (None, self.folder, "the folder"),
            (self.csv_box, self.csv, "the table"),
            (self.move_box, self.into, "the folder that photos are moved into"),
        ):
            if (box is None or box.isChecked()) and not os.path.isabs(line.text().strip()):
                line.setFocus()
                return f"Choose {what}, or give its whole path."
        return ""

    def _agree(self, rule: FolderRule) -> None:
        self.agreed.emit(rule)
        self.accept()

    def _refuse(self, error: FashionLensError) -> None:
        self.ok_button.setEnabled(True)
        self.notice.show_message("error", sentence(error))

    def done(self, result: int) -> None:
        self._slot.stop()
        super().done(result)


def _checked(rule: FolderRule, others: tuple[FolderRule, ...], _control: WorkControl) -> FolderRule:
    from fashionlens_gui.watching.rule_check import check_rule

    check_rule(rule, others)
    return rule


def _line(hint: str, name: str) -> QLineEdit:
    line = QLineEdit()
    line.setPlaceholderText(hint)
    line.setAccessibleName(name)
    return line


def _choose_button() -> QPushButton:
    button = theme.quiet_button("Choose…", "folder")
    button.setAutoDefault(False)
    return button
