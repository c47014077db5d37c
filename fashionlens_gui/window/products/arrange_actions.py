"""Moving photos between products, splitting, merging and ordering: actions with keys, buttons and menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.product_groups import arranging
from fashionlens_gui.window.products import background_work
from fashionlens_gui.window.products.move_dialog import MoveDialog
from fashionlens_gui.window.products.photo_tiles import PhotoTiles
from fashionlens_gui.window.products.product_list import ProductListView
from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.widgets import follow_action
from fashionlens_gui.window.tag.actions import with_shortcut

if TYPE_CHECKING:
    from PySide6.QtWidgets import QHBoxLayout

    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess


class ArrangeActions(QObject):
    """The actions of a page; each is one operation, and one undo.

    Args:
        page: The shortcuts work in it.
        access: Changes the catalogue.
        products: The list; photos are dropped on its rows, several selected ones are merged.
        tiles: The photos of the product that is shown.
        product: Gives the id of that product; -1 for none.
    """

    next_wanted = Signal()

    def __init__(
        self,
        page: QWidget,
        access: CatalogueAccess,
        products: ProductListView,
        tiles: PhotoTiles,
        product: Callable[[], int],
    ) -> None:
        super().__init__(page)
        self._page, self._access, self._products, self._tiles, self._product = page, access, products, tiles, product
        self.move_dialog: MoveDialog | None = None
        self.next = self._make("Next to review", "warning", "Ctrl+Down", "Go to the next product that needs review")
        self.move = self._make(
            "Move photos to…", "export", "Ctrl+M", "Move the selected photos to another product, also a new one"
        )
        self.split = self._make("Split off", "copy", "Ctrl+Shift+M", "Make a new product of the selected photos")
        self.main = self._make("Make main photo", "photos", "", "Put the selected photo first (Alt+Home)")
        self.ungroup = self._make("Take out", "close", "", "Take the selected photos out of the product")
        self.merge = self._make("Merge products", "grid", "Ctrl+J", "Put the photos of the selected products together")
        self.next_button = self.dialog_button(self.next)
        self.next.triggered.connect(self.next_wanted)
        self.move.triggered.connect(self.ask_where)
        self.split.triggered.connect(lambda: self._perform(partial(background_work.split, photos=self._photos())))
        self.main.triggered.connect(self._tiles.put_first)
        self.ungroup.triggered.connect(lambda: self._perform(partial(arranging.ungroup, photos=self._photos())))
        self.merge.triggered.connect(self._merge)
        tiles.order_wanted.connect(lambda order: self._perform(partial(background_work.set_order, photos=order)))
        tiles.dropped.connect(lambda photos: self.move_to(product(), photos))
        tiles.photos_selected.connect(self.update)
        products.dropped.connect(self.move_to)
        tiles.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tiles.customContextMenuRequested.connect(self._open_menu)

    def bar(self) -> QHBoxLayout:
        """A row of buttons for what can be done with photos and products."""
        actions = (self.move, self.split, self.main, self.ungroup, self.merge)
        buttons = [follow_action(theme.quiet_button(""), action) for action in actions]
        for button in buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus in the photos
        return layouts.row(*buttons, layouts.FILL)

    def dialog_button(self, action: QAction) -> QPushButton:
        """A button for an action."""
        return follow_action(theme.quiet_button(""), action)

    @Slot()
    def update(self) -> None:
        """Enable what can be done; where nothing can be changed, say why."""
        selected, whole = len(self._tiles.selected), len(self._tiles.photos)
        several = len(self._products.selected_products())
        possible = self._access.writable
        problem = self._access.problem
        for action, wanted in (
            (self.move, selected > 0),
            (self.split, 0 < selected < whole),
            (self.main, 0 < selected < whole and self._tiles.selected != self._tiles.photos[:selected]),
            (self.ungroup, selected > 0),
            (self.merge, several > 1),
        ):
            action.setEnabled(wanted and possible)
            tip = with_shortcut(action.statusTip(), action)
            action.setToolTip(tip if possible or problem is None else sentence(problem))
        self.merge.setText(f"Merge {several} products" if several > 1 else "Merge products")

    @Slot(int, list)
    def move_to(self, product: int, photos: Sequence[int]) -> None:
        """Move photos to a product by its id."""
        self._perform(partial(background_work.move_to, photos=list(photos), product=product))

    @Slot()
    def ask_where(self) -> None:
        """Ask for the SKU of the product that the selected photos are moved to."""
        photos = self._photos()
        if photos:
            self.move_dialog = dialog = MoveDialog(self._access, len(photos), self._page)
            dialog.chosen.connect(lambda sku: self._perform(partial(arranging.move, photos=photos, sku=sku)))
            dialog.open()

    def _merge(self) -> None:
        selected = self._products.selected_products()
        first = self._product() if self._product() in selected else selected[0]
        others = [each for each in selected if each != first]
        self._perform(partial(arranging.merge, product=first, others=others))

    def _photos(self) -> list[int]:
        return self._tiles.selected

    def _perform(self, operation: Callable[..., object]) -> None:
        if self._access.writable:
            self._access.perform(operation)  # type: ignore[arg-type]

    def _open_menu(self, point: QPoint) -> None:
        menu = QMenu(self._tiles)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.move, self.split, self.main, self.ungroup])
        menu.popup(self._tiles.viewport().mapToGlobal(point))

    def _make(self, text: str, icon: str, shortcut: str, tip: str) -> QAction:
        action = QAction(icons.icon(icon), text, self._page)
        action.setStatusTip(tip)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(with_shortcut(tip, action))
        self._page.addAction(action)
        return action
