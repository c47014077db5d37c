"""A line at the top of a view that says something and may offer something; it never stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from fashionlens_gui.window.shell import icons, theme

Offer = tuple[str, Callable[[], object]]
_ICON = 20
_COLOURS = {"info": "accent", "check": "ok", "warning": "review", "error": "error"}


class Notice(QFrame):
    """Sign, sentence, buttons, and a cross to put it away. Using a button puts it away as well.

    Attributes:
        has_news: It says something, also while it is hidden for a moment.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName("Notice")
        self._kind = "info"
        self.sign = QLabel()
        self.sign.setFixedSize(_ICON, _ICON)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.buttons: list[QPushButton] = []
        self.cross = QToolButton()
        self.cross.setAutoRaise(True)
        self.cross.setIcon(icons.icon("close", "text_muted"))
        self.cross.setAccessibleName("Put this notice away")
        self.cross.setToolTip("Put away")
        self.cross.clicked.connect(self.put_away)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(2 * theme.SPACE, theme.SPACE, theme.SPACE, theme.SPACE)
        self._layout.setSpacing(theme.SPACE + 4)
        self._layout.addWidget(self.sign)
        self._layout.addWidget(self.text, 1)
        self._layout.addWidget(self.cross)
        theme.notifier().changed.connect(self._recolour)
        self.has_news = False
        self.hide()

    @Slot()
    def put_away(self) -> None:
        """Say nothing any more."""
        self.has_news = False
        self.hide()

    def say(self, kind: str, text: str, offers: Sequence[Offer] = (), may_close: bool = True) -> None:
        """Show something new in place of what was said before.

        Args:
            kind: Icon: ``info``, ``check``, ``warning`` or ``error``.
            text: Plain words.
            offers: Buttons: their words and what they do.
            may_close: Whether there is a cross.
        """
        self._kind = kind
        self._recolour()
        self.text.setText(text)
        self.text.setAccessibleName(text)
        for button in self.buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for words, action in offers:
            button = theme.quiet_button(words)
            button.clicked.connect(self.put_away)
            button.clicked.connect(lambda _checked=False, action=action: action())
            self._layout.insertWidget(self._layout.count() - 1, button)
            self.buttons.append(button)
        self.cross.setVisible(may_close)
        self.has_news = True
        self.show()

    @Slot()
    def _recolour(self) -> None:
        self.sign.setPixmap(icons.icon(self._kind, _COLOURS[self._kind]).pixmap(_ICON, _ICON))
