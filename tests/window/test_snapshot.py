"""``fashionlens --screenshot``: the window as a new user sees it, independent of the user's files."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parents[2]


def screenshot(picture: Path, *options: str) -> subprocess.CompletedProcess[str]:
    without_screen = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    without_screen.pop("QT_QPA_PLATFORM", None)
    command = [sys.executable, "-m", "fashionlens_gui", "--screenshot", str(picture), *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=without_screen, timeout=170)


def test_the_screenshot_needs_no_screen_and_leaves_the_users_files_unchanged(tmp_path: Path, own_home: Path) -> None:
    picture = tmp_path / "new folder" / "window.png"
    process = screenshot(picture, "--size", "1200x700", "--theme", "dark")
    assert process.returncode == 0, process.stderr
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (1200, 700)
    image = QImage(str(picture))
    assert image.pixelColor(4, image.height() - 4).lightness() < 80, "the window is not dark"
    assert list(own_home.iterdir()) == []


def test_an_unwritable_screenshot_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    process = screenshot(tmp_path / "file" / "window.png")
    assert process.returncode != 0
    assert "window.png" in process.stderr
    assert "Traceback" not in process.stderr
