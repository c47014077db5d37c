"""What to export: which photos, and by which columns a shop's own list knows them. It shows the SKUs it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QLineEdit, QRadioButton, QWidget

from fashionlens_gui import messages
from fashionlens_gui.tagging import sku
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.about import dialog_with_room
from fashionlens_gui.window.tag.list_summary import shortened
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from trainer.errors import DataError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_PATTERNS = (
    ("What is before the first _ or -", sku.BEFORE_FIRST_SIGN),
    ("What is before the last _ or -", sku.BEFORE_LAST_SIGN),
    ("The whole name", sku.WHOLE_NAME),
    ("The name of the folder", sku.FOLDER),
)
_OWN = "A regular expression…"
_SAMPLE = 500  # photos in which SKUs are looked for while one types
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Some photos that can be exported.

    Attributes:
        text: Says which, such as "The 3 shown".
        ids: The photos, int64 (n,); None for all of the list, also those that are tagged later.
    """

    text: str
    ids: np.ndarray | None


class ExportDialog(QObject):
    """Radio buttons for the photos and the kind of file, ticks for the columns.

    Args:
        parent: In front of which it opens.
        photo_list: The list.
        model: Shows photos of the list.
        scopes: What can be exported, the usual first.
        settings: The columns that were chosen last; :meth:`keep` writes them.
    """

    def __init__(
        self,
        parent: QWidget,
        photo_list: PhotoList,
        model: PhotoTableModel,
        scopes: Sequence[Scope],
        settings: Settings,
    ) -> None:
        self.dialog, layout = dialog_with_room(parent, "Export")
        super().__init__(self.dialog)
        self._list, self._model, self._scopes, self._settings = photo_list, model, scopes, settings
        self.dialog.setModal(True)
        self.scope_buttons = [QRadioButton(scope.text) for scope in scopes]
        self._group = QButtonGroup(self.dialog)
        if len(scopes) > 1:
            layout.addLayout(layouts.column(theme.heading("Photos"), *self.scope_buttons))
        for number, button in enumerate(self.scope_buttons):
            self._group.addButton(button, number)
        self.photo_rows, self.product_rows = (
            QRadioButton("A row for each photo"),
            QRadioButton("A row for each product"),
        )
        self.product_rows.setToolTip("Products with photos of the list; photos in no product are left out.")
        row_kinds = QButtonGroup(self.dialog)
        for button in (self.photo_rows, self.product_rows):
            row_kinds.addButton(button)
        self.photo_rows.setChecked(True)
        layout.addLayout(
            layouts.column(theme.heading("Rows"), layouts.row(self.photo_rows, 2, self.product_rows, layouts.FILL))
        )
        self.path_box = QCheckBox("Path and name of the file")
        self.path_box.setToolTip("The columns path and name: they stay the same however the photos were added.")
        self.sku_box = QCheckBox("SKU from the name of the file")
        self.sku_box.setToolTip("The column sku, to join the table with other lists.")
        self.confidence_box = QCheckBox("Confidence of each attribute")
        self.confidence_box.setToolTip("A column for each attribute, after all others.")
        self.pattern_choice = QComboBox()
        self.pattern_choice.setAccessibleName("Which part of the name is the SKU")
        for text, pattern in _PATTERNS:
            self.pattern_choice.addItem(text, pattern)
        self.pattern_choice.addItem(_OWN)
        self.pattern = QLineEdit()
        self.pattern.setAccessibleName("Regular expression of the SKU")
        self.pattern.setToolTip("Searched in the name without its suffix. A group in parentheses is the SKU.")
        self.preview = theme.muted("")
        self.preview.setMinimumSize(56 * theme.SPACE, (_EXAMPLES + 1) * self.preview.fontMetrics().lineSpacing())
        self.preview.setAlignment(Qt.AlignmentFlag.AlignTop)
        patterns = layouts.column(self.pattern_choice, self.pattern, self.preview, margins=(4, 0, 0, 0))
        layout.addLayout(
            layouts.column(theme.heading("More columns"), self.path_box, self.confidence_box, self.sku_box, patterns)
        )
        self.shop_button = QRadioButton("Table for shops and other programs")
        self.shop_button.setToolTip("CSV with commas and decimal points, in UTF-8.")
        self.excel_button = QRadioButton("Table for Excel")
        self.excel_button.setToolTip("CSV that Excel opens by a double click, with the separators of your region.")
        kinds = QButtonGroup(self.dialog)
        for button in (self.shop_button, self.excel_button):
            kinds.addButton(button)
        layout.addLayout(layouts.column(theme.heading("File"), self.shop_button, self.excel_button))
        cancel = theme.quiet_button("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.dialog.reject)
        self.save_button = theme.primary_button("", "export")
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.dialog.accept)
        layout.addLayout(layouts.row(layouts.STRETCH, cancel, self.save_button))
        self._show_settings()
        self._group.idToggled.connect(self._update)
        self.sku_box.toggled.connect(self._update)
        self.product_rows.toggled.connect(self._update)
        self.pattern_choice.currentIndexChanged.connect(self._pattern_chosen)
        self.pattern.textChanged.connect(self._update)
        photo_list.updated.connect(self._update)  # photos may still be tagged
        self._update()

    @property
    def scope(self) -> Scope:
        """The chosen photos."""
        return self._scopes[max(0, self._group.checkedId())]

    def keep(self) -> None:
        """Write the chosen columns to the settings."""
        self._settings.with_path = self.path_box.isChecked()
        self._settings.with_confidence = self.confidence_box.isChecked()
        self._settings.for_excel = self.excel_button.isChecked()
        self._settings.sku_pattern = self.pattern.text() if self.sku_box.isChecked() else ""

    def _show_settings(self) -> None:
        self.scope_buttons[0].setChecked(True)
        self.path_box.setChecked(self._settings.with_path)
        self.confidence_box.setChecked(self._settings.with_confidence)
        (self.excel_button if self._settings.for_excel else self.shop_button).setChecked(True)
        pattern = self._settings.sku_pattern
        self.sku_box.setChecked(bool(pattern))
        self.pattern.setText(pattern or sku.BEFORE_FIRST_SIGN)
        place = self.pattern_choice.findData(self.pattern.text())
        self.pattern_choice.setCurrentIndex(place if place >= 0 else len(_PATTERNS))

    @Slot()
    def _pattern_chosen(self) -> None:
        if pattern := self.pattern_choice.currentData():
            self.pattern.setText(pattern)
        self._update()
        if not pattern:
            self.pattern.setFocus()

    @Slot()
    def _update(self) -> None:
        by_product = self.product_rows.isChecked()
        scope, wanted = self.scope, self.sku_box.isChecked() and not by_product
        for box in (self.sku_box, self.confidence_box):
            box.setEnabled(not by_product)  # a product has its own
        count = self._list.state.figures.photos if scope.ids is None else len(scope.ids)
        self.save_button.setText("Save the products…" if by_product else f"Save {photos(count)}…")
        self.pattern_choice.setEnabled(wanted)
        self.pattern.setVisible(wanted and self.pattern_choice.currentData() is None)
        problem, text = "", ""
        if wanted:
            try:
                text = self._skus(sku.check_pattern(self.pattern.text()))
            except DataError as error:
                problem = messages.sentence(error)
        self.preview.setProperty("tone", "error" if problem else "")
        theme.restyle(self.preview)
        self.preview.setText(problem or text)
        self.save_button.setEnabled(not problem and bool(self.pattern.text()))

    def _skus(self, pattern: str) -> str:
        """The first SKUs, each with a file, and how many files have none."""
        ids = self._model.ids if self.scope.ids is None else self.scope.ids
        paths = [tag.path for tag in self._model.tags(ids[:_SAMPLE].tolist())]
        found = [(path.name, sku.sku_of(path, pattern)) for path in paths]
        examples = {value: name for name, value in reversed(found) if value}
        lines = [f"{shortened(name)} → {shortened(value)}" for value, name in list(examples.items())[::-1][:_EXAMPLES]]
        if missing := [name for name, value in found if not value]:
            of = f"the first {_SAMPLE:,}" if len(ids) > _SAMPLE else f"{len(found):,}"
            lines.append(f"Nothing found in {len(missing):,} of {of}, such as {shortened(missing[0])}.")
        return "\n".join(lines)
