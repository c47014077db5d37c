"""The keys of a view in one line: each as a key cap with what it does."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_key_cap

_HEIGHT = 3 * theme.SPACE
_CAP_PADDING = 6
_AFTER_CAP = 6
_BETWEEN = 2 * theme.SPACE

Key = tuple[str, str]  # what stands on it, what it does


class KeyLegend(QWidget):
    """Shows as many keys as fit, the first ones first; the accessible description has all of them."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self.setAccessibleName("Keys")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier().changed.connect(self.update)

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Show other keys."""
        if tuple(keys) == self._keys:
            return
        self._keys = tuple(keys)
        words = ", ".join(f"{key}: {meaning}" for key, meaning in keys)
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.update()

    def keys(self) -> tuple[Key, ...]:
        """What is shown."""
        return self._keys

    def sizeHint(self) -> QSize:
        return QSize(40 * theme.SPACE, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fonts = fonts_like(self.font())
        painter.setFont(fonts.small)
        metrics = fonts.small_metrics
        left = 0
        for key, meaning in self._keys:
            cap = max(metrics.horizontalAdvance(key) + 2 * _CAP_PADDING, metrics.height() + 4)
            words = metrics.horizontalAdvance(meaning)
            if left + cap + _AFTER_CAP + words > self.width():
                break
            height = metrics.height() + 4
            paint_key_cap(painter, QRect(left, (self.height() - height) // 2, cap, height), key)
            left += cap + _AFTER_CAP
            painter.setPen(QColor(theme.tokens().text_muted))
            middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(QRect(left, 0, words + 2, self.height()), middle, meaning)
            left += words + _BETWEEN
