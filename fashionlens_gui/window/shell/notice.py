"""A message bar at the top of a view, with buttons for what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QToolButton

from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.widgets import IconLabel

Action = tuple[str, Callable[[], object]]
_ICON = 20
_COLOURS = {"info": "accent", "check": "ok", "warning": "review", "error": "error"}


class Notice(QFrame):
    """Icon, sentence, buttons, and a button that closes it. Every button closes it.

    Attributes:
        has_message: There is something to show, also while a view hides the notice.
        on_change: What to do when what the message is about changes; None for nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName("Notice")
        self.icon = IconLabel(_ICON)
        self.text = theme.plain("")
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.buttons: list[QPushButton] = []
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIcon(icons.icon("close", "text_muted"))
        self.close_button.setAccessibleName("Close this notice")
        self.close_button.setToolTip("Close")
        self.close_button.clicked.connect(self.dismiss)
        self._layout = layouts.row(
            self.icon, (self.text, 1), self.close_button, parent=self, spacing=1.5, margins=(2, 1, 1, 1)
        )
        self.on_change: Callable[[], object] | None = None
        self.has_message = False
        self.hide()

    @Slot()
    def dismiss(self) -> None:
        """Hide the notice and forget its message. Its parent gets the focus, else Qt passes it to the tabs."""
        self.has_message, self.on_change = False, None
        parent, focused = self.parentWidget(), self.window().focusWidget()
        if parent is not None and focused is not None and self.isAncestorOf(focused):
            parent.setFocus()
        self.hide()

    def show_message(
        self,
        kind: str,
        text: str,
        actions: Sequence[Action] = (),
        closable: bool = True,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        """Show a message in place of the one before.

        Args:
            kind: Icon: ``info``, ``check``, ``warning`` or ``error``.
            text: Plain text.
            actions: Buttons: their text and what they do.
            closable: Whether there is a button that only closes it.
            on_change: See :attr:`on_change`.
        """
        self.on_change = on_change
        self.icon.set_icon(kind, _COLOURS[kind])
        self.text.setText(text)
        self.text.setAccessibleName(text)
        for button in self.buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for label, action in actions:
            button = theme.quiet_button(label)
            button.clicked.connect(self.dismiss)
            button.clicked.connect(lambda _checked=False, action=action: action())
            self._layout.insertWidget(self._layout.count() - 1, button)
            self.buttons.append(button)
        self.close_button.setVisible(closable)
        self.has_message = True
        self.show()
