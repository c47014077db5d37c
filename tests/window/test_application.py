"""Start and exit: one window per user folder, and the model loads in the background."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from PySide6.QtCore import QDate, QLocale, Qt, QTime
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.window import app
from fashionlens_gui.window.app import Application
from fashionlens_gui.window.shell.single_instance import SingleInstance
from fashionlens_gui.window.shell.workers import busy_slots
from tests.window.conftest import RecordedDialogs

_ROOT = Path(__file__).resolve().parents[2]

_TELLING = """
import sys
from fashionlens_gui.window import app

class Telling(app.Application):
    def open(self):
        shown = super().open()
        moment = self.window.first_painted if sys.argv[1] == "painted" else self.active_model.ready
        moment.connect(lambda *_: print("now", flush=True))
        return shown

app.Application = Telling
sys.exit(app.main())
"""


# -- one instance -----------------------------------------------------------------------------------------------------
def test_a_second_start_raises_the_first_window(own_home: Path, qtbot: QtBot) -> None:
    first = SingleInstance(own_home)
    assert first.acquire()
    first.listen()
    code = "import sys; from fashionlens_gui.window.app import main; sys.exit(main(sys.argv[1:]))"
    for photos in ([], ["a photo.jpg", "naïve.jpg"]):
        with qtbot.waitSignal(first.raise_requested, timeout=20_000) as raised:
            second = subprocess.Popen([sys.executable, "-c", code, *photos], cwd=_ROOT)
        assert second.wait(20) == 0, "it asked for help although the first had answered"
        assert raised.args == [[_ROOT / photo for photo in photos]]
    first.release()
    assert SingleInstance(own_home).acquire()


def test_an_unresponsive_window_is_not_raised(own_home: Path, qtbot: QtBot) -> None:
    stuck = SingleInstance(own_home)
    assert stuck.acquire()
    assert not SingleInstance(own_home).request_raise()
    stuck.release()


def test_another_folder_has_its_own_lock(own_home: Path, tmp_path: Path) -> None:
    first, second = SingleInstance(own_home), SingleInstance(tmp_path)
    assert first.acquire()
    assert second.acquire()
    first.release()
    second.release()


def test_the_lock_of_a_killed_program_is_taken_over(own_home: Path) -> None:
    code = (
        "import sys, os; from pathlib import Path;"
        "from fashionlens_gui.window.shell.single_instance import SingleInstance;"
        "i = SingleInstance(Path(sys.argv[1])); assert i.acquire(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(own_home)], cwd=_ROOT, check=False)
    assert killed.returncode != 0
    assert (own_home / "window.lock").exists()
    instance = SingleInstance(own_home)
    assert instance.acquire()
    instance.release()


def test_a_second_window_does_not_open(own_home: Path, qtbot: QtBot, dialogs: RecordedDialogs) -> None:
    other = SingleInstance(own_home)
    assert other.acquire()
    application = Application()
    assert not application.open()
    assert application.window is None
    assert "open already" in dialogs.infos[0]
    application.close()
    other.release()


def test_windows_knows_the_program_and_may_bring_its_first_window_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, object]] = []
    windll = SimpleNamespace(
        shell32=SimpleNamespace(
            SetCurrentProcessExplicitAppUserModelID=lambda name: called.append(("name", name)),
        ),
        user32=SimpleNamespace(AllowSetForegroundWindow=lambda process: called.append(("front", process))),
    )
    monkeypatch.setattr(ctypes, "windll", windll, raising=False)
    before = QLocale()
    app._prepare_desktop("win32")
    QLocale.setDefault(before)
    assert called == [("name", "FashionLens.FashionLens"), ("front", -1)]


@pytest.mark.parametrize(
    ("name", "day", "clock", "number"),
    [
        ("de_DE", "1 Dec", "15:05", "0,5"),
        ("ar_EG", "1 Dec", "3:05 PM", "0.5"),
        ("cs_CZ", "1 Dec", "15:05", "0,5"),
        ("en_US", "1 Dec", "3:05 PM", "0.5"),
    ],
)
def test_dates_are_english_with_the_clock_and_the_separators_of_the_country(
    name: str, day: str, clock: str, number: str
) -> None:
    locale = app.english_of(QLocale(name))
    assert locale.toString(QDate(2026, 12, 1), "d MMM") == day
    assert locale.toString(QTime(15, 5), QLocale.FormatType.ShortFormat).replace("\u202f", " ") == clock
    assert locale.toString(0.5, "f", 1) == number


@pytest.mark.parametrize(("platform", "hidden"), [("darwin", True), ("linux", False)])
def test_menus_have_no_icons_on_a_mac(platform: str, hidden: bool) -> None:
    before = QLocale()
    app._prepare_desktop(platform)
    try:
        assert QApplication.testAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus) == hidden
    finally:
        app._prepare_desktop(sys.platform if sys.platform != "win32" else "linux")
        QLocale.setDefault(before)


# -- start and end ----------------------------------------------------------------------------------------------------
@pytest.fixture
def application(qtbot: QtBot, model_file: Path) -> Iterator[Application]:
    made = Application()
    yield made
    assert made.close()
    if made.window is not None:
        made.window.close()
        made.window.deleteLater()
    qtbot.waitUntil(lambda: not busy_slots(), timeout=60_000)


def test_the_window_comes_first_then_the_model(application: Application, qtbot: QtBot) -> None:
    order: list[str] = []
    assert application.open()
    window = application.window
    assert window is not None
    window.first_painted.connect(lambda: order.append("window"))
    application.active_model.ready.connect(lambda _predictor: order.append("model"))
    qtbot.waitUntil(lambda: order == ["window", "model"], timeout=60_000)
    assert application.active_model.name == "tiny"


def test_photos_of_a_later_start_are_tagged_in_the_open_window(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    assert application.open()
    window = application.window
    assert window is not None
    with qtbot.waitSignal(window.started, timeout=60_000):
        pass
    photo = tmp_path / "later.png"
    Image.new("RGB", (48, 64), "navy").save(photo)
    code = "import sys; from fashionlens_gui.window.app import main; sys.exit(main(sys.argv[1:]))"
    later = subprocess.Popen([sys.executable, "-c", code, str(photo)], cwd=_ROOT)
    qtbot.waitUntil(lambda: window.tag_panel.model.rowCount() == 1, timeout=60_000)
    assert later.wait(20) == 0
    assert window.tag_panel.model.tag_at(0).path == photo


def test_imported_objects_are_frozen_once_after_the_start(application: Application, qtbot: QtBot) -> None:
    gc.unfreeze()
    assert application.open()
    assert application.window is not None
    with qtbot.waitSignal(application.window.started, timeout=60_000):
        pass
    assert "fashionlens_gui.window.train.panel" in sys.modules
    assert gc.get_freeze_count() > 10_000
    gc.unfreeze()


def test_damaged_settings_are_reported_when_the_window_is_open(
    qtbot: QtBot, dialogs: RecordedDialogs, own_home: Path
) -> None:
    paths.settings_file().write_text("{")
    application = Application()
    application.open()
    qtbot.waitUntil(lambda: len(dialogs.infos) == 1)
    assert "settings.json.bad" in dialogs.infos[0]
    qtbot.waitUntil(lambda: not busy_slots(), timeout=60_000)  # a library that is being imported cannot be stopped
    assert application.close()
    assert application.window is None  # closed, and gone before the application itself


@pytest.mark.skipif(os.name == "nt", reason="Windows ends programs in another way")
@pytest.mark.parametrize("moment", ["painted", "ready"])
def test_a_request_to_end_closes_and_saves_within_five_seconds(own_home: Path, model_file: Path, moment: str) -> None:
    """With "painted" the request comes while torch is being imported, which cannot be interrupted."""
    process = subprocess.Popen(
        [sys.executable, "-c", _TELLING, moment], cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        time.sleep(0.4)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=20)
        assert time.monotonic() - begun < 5
        assert process.returncode == 0, complaints
        assert "QThread" not in complaints
    finally:
        process.kill()
        process.communicate()
    assert json.loads((own_home / "settings.json").read_text(encoding="utf-8"))["window_geometry"]
