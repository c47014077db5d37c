"""Keys on other keyboards and systems: the number row of AZERTY and Czech, a Mac's delete key, texts of shortcuts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from fashionlens_gui.window.shell import keys
from tests.processes import ROOT

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
MACOS_CODES = dict(zip(range(10), (0x1D, 0x12, 0x13, 0x14, 0x15, 0x17, 0x16, 0x1A, 0x1C, 0x19), strict=True))


def key(text: str, *, modifiers: Qt.KeyboardModifier = NONE, scan_code: int = 0, virtual_key: int = 0) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_unknown, modifiers, scan_code, virtual_key, 0, text)


@pytest.mark.parametrize("row", ["à&é\"'(-è_ç", "é+ěščřžýáí", "0123456789"], ids=["AZERTY", "Czech", "QWERTY"])
@pytest.mark.parametrize("platform", ["windows", "cocoa", "xcb", "wayland"])
def test_the_number_row_gives_numbers_on_every_keyboard(row: str, platform: str) -> None:
    for number, text in enumerate(row):
        linux = 19 if number == 0 else 9 + number
        virtual_key = {"windows": 0x30 + number, "cocoa": MACOS_CODES[number]}.get(platform, ord(text))
        event = key(text, scan_code=linux if platform in ("xcb", "wayland") else 0x77, virtual_key=virtual_key)
        assert keys.number_key(event, platform) == number, text


@pytest.mark.parametrize("platform", ["windows", "cocoa", "xcb", "wayland", "offscreen"])
def test_digits_of_shift_and_of_other_scripts_are_numbers_and_signs_are_none(platform: str) -> None:
    assert keys.number_key(key("4", modifiers=SHIFT), platform) == 4  # AZERTY
    assert keys.number_key(key("٤"), platform) == 4
    assert keys.number_key(key("¹"), platform) is None
    assert keys.number_key(key("!", modifiers=SHIFT, virtual_key=0x31, scan_code=10), platform) is None  # QWERTY
    assert keys.number_key(key("a", virtual_key=0x41, scan_code=38), platform) is None
    assert keys.number_key(key(""), platform) is None


def test_on_a_mac_the_space_bar_is_no_number() -> None:
    assert keys.number_key(key(" ", virtual_key=0x31), "cocoa") is None


def test_a_macs_delete_key_deletes() -> None:
    delete, backspace = QKeySequence(Qt.Key.Key_Delete), QKeySequence(Qt.Key.Key_Backspace)
    assert keys.delete_keys("darwin") == [backspace, delete]
    assert keys.delete_keys("win32") == keys.delete_keys("linux") == [delete]


def test_an_action_without_a_key_of_the_system_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no standard key for Quit, and an empty QKeySequence is true."""
    assert bool(QKeySequence())
    undo, quit_key = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Quit
    assert keys.standard_keys(undo, "Ctrl+W")[0] == QKeySequence(undo)
    monkeypatch.setattr(QKeySequence, "keyBindings", lambda _: [])
    assert keys.standard_keys(quit_key, "Ctrl+Q") == [QKeySequence("Ctrl+Q")]


def texts(file: Path) -> list[tuple[int, str]]:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return [
        (node.lineno, node.value) for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_no_text_of_the_window_writes_ctrl_by_hand() -> None:
    """A Mac has ⌘ there. A shortcut for Qt is a text of its own, such as "Ctrl+I"."""
    complaints = []
    for file in sorted((ROOT / "fashionlens_gui" / "window").rglob("*.py")):
        documentation = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        }
        for line, text in texts(file):
            parts = text.split("+")
            shortcut = all(part.isalnum() or not part for part in parts)
            if "Ctrl" in text and not shortcut and text not in documentation:
                complaints.append(f"{file.name}:{line} {text!r}")
    assert not complaints, "\n".join(complaints)
