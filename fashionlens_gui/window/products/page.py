"""The page of products: the list, one product beside it, and its review with the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QSplitter, QWidget

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Kind
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.product_groups import arranging, grouping
from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.products import background_work
from fashionlens_gui.window.products.arrange_actions import ArrangeActions
from fashionlens_gui.window.products.background_work import FoundProducts, ListedProduct, find_products
from fashionlens_gui.window.products.detail import ProductDetail
from fashionlens_gui.window.products.empty_page import EmptyPage
from fashionlens_gui.window.products.product_list import ProductListModel, ProductListView
from fashionlens_gui.window.products.product_values import choices, names_of
from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.keys import native, number_key
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import KeyLegend, SegmentedChoice, ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag import vocabulary
from fashionlens_gui.window.tag.actions import TagActions, button_for
from fashionlens_gui.window.tag.group_review.photo_grid import TilePictures
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails
from trainer.control import ProgressEvent
from trainer.number_format import photos, whole_percent
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from fashionlens_gui.catalogue.catalogue import Changes
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_NONE = "\0none"
_PAUSE_MS = 150
_KINDS = {Kind.PHOTOS, Kind.PREDICTIONS, Kind.VALUES, Kind.VOCABULARY, Kind.PRODUCTS, Kind.TABLES}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ProductsPage(QWidget):
    """Products and one of them.

    Args:
        access: The catalogue.
        active_model: Its categories can be chosen.
        dialog_actions: Buttons at the top: grouping, tables, attributes.
        tag_actions: Undo and redo.
    """

    failed = Signal(object)
    """A FashionLensError."""
    closed = Signal()
    """Back to the list of photos."""
    updated = Signal()
    """The answer to the newest question is shown."""

    def __init__(
        self,
        access: CatalogueAccess,
        active_model: ActiveModel,
        dialog_actions: Sequence[QAction],
        tag_actions: TagActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._access, self._active_model = access, active_model
        self.found = FoundProducts()
        self._product = -1
        self._edited: tuple[str, list[int]] = (CATEGORY, [])
        self._slot = WorkerSlot[ProgressEvent, FoundProducts](
            "finding products",
            self,
            mode="latest",
            on_events=self._show_progress,
            on_result=self._show_found,
            on_error=self.failed.emit,
        )
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.ask)
        self.thumbnails, self.pictures = Thumbnails(self, access), TilePictures(self)
        self.model = ProductListModel(access, self)
        self.list = ProductListView(self.model, self.thumbnails)
        self.detail = ProductDetail(self.pictures)
        self.arrange = ArrangeActions(self, access, self.list, self.detail.tiles, lambda: self._product)
        self.picker = ChoicePicker(self)
        self._make_controls()
        self._lay_out(dialog_actions, tag_actions)
        self._connect()
        self._show_empty()
        if access.catalogue is not None:
            self.ask()

    # -- what is asked and shown --------------------------------------------------------------------------------------
    @Slot()
    def ask(self) -> None:
        """Ask the catalogue again."""
        catalogue = self._access.catalogue
        if catalogue is not None:
            text, only, before = self.search.text().strip(), self.only_review, self.found
            self._slot.start(lambda control: find_products(catalogue, text, only, before, control))

    @property
    def busy(self) -> bool:
        """A question or an operation is not over."""
        return self._slot.busy or self._pause.isActive() or self._access.busy

    def shutdown(self) -> None:
        for part in (self._slot, self.model, self.thumbnails, self.pictures):
            part.shutdown()

    def _show_found(self, found: FoundProducts) -> None:
        self.found = found
        self.progress.hide()
        self.model.show(found.ids)
        for value, text in ((False, f"All {found.all:,}"), (True, f"To review {found.all_to_review:,}")):
            self.which.button(value).setText(text)
        if self.model.row_of(self._product) < 0 and len(found.ids):
            self.list.setCurrentIndex(self.model.index(min(max(0, self._row), len(found.ids) - 1)))
        else:
            self.list.select_product(self._product)
        self._show_empty()
        self._show_offer()
        self._show_product()
        self.updated.emit()

    def _show_progress(self, events: tuple[ProgressEvent, ...]) -> None:
        event = events[-1]
        self.progress.setVisible(event.done < event.total)
        self.progress.show_progress(event.done, event.total)
        self.progress.setToolTip(progress_text(event))

    def _show_empty(self) -> None:
        found, listed = self.found, len(self.found.ids) > 0
        self.empty.show_reason(found, self.only_review, bool(self.search.text().strip()))
        self._body.setCurrentWidget(self._split if listed else self.empty)
        self.keys.setVisible(listed)

    def _show_offer(self) -> None:
        """Offer the patterns of the last time for photos that came since."""
        found = self.found
        if not found.matching or not found.all or not self._access.writable:
            self.notice.dismiss()
            return
        shown = " or ".join(found.patterns)
        text = f"{photos(found.matching)} without product match your rule {shown}."
        self.notice.show_message("info", text, [("Group them", self.group_again)])

    @Slot()
    def group_again(self) -> None:
        """Apply the patterns of the last time."""
        patterns = self.found.patterns
        if patterns:
            self._access.perform(partial(grouping.group_by_names, query=background_work.ALL, patterns=patterns))

    @Slot(QModelIndex)
    def _current_changed(self, index: QModelIndex) -> None:
        if index.isValid():
            self._row, self._product = index.row(), int(self.model.ids[index.row()])
            self._show_product()

    @Slot(int)
    def _product_read(self, product: int) -> None:
        if product == self._product:
            self._show_product()

    def _show_product(self) -> None:
        listed = self.listed
        self.detail.setEnabled(listed is not None)
        if listed is not None:
            self.detail.show_product(listed, self.found.own, self._access.writable)
        self.arrange.update()

    @property
    def listed(self) -> ListedProduct | None:
        """The product that is shown, once it is read."""
        return self.model.product(self._product) if self._product >= 0 else None

    @property
    def only_review(self) -> bool:
        return self.which.button(True).isChecked()

    # -- decisions ----------------------------------------------------------------------------------------------------
    @Slot()
    def confirm(self) -> None:
        """Confirm the category of the selected products, and go to the next that needs review."""
        listed = self.listed
        if listed is None or not self._access.writable:
            return
        if not self.detail.answers:
            self.edit(CATEGORY)
            return
        self._access.perform(partial(background_work.confirm, ids=self._selected()))
        self.show_next()

    @Slot(str)
    def set_category(self, category: str) -> None:
        """Set the category of the selected products, and go to the next that needs review."""
        if self._access.writable:
            values = {CATEGORY: category}
            self._access.perform(partial(arranging.correct, products=self._selected(), values=values))
            self.show_next()

    @Slot()
    def show_next(self) -> None:
        """Go to the next product that needs review, from the first again after the last."""
        ids = self.model.ids.tolist()
        decided = set(self._selected())
        after = ids[self._row + 1 :] + ids[: self._row + 1]
        product = next((id_ for id_ in after if id_ in self.found.to_review and id_ not in decided), None)
        if product is not None:
            self.list.select_product(product)

    def edit(self, name: str, typed: str = "") -> None:
        """Open the list of values of the category or an attribute."""
        listed = self.listed
        if listed is None or not self._access.writable:
            return
        self._edited = (name, self._selected())
        entry = self._active_model.entry
        found = choices(listed, name, self.found, entry.metadata if entry is not None else None)
        lines = [
            Choice(
                value,
                whole_percent(probability),
                synonyms=vocabulary.synonyms(value) if name == CATEGORY else (),
                srgb=vocabulary.srgb_of(value) if name == "colour" else None,
            )
            for value, probability in found
        ]
        if name != CATEGORY:
            lines.append(Choice(_NONE, "", "None of these", always=True))
        what = names_of(self.found.own)[name]
        several = len(self._edited[1])
        prompt = f"{what} of {f'{several} products' if several > 1 else listed.product.sku}"
        value = listed.product.tag_set.values.get(name)
        current = "" if value is None else value.value
        self.picker.open_at(
            self.detail.anchor(name), prompt, lines, typed, True, what.lower(), current, can_add=True
        )  # fmt: skip

    @Slot(str)
    def _picked(self, value: str) -> None:
        name, products = self._edited
        if name == CATEGORY:
            self.set_category(value)
        else:
            values = {name: "" if value == _NONE else value}
            self._access.perform(partial(arranging.correct, products=products, values=values))
        self.detail.tiles.setFocus()

    @Slot(str)
    def _value_added(self, value: str) -> None:
        self._access.perform(partial(operations.keep_values, values={self._edited[0]: [value]}))

    def _selected(self) -> list[int]:
        """The products that a decision is for: all selected ones, if the one shown is among them."""
        selected = self.list.selected_products()
        return selected if self._product in selected else [self._product]

    # -- keys ---------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = Qt.KeyboardModifier
        plain = not event.modifiers() & (modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier)
        key, number = Qt.Key(event.key()), number_key(event)
        listed = self._body.currentWidget() is self._split
        if plain and key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif not plain or not listed or self.search.hasFocus():
            super().keyPressEvent(event)
        elif key in _ENTER:
            self.confirm()
        elif number is not None:
            if 0 < number <= len(self.detail.answers):
                self.set_category(self.detail.answers[number - 1])
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            step = 1 if key == Qt.Key.Key_PageDown else -1
            self.list.setCurrentIndex(self.model.index(min(max(0, self._row + step), len(self.model.ids) - 1)))
        elif key in (Qt.Key.Key_F2, Qt.Key.Key_Slash):
            self.edit(CATEGORY)
        elif event.text().isalpha():
            self.edit(CATEGORY, event.text())
        else:
            super().keyPressEvent(event)

    # -- set-up -------------------------------------------------------------------------------------------------------
    def _make_controls(self) -> None:
        self._row = 0
        self.setAccessibleName("Products")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search names, categories, texts")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icons.icon("search", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setAccessibleName("Search products")
        self.back_button = theme.quiet_button("Back to the list", "chevron-left")
        self.back_button.setToolTip("Back to the list of photos (Escape)")
        self.which = SegmentedChoice((("All", False), ("To review", True)), "Which products")
        self.progress = ThinProgressBar("Combining the tags of products")
        self.progress.hide()
        self.notice = Notice()
        self.empty = EmptyPage()
        self.keys = KeyLegend()
        self.keys.show_keys(
            (("Enter", "confirm"), ("1–9", "set"), ("A–Z /", "search"), (native("Ctrl+Down"), "next to review"),
             ("PgUp PgDn", "product"), ("← →", "photo"), (native("Alt+Left"), "order"), (native("Ctrl+M"), "move to…"))
        )  # fmt: skip

    def _lay_out(self, dialog_actions: Sequence[QAction], tag_actions: TagActions) -> None:
        buttons: list[QPushButton] = [self.arrange.dialog_button(action) for action in dialog_actions]
        steps = [button_for(tag_actions.undo, "undo"), button_for(tag_actions.redo, "redo")]
        top = layouts.row(self.back_button, 1, *steps, 1, *buttons, layouts.FILL)
        card = theme.card()
        layouts.column((self.detail, 1), self.arrange.bar(), parent=card, spacing=1.5, margins=(2, 1.5, 2, 1.5))
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(theme.SPACE)
        self._split.setStyleSheet("QSplitter::handle { background: transparent; }")
        for widget, stretch in ((self.list, 0), (card, 1)):
            self._split.addWidget(widget)
            self._split.setStretchFactor(self._split.count() - 1, stretch)
        self._split.setSizes([40 * theme.SPACE, 100 * theme.SPACE])
        self._body = layouts.pages(self.empty, self._split)
        filters = layouts.row((self.search, 1), self.which, self.arrange.next_button)
        layouts.column(
            top, filters, self.notice, self.progress, (self._body, 1), self.keys, parent=self, spacing=1
        )  # fmt: skip
        self.setFocusProxy(self.detail)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.closed)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.selectionModel().selectionChanged.connect(self.arrange.update)
        self.model.product_read.connect(self._product_read)
        self.model.failed.connect(self.failed)
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.which.chosen.connect(lambda _value: self.ask())
        self.detail.edit_wanted.connect(self.edit)
        self.detail.confirmed.connect(self.confirm)
        self.detail.answered.connect(self.set_category)
        self.picker.picked.connect(self._picked)
        self.picker.added.connect(self._value_added)
        self.arrange.next_wanted.connect(self.show_next)
        self.empty.again_button.clicked.connect(self._show_all)
        self._access.opened.connect(self._opened)
        self._access.closing.connect(self.model.clear)
        self._access.changed.connect(self._changed)

    @Slot()
    def _show_all(self) -> None:
        self.search.clear()
        self.which.button(False).click()

    @Slot(object)
    def _opened(self, _catalogue: object) -> None:
        self.found, self._product = FoundProducts(), -1
        self.model.clear()
        self.ask()

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if changes.kinds & _KINDS and not self._pause.isActive():
            self._pause.start()
