"""Keys that differ between systems and keyboards: number keys, Delete, and how shortcuts are written."""

from __future__ import annotations

import sys
import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

# Ctrl+Tab and its reverse; a Mac has other keys, because ⌘Tab switches between programs.
NEXT_VIEW, PREVIOUS_VIEW = QKeySequence.StandardKey.NextChild, QKeySequence.StandardKey.PreviousChild

# The number row from 0 to 9 in the codes of each of Qt's platforms: virtual keys of Windows and macOS, scan codes of
# Linux.
_WINDOWS = range(0x30, 0x3A)
_MACOS = (0x1D, 0x12, 0x13, 0x14, 0x15, 0x17, 0x16, 0x1A, 0x1C, 0x19)
_LINUX = (19, *range(10, 19))


def native(keys: str | QKeySequence.StandardKey) -> str:
    """A shortcut as the system writes it: ``Ctrl+I``, on a Mac ``⌘I``."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText).replace("Shift+Backtab", "Shift+Tab")


def standard_keys(key: QKeySequence.StandardKey, otherwise: str) -> list[QKeySequence]:
    """The system's keys for an action, or ``otherwise`` where it has none."""
    return QKeySequence.keyBindings(key) or [QKeySequence(otherwise)]


def number_key(event: QKeyEvent, platform: str = "") -> int | None:
    """The number of the key that was pressed, 0 to 9; None for any other key.

    On French and Czech keyboards, among others, the number row gives letters and signs without Shift: there the place
    of the key counts.

    Args:
        event: The key.
        platform: In place of ``QGuiApplication.platformName()``.
    """
    digit = unicodedata.digit(event.text(), None) if len(event.text()) == 1 else None
    if digit is not None and event.text().isdecimal():
        return digit
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return None
    platform = platform or QGuiApplication.platformName()
    if platform == "windows":
        return _place(_WINDOWS, event.nativeVirtualKey())
    if platform == "cocoa":
        return _place(_MACOS, event.nativeVirtualKey()) if event.nativeVirtualKey() else None
    return _place(_LINUX, event.nativeScanCode()) if platform in ("xcb", "wayland") else None


def _place(codes: range | tuple[int, ...], code: int) -> int | None:
    return codes.index(code) if code in codes else None


def delete_keys(platform: str = sys.platform) -> list[QKeySequence]:
    """The keys that delete what is selected; the first is the one to show. A Mac's delete key is Qt's Backspace."""
    keys = [QKeySequence(Qt.Key.Key_Delete)]
    return [QKeySequence(Qt.Key.Key_Backspace), *keys] if platform == "darwin" else keys
