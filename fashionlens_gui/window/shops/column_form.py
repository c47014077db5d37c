"""The fields of one column of a profile, with what it gives for the first product."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.shops.profile import Column
from fashionlens_gui.shops.template import FILTERS, read_template
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox
from trainer.errors import DataError

_UPDATES = (
    ("When it has changed", "changes"),
    ("Always: it says which product", "key"),
    ("Never", "never"),
)
_FILTER_ARGUMENTS = {"cut": ":150", "replace": ":old:new", "then": ":text", "default": ":text"}
_LINES = 5


class ColumnForm(QWidget):
    """Edits a column. A text without braces is the same for all products.

    Args:
        result: Gives what a template makes of the first product.
    """

    edited = Signal(object)
    """The changed Column."""

    def __init__(self, result: Callable[[str], str]) -> None:
        super().__init__()
        self._result = result
        self._column: Column | None = None
        self.name_field = _field("Name of the column")
        self.value_field = _field("Content")
        self.value_field.setPlaceholderText("{audience} {colour} {category}, or a text for all products")
        self.items_field = QPlainTextEdit()
        self.items_field.setAccessibleName("Content, one item a line")
        self.items_field.setFixedHeight(_LINES * self.items_field.fontMetrics().lineSpacing() + 2 * theme.SPACE)
        self.items_field.setTabChangesFocus(True)
        self.otherwise_field = _field("Where that is empty")
        self.fact_choice, self.filter_choice = ChoiceBox(), ChoiceBox()
        self.fact_choice.setAccessibleName("Insert a value")
        self.filter_choice.setAccessibleName("Insert a filter")
        self.filter_choice.addItem("Change it…")
        for name in FILTERS:
            self.filter_choice.addItem(name, f"|{name}{_FILTER_ARGUMENTS.get(name, '')}")
        self.update_choice = ChoiceBox()
        self.update_choice.setAccessibleName("In update files")
        for text, value in _UPDATES:
            self.update_choice.addItem(text, value)
        self._content = theme.muted("")
        self.result = theme.plain("")
        self.result.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.result.setMinimumHeight(3 * self.result.fontMetrics().lineSpacing())
        layouts.column(
            theme.muted("Name in the header"),
            self.name_field,
            self._content,
            self.value_field,
            self.items_field,
            layouts.row((self.fact_choice, 1), (self.filter_choice, 1)),
            theme.muted("Where that is empty"),
            self.otherwise_field,
            theme.muted("First product"),
            self.result,
            theme.muted("In update files"),
            self.update_choice,
            layouts.FILL,
            parent=self,
            spacing=0.75,
        )
        for field in (self.name_field, self.value_field, self.otherwise_field):
            field.textEdited.connect(self._edited)
        self.items_field.textChanged.connect(self._edited)
        self.update_choice.activated.connect(self._edited)
        self.fact_choice.activated.connect(self._insert_fact)
        self.filter_choice.activated.connect(self._insert_filter)

    def show_facts(self, facts: Sequence[str]) -> None:
        """Offer these facts for templates."""
        self.fact_choice.clear()
        self.fact_choice.addItem("Insert a value…")
        for name in facts:
            self.fact_choice.addItem(name)

    def show_column(self, column: Column) -> None:
        self._column = None  # nothing is edited meanwhile
        self.name_field.setText(column.name)
        self.value_field.setText(column.of_images or column.value)
        self.items_field.setPlainText("\n".join(column.items))
        self.otherwise_field.setText(column.otherwise)
        self.update_choice.setCurrentIndex(max(0, self.update_choice.findData(column.update)))
        lists = bool(column.items)
        self.value_field.setVisible(not lists)
        self.items_field.setVisible(lists)
        self._content.setText(
            "Content, one item a line" if lists else "Content, for each image" if column.of_images else "Content"
        )
        self._column = column
        self._show_result(column)

    @Slot()
    def _edited(self, *_: object) -> None:
        before = self._column
        if before is None:
            return
        text, lines = self.value_field.text(), self.items_field.toPlainText().splitlines()
        changed = msgspec.structs.replace(
            before,
            name=self.name_field.text().strip() or before.name,
            value="" if before.of_images or before.items else text,
            of_images=text if before.of_images else "",
            items=tuple(line for line in lines if line.strip()) if before.items else (),
            otherwise=self.otherwise_field.text(),
            update=self.update_choice.currentData(),
        )
        if before.items and not changed.items:  # an empty list would turn into a text
            changed = msgspec.structs.replace(changed, items=before.items)
        self._column = changed
        self._show_result(changed)
        self.edited.emit(changed)

    def _show_result(self, column: Column) -> None:
        try:
            texts = [self._result(text) for text in (column.of_images or column.value, *column.items) if text]
            found = ", ".join(text for text in texts if text) or self._result(column.otherwise)
            self.result.setProperty("tone", "")
            self.result.setText(found or "empty")
        except DataError as error:
            self.result.setProperty("tone", "error")
            self.result.setText(sentence(error))
        theme.restyle(self.result)

    @Slot(int)
    def _insert_fact(self, place: int) -> None:
        if place > 0:
            self._insert(f"{{{self.fact_choice.itemText(place)}}}")
        self.fact_choice.setCurrentIndex(0)

    @Slot(int)
    def _insert_filter(self, place: int) -> None:
        """Behind the fact that the cursor is in or behind."""
        if place > 0:
            field = self.value_field
            at = field.text().find("}", max(0, field.cursorPosition() - 1))
            if not self.items_field.isVisibleTo(self) and at >= 0:
                field.setCursorPosition(at)
                self._insert(str(self.filter_choice.itemData(place)))
        self.filter_choice.setCurrentIndex(0)

    def _insert(self, text: str) -> None:
        if self.items_field.isVisibleTo(self):
            self.items_field.insertPlainText(text)
            self.items_field.setFocus()
        else:
            self.value_field.insert(text)
            self.value_field.setFocus()
            self._edited()


def is_readable(column: Column) -> bool:
    """Whether all templates of a column can be read."""
    try:
        for text in (column.value, column.otherwise, column.of_images, *column.items):
            read_template(text)
    except DataError:
        return False
    return True


def _field(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    return field
