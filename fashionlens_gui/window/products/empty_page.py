"""Why no product is listed, and what to do."""

from __future__ import annotations

from fashionlens_gui.window.products.background_work import FoundProducts
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.empty_state import EmptyState
from trainer.number_format import photos


class EmptyPage(EmptyState):
    """Shown in place of an empty list of products."""

    def __init__(self) -> None:
        self.again_button = theme.quiet_button("Show all products", "close")
        super().__init__("grid", self.again_button)

    def show_reason(self, found: FoundProducts, only_review: bool, searching: bool) -> None:
        """Say why the list is empty."""
        if found.all and searching:
            headline, lead = "No products match", "No product has a photo with these words."
        elif found.all and only_review:
            headline, lead = "All products are reviewed", f"{found.all:,} products, none needs review."
        elif found.photos:
            headline = "No products yet"
            lead = (
                f"A product has several photos and one set of tags. Put your {photos(found.photos)} into products: "
                "with a rule for the names of the files, by folder, or with a table of your shop."
            )
        else:
            headline = "No products yet"
            lead = "Add photos in the Tag tab first. Then put the photos of each product together here."
        self.show_texts(headline, lead)
        self.again_button.setVisible(bool(found.all))
