"""The actions about shops, connected with the Tag tab, whose products they export and whose photos they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell.shown_names import ShownNames
from fashionlens_gui.window.shops.actions import ShopActions

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shops.export_work import ProductScope
    from fashionlens_gui.window.tag.panel import TagPanel


class ShopMenu(ShopActions):
    """Exports what the Tag tab lists; its dialogs show photos there; own words are shown in all views.

    Args:
        tag: The Tag tab.
        settings: The last profile, the language of values, and the folder of file dialogs.
        window: The parent of the dialogs.
    """

    tags_asked = Signal()
    """Show the Tag tab."""

    def __init__(self, tag: TagPanel, settings: Settings, window: QWidget) -> None:
        super().__init__(tag.access, self._product_scopes, settings, window)
        self._tag = tag
        self.shown_names = ShownNames(tag.access, settings, self)
        self.language_chosen.connect(self.shown_names.read)
        self.photos_asked.connect(self._show_photos)
        tag.list_page.add_export_actions([self.export, self.images])

    def shutdown(self) -> None:
        super().shutdown()
        self.shown_names.shutdown()

    def _product_scopes(self) -> list[ProductScope]:
        """What can be exported to a shop: what the Tag tab lists, and the whole catalogue."""
        from fashionlens_gui.catalogue.query import Query
        from fashionlens_gui.window.shops.export_work import ProductScope

        photo_list = self._tag.photo_list
        query = photo_list.source_query()
        listed = self._tag.export_actions.scopes() if photo_list.state.figures.photos else []
        scopes = [
            ProductScope(f"{each.text} in the list", query, None if each.ids is None else frozenset(each.ids.tolist()))
            for each in listed
        ]
        return [*scopes, ProductScope("The whole catalogue", lambda _catalogue: Query())]

    @Slot(list)
    def _show_photos(self, photos: list[int]) -> None:
        self.tags_asked.emit()
        self._tag.list_actions.show_photos(photos)
