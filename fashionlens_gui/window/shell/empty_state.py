"""What is shown in place of an empty list or chart: an icon, a headline, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import IconLabel

_ICON = 7 * theme.SPACE
_WIDTH = 60 * theme.SPACE


class EmptyState(QWidget):
    """Texts in the middle of a page.

    Args:
        icon: See :func:`fashionlens_gui.window.shell.icons.icon`.
        below: Shown below the texts.
    """

    def __init__(self, icon: str, *below: QWidget) -> None:
        super().__init__()
        self.headline, self.lead = theme.title(""), theme.muted("")
        self.lead.setFixedWidth(_WIDTH)
        for label in (self.headline, self.lead):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        centre = Qt.AlignmentFlag.AlignHCenter
        layouts.column(
            (None, 2), (IconLabel(_ICON, icon), centre), self.headline, layouts.row(self.lead),
            *((widget, centre) for widget in below), (None, 3), parent=self, spacing=2,
        )  # fmt: skip

    def show_texts(self, headline: str, lead: str) -> None:
        """Show other texts."""
        self.headline.setText(headline)
        self.lead.setText(lead)
