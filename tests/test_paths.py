"""Folders that a file dialog starts in."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from fashionlens_gui import paths


def test_a_dialog_starts_in_the_first_folder_that_is_there(tmp_path: Path) -> None:
    here, gone = str(tmp_path), str(tmp_path / "gone")
    assert paths.reachable_folder("", gone, here) == here
    assert paths.reachable_folder(gone) == paths.reachable_folder("") == ""


def test_a_network_drive_that_does_not_answer_does_not_hold_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, isdir = threading.Event(), os.path.isdir

    def slow(name: str) -> bool:
        return isdir(name) if name == str(tmp_path) else answer.wait(20)

    monkeypatch.setattr(os.path, "isdir", slow)
    began = time.monotonic()
    assert paths.reachable_folder("//server/off", str(tmp_path)) == str(tmp_path)
    assert time.monotonic() - began < 15  # the answer takes 20 s
    answer.set()
