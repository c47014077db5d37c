"""The session's file: locked, newer, damaged, on a full disk, after a kill, and with many rows."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fashionlens_gui.messages import sentence
from fashionlens_gui.session.session import Session, open_session
from fashionlens_gui.session.store import SessionError
from tests.tagging.list_rows import LABELS, categories, item
from trainer.errors import SaveError

ROOT = Path(__file__).resolve().parents[2]


def test_a_second_window_is_refused_and_runs_without_saving(file: Path) -> None:
    first = Session(file)
    first.add([item("a.jpg")])
    with pytest.raises(SessionError, match="session_in_use"):
        Session(file)
    second = open_session(file)
    assert "already open" in sentence(*second.notices)
    second.add([item("b.jpg")])
    second.close()
    assert [tag.file for tag in first.rows] == ["a.jpg"]
    first.close()
    third = open_session(file)
    assert (third.notices, len(third.rows)) == ([], 1)
    third.close()


def test_a_file_of_a_newer_version_is_refused_and_unchanged(file: Path) -> None:
    Session(file).close()
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = file.read_bytes()
    with pytest.raises(SessionError, match="session_too_new"):
        Session(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("kind", ["text", "cut", "overwritten", "foreign", "tampered"])
def test_a_damaged_file_is_renamed_and_reported(file: Path, kind: str) -> None:
    session = Session(file)
    session.add([item(f"{number}.jpg") for number in range(300)])
    session.close()
    content = file.read_bytes()
    if kind == "text":
        file.write_text("Dear diary, " * 500)
    elif kind == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif kind == "overwritten":
        file.write_bytes(content[:8192] + os.urandom(len(content) - 8192))
    else:
        with sqlite3.connect(file) as database:
            database.execute(
                "PRAGMA application_id = 5" if kind == "foreign" else "UPDATE photos SET ranking = x'0102030405060708'"
            )
        database.close()
    damaged = file.read_bytes()
    (file.parent / "session.sqlite.bad").write_text("an older one")

    session = Session(file)
    assert len(session.rows) == 0
    assert session.notices[0].parameters["file"] == "session.sqlite.bad2"
    assert (file.parent / "session.sqlite.bad2").read_bytes() == damaged
    assert (file.parent / "session.sqlite.bad").read_text() == "an older one"
    session.add([item("a.jpg")])
    session.close()
    session = Session(file)
    assert (len(session.rows), session.notices) == (1, [])
    session.close()


def test_an_unusable_log_folder_is_reported_and_the_program_runs(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(SaveError, match="session_not_saved"):
        Session(tmp_path / "home" / "session.sqlite")
    session = open_session(tmp_path / "home" / "session.sqlite")
    assert "will not remember" in sentence(*session.notices)
    session.add([item("a.jpg")])
    session.correct([0], "Skirt")
    session.undo()
    assert categories(session) == ["Dress"]
    session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="file-size limits of Unix")
def test_a_full_disk_changes_nothing_and_is_reported(file: Path) -> None:
    """A file-size limit stops the write-ahead log as a full disk would."""
    code = f"""
import resource, signal
from fashionlens_gui import messages
from pathlib import Path
from fashionlens_gui.session.session import Session
from tests.tagging.list_rows import categories, item
from trainer.errors import SaveError
session = Session(Path({str(file)!r}))
session.add([item("a.jpg")])
session.correct([0], "Skirt")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = max(path.stat().st_size for path in Path({str(file.parent)!r}).iterdir()) + 5000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    session.add([item(f"{{number}}.jpg") for number in range(2000)])
except SaveError as error:
    print(messages.sentence(error))
print(len(session.rows), categories(session))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
session.add([item("b.jpg", (1.0,), ("Hat",))])
print(len(session.rows), categories(session))
session.close()
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    lines = process.stdout.splitlines()
    assert lines[-2:] == ["1 ['Skirt']", "2 ['Skirt', 'Hat']"], process.stdout + process.stderr
    assert "could not be saved" in lines[0]
    session = Session(file)
    assert categories(session) == ["Skirt", "Hat"]
    session.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks writers")
def test_kill_9_loses_no_correction_that_was_reported_as_saved(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.session.session_killer", str(tmp_path), "25"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "25 kills" in process.stdout


def test_a_large_correction_runs_no_python_per_row(tmp_path: Path) -> None:
    """Bounded by the database: a Python loop over rows would block the window through the GIL."""
    count = 3_000
    items = [item(f"{number}.jpg", labels=(LABELS, LABELS[::-1])[number % 2]) for number in range(count)]
    with contextlib.closing(Session(tmp_path / "session.sqlite")) as session:
        session.add(items)
        assert session.correct([7, 7, 3], "Coat") == [7, 3]
        before = list(session.rows)
        calls = 0

        def count_calls(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event == "call"

        sys.setprofile(count_calls)
        try:
            changed = session.correct(range(count), "Coat")
            undone = session.undo()
        finally:
            sys.setprofile(None)
        assert calls < 500
        assert changed == undone == [row for row in range(count) if row not in (3, 7)]
        assert list(session.rows) == before
        assert session.redo() == changed
        assert set(categories(session)) == {"Coat"}
        after = list(session.rows)
        assert [event.before for event in session.history(4)] == ["Dress"]
    with contextlib.closing(Session(tmp_path / "session.sqlite")) as again:
        assert list(again.rows) == after
        again.undo()
        assert list(again.rows) == before
