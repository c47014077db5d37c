"""One product: its photos side by side, its values, what the shop's tables say, and the buttons to decide."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from fashionlens_gui.catalogue.own_columns import OwnAttribute
from fashionlens_gui.product_groups.named_category import title_of
from fashionlens_gui.tagging.tag import Status, printable
from fashionlens_gui.window.products.background_work import ListedProduct
from fashionlens_gui.window.products.photo_tiles import PhotoTiles
from fashionlens_gui.window.products.product_row import reason, title
from fashionlens_gui.window.products.product_values import names_of, probable_values, tiles_of, value_text
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.painting import fonts_like
from fashionlens_gui.window.shell.widgets import ElidedLabel
from fashionlens_gui.window.tag.group_review.photo_grid import TilePictures
from trainer.number_format import photos, whole_percent
from trainer.taxonomy import ATTRIBUTES, CATEGORY

MOST_CHOICES = 9
"""One for each number key."""
_BUTTONS = 3  # of these choices
_COLUMNS = 4
_MOST_FIELDS = 6


class ProductDetail(QWidget):
    """Shows a product; emits what the user wants.

    Attributes:
        answers: Categories for the number keys, the most probable first.
    """

    edit_wanted = Signal(str)
    """Choose a value: ``category`` or an attribute's code."""
    confirmed = Signal()
    answered = Signal(str)
    """A category."""

    def __init__(self, pictures: TilePictures) -> None:
        super().__init__()
        self.answers: list[str] = []
        self._names: tuple[str, ...] = ()
        self._product = -1
        self.sku = ElidedLabel("text", Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideMiddle)
        self.sku.setFont(fonts_like(self.font()).strong)
        self.count = theme.muted("")
        self.count.setWordWrap(False)
        self.title = ElidedLabel("text_muted", Qt.AlignmentFlag.AlignLeft)
        self.reason = theme.plain("", "review")
        self.tiles = PhotoTiles(pictures)
        self.setFocusProxy(self.tiles)
        self.fields = theme.muted("")
        self.confirm_button = theme.primary_button("Confirm", "check")
        self.confirm_button.setToolTip("Confirm the category of all photos of the product (Enter)")
        self.confirm_button.clicked.connect(self.confirmed)
        self.answer_buttons = [self._answer_button(place) for place in range(1, _BUTTONS)]
        self.search_button = theme.quiet_button("Other…", "search")
        self.search_button.setToolTip("Choose another category (type it, F2 or /)")
        self.search_button.clicked.connect(lambda: self.edit_wanted.emit(CATEGORY))
        self.value_buttons: dict[str, QPushButton] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.SPACE)
        self._grid.setVerticalSpacing(theme.SPACE // 2)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        head = layouts.row((self.sku, 1), self.count)
        decide = layouts.row(self.confirm_button, *self.answer_buttons, self.search_button, layouts.FILL)
        layouts.column(
            head, self.title, self.reason, (self.tiles, 1), decide, self._grid, self.fields, parent=self, spacing=1
        )

    def show_product(self, listed: ListedProduct, own: Sequence[OwnAttribute], editable: bool) -> None:
        """Show a product with the category and all attributes, also those that people defined."""
        product = listed.product
        same, self._product = product.id == self._product, product.id
        self.sku.setText(printable(product.sku))
        self.sku.setToolTip(printable(product.sku))
        self.count.setText(photos(len(product.photos)))
        self.title.setText(title(product.fields))
        self.title.setVisible(bool(title(product.fields)))
        self.reason.setText(f"{reason(product)}." if product.unsure else "")
        self.reason.setProperty("tone", "error" if product.status == Status.ERROR else "review")
        theme.restyle(self.reason)
        self.reason.setVisible(bool(product.unsure))
        self.tiles.movable = editable
        self.tiles.show_tiles(tiles_of(listed), keep=same)
        if not same:
            self.tiles.select_photos(product.tag_set.odd)  # one key moves them
        self._show_answers(listed, editable)
        self._show_values(listed, own, editable)
        self._show_fields(listed)

    def anchor(self, name: str) -> QRect:
        """Where the list of values opens, in global coordinates."""
        button = self.search_button if name == CATEGORY else self.value_buttons.get(name, self.search_button)
        return QRect(button.mapToGlobal(QPoint(0, 0)), button.size())

    def _answer_button(self, place: int) -> QPushButton:
        button = theme.quiet_button("")
        button.clicked.connect(lambda: self.answered.emit(self.answers[place]))
        return button

    def _show_answers(self, listed: ListedProduct, editable: bool) -> None:
        probable = probable_values(listed, CATEGORY)
        value = listed.product.tag_set.values.get(CATEGORY)
        if value is not None and value.value and value.value not in dict(probable):
            probable = [(value.value, 1.0), *probable]
        self.answers = [label for label, _ in probable[:MOST_CHOICES]]
        own = "" if value is None else value.value
        self.confirm_button.setText(f"Confirm {own}" if own else "Choose a category")
        self.confirm_button.setEnabled(editable)
        self.search_button.setEnabled(editable)
        for place, button in enumerate(self.answer_buttons, 1):
            button.setVisible(place < len(probable))
            button.setEnabled(editable)
            if place < len(probable):
                label, probability = probable[place]
                button.setText(f"{label} {whole_percent(probability)}".strip())
                button.setToolTip(f"Set all photos of the product to {label} ({place + 1})")

    def _show_values(self, listed: ListedProduct, own: Sequence[OwnAttribute], editable: bool) -> None:
        titles = names_of(own)
        names = (*ATTRIBUTES, *(each.code for each in own))
        if names != self._names:
            self._make_value_buttons(names)
        for name, button in self.value_buttons.items():
            value = listed.product.tag_set.values.get(name)
            text = f"{titles[name]}: {value_text(value)}"
            button.setText(button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, 20 * theme.SPACE))
            unsure = value is not None and value.unsure and value.value
            button.setToolTip(f"{text}\nA guess: no photo is sure of it." if unsure else text)
            button.setAccessibleName(text)
            button.setEnabled(editable)

    def _make_value_buttons(self, names: tuple[str, ...]) -> None:
        for button in self.value_buttons.values():
            self._grid.removeWidget(button)
            button.deleteLater()
        self._names, self.value_buttons = names, {}
        for place, name in enumerate(names):
            button = theme.quiet_button("")
            button.setStyleSheet("text-align: left; padding: 3px 8px;")
            button.setMinimumWidth(8 * theme.SPACE)
            button.clicked.connect(lambda _checked=False, name=name: self.edit_wanted.emit(name))
            self._grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
            self.value_buttons[name] = button

    @Slot()
    def _show_fields(self, listed: ListedProduct) -> None:
        shown = {listed.product.sku, title_of(listed.product.fields)}
        fields = [
            f"{printable(name)}: {printable(value)}"
            for name, value in listed.product.fields.items()
            if value not in shown
        ]
        more = f"  ·  {len(fields) - _MOST_FIELDS} more" if len(fields) > _MOST_FIELDS else ""
        self.fields.setText("  ·  ".join(text[:80] for text in fields[:_MOST_FIELDS]) + more)
        self.fields.setToolTip("\n".join(fields[:60]))
        self.fields.setVisible(bool(fields))
