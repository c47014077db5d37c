"""The log file: it is written, rotated and never prevents the start."""

from __future__ import annotations

import faulthandler
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fashionlens_gui import log, paths


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    log.stop()
    root.setLevel(level)
    root.handlers[:] = handlers


def test_the_log_is_in_the_users_folder() -> None:
    assert log.start()
    logging.getLogger("somewhere").error("it broke: %s", "ä\udcff")
    assert "somewhere: it broke: ä" in paths.log_file().read_text(encoding="utf-8")
    assert (paths.home() / "crash.log").exists()


def test_a_full_crash_log_begins_anew_and_the_old_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_MAX_BYTES", 10)
    crashes = paths.home() / "crash.log"
    crashes.parent.mkdir(parents=True, exist_ok=True)
    crashes.write_text("Windows fatal exception: code 0x8001010d\n")
    log.start()
    assert crashes.read_text() == ""
    assert "0x8001010d" in crashes.with_name("crash.log.1").read_text()


def test_a_full_log_is_rotated_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_MAX_BYTES", 500)
    log.start()
    for number in range(100):
        logging.getLogger("somewhere").warning("line %03d %s", number, "x" * 50)
    files = sorted(file.name for file in paths.home().glob("fashionlens.log*"))
    assert files == ["fashionlens.log", "fashionlens.log.1", "fashionlens.log.2", "fashionlens.log.3"]
    assert all((paths.home() / name).stat().st_size < 700 for name in files)
    kept = "".join((paths.home() / name).read_text() for name in reversed(files))
    assert "line 099" in kept
    assert kept.index("line 098") < kept.index("line 099")


def test_an_unwritable_folder_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FASHIONLENS_HOME", str(tmp_path / "file"))
    assert not log.start()
    logging.getLogger("somewhere").error("still heard")
    assert "still heard" in capsys.readouterr().err


def test_an_enabled_faulthandler_stays_enabled() -> None:
    assert faulthandler.is_enabled()  # enabled by pytest
    log.start()
    log.stop()
    assert faulthandler.is_enabled()


def test_start_enables_faulthandler_and_stop_disables_it() -> None:
    code = (
        "import faulthandler; from fashionlens_gui import log;"
        "print(faulthandler.is_enabled()); log.start(); print(faulthandler.is_enabled()); log.stop();"
        "print(faulthandler.is_enabled())"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONFAULTHANDLER"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["False", "True", "False"]
