"""What stands in the photo's place when nothing is left to review."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.tag.wording import photos

_SIGN = 8 * theme.SPACE


class AllReviewed(QWidget):
    """A sign, what was done, and where to go from here."""

    back = Signal()
    export = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sign = QLabel()
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.heading = theme.title("All reviewed")
        self.heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = theme.muted("")
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back_button = theme.primary_button("Back to the list", "chevron-left")
        self.back_button.setToolTip("Back to the list (Enter or Escape)")
        self.back_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back_button.clicked.connect(self.back)
        self.export_button = theme.quiet_button("Export CSV…", "export")
        self.export_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.export_button.clicked.connect(self.export)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE)
        buttons.addStretch(1)
        buttons.addWidget(self.back_button)
        buttons.addWidget(self.export_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(2 * theme.SPACE)
        layout.addStretch(2)
        layout.addWidget(self._sign)
        layout.addWidget(self.heading)
        layout.addWidget(self.text)
        layout.addLayout(buttons)
        layout.addStretch(3)
        theme.notifier().changed.connect(self._recolour)
        self._recolour()

    def say(self, confirmed: int, changed: int) -> None:
        """Show what was done since the review began.

        Args:
            confirmed: Photos for which the model's first choice was right.
            changed: Photos that got another category.
        """
        done = confirmed + changed
        if not done:
            self.text.setText("No photo needs review.")
        else:
            self.text.setText(f"{photos(done)} done: {confirmed:,} accepted as the model said, {changed:,} corrected.")
        self.setAccessibleName(f"All reviewed. {self.text.text()}")

    def _recolour(self) -> None:
        sign = icons.icon("check", "ok").pixmap(QSize(_SIGN, _SIGN), self.devicePixelRatioF())
        self._sign.setPixmap(sign)
