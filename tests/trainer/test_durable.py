"""Files are old or new, and killed writes do not pile up."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from trainer.durable import replacing, write_text
from trainer.errors import SaveError


def test_replaces_in_one_step_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "größe [1].csv"
    write_text(target, "old")
    write_text(target, "new ü\r\n")
    assert target.read_bytes() == "new ü\r\n".encode()
    assert [entry.name for entry in target.parent.iterdir()] == [target.name]


def test_a_failure_midway_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "tags.csv"
    write_text(target, "old")
    with pytest.raises(ZeroDivisionError), replacing(target) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["tags.csv"]


def test_a_folder_in_the_way_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="could not be saved"):
        write_text(tmp_path / "file" / "tags.csv", "x")


def test_what_killed_writes_left_is_cleared_and_running_writes_are_not(tmp_path: Path) -> None:
    abandoned, running, foreign = (tmp_path / name for name in (".a.csv.x1.part", ".a.csv.x2.part", ".b.csv.x1.part"))
    for left in (abandoned, running, foreign):
        left.write_text("half")
    long_ago = time.time() - 3600
    os.utime(abandoned, (long_ago, long_ago))
    os.utime(foreign, (long_ago, long_ago))
    write_text(tmp_path / "a.csv", "whole")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["a.csv", running.name, foreign.name])
