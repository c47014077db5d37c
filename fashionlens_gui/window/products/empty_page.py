"""Why no product is listed, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.products.background_work import FoundProducts
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import IconLabel
from trainer.number_format import photos

_ICON = 7 * theme.SPACE


class EmptyPage(QWidget):
    """Shown in place of an empty list of products."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = theme.title("")
        self.lead = theme.muted("")
        self.lead.setFixedWidth(60 * theme.SPACE)
        for label in (self.headline, self.lead):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.again_button = theme.quiet_button("Show all products", "close")
        centre = Qt.AlignmentFlag.AlignHCenter
        layouts.column(
            (None, 2), (IconLabel(_ICON, "grid"), centre), self.headline, layouts.row(self.lead), 1,
            (self.again_button, centre), (None, 3), parent=self, spacing=2,
        )  # fmt: skip

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
        self.headline.setText(headline)
        self.lead.setText(lead)
        self.again_button.setVisible(bool(found.all))
