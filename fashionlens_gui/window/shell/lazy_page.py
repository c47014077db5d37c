"""A tab whose panel is made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget


class LazyPage(QWidget):
    """An empty page until :meth:`ensure` is called; the first window need not wait for what is not seen.

    Args:
        make: Makes the panel; called at most once with success. What it raises is passed on, the next call tries again.
    """

    def __init__(self, make: Callable[[], QWidget]) -> None:
        super().__init__()
        self._make = make
        self.panel: QWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def ensure(self) -> QWidget:
        """The panel, made now if need be."""
        if self.panel is None:
            self.panel = self._make()
            self._layout.addWidget(self.panel)
            self.setFocusProxy(self.panel)
        return self.panel
