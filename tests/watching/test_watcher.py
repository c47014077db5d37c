"""Watched folders: each photo is tagged once, when it is complete, whatever happens meanwhile."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files import watched_folders
from fashionlens_gui.catalogue.files.watched_folders import FolderRule
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.cli import main
from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.model_choice import open_predictor
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.watching.arrivals import Patience
from fashionlens_gui.watching.watch_events import (
    CsvWritten,
    FolderMissing,
    PhotosGone,
    PhotosRenamed,
    PhotosTagged,
    WatchEvent,
    WatchProblem,
)
from fashionlens_gui.watching.watcher import WatchOptions, watch
from tests.processes import ROOT, rows, unix, wait_for
from tests.tiny_model import tiny_model
from tests.tools import folder_watch_killer
from tests.watching.crashing_decoder import crash
from trainer.control import WorkControl

QUICK = Patience(settled_after=0.2, give_up_after=1.0, gone_after=1.2)


class Watching:
    """A catalogue, a folder and its table, and the events of a watcher."""

    def __init__(self, home: Path, catalogue: Catalogue, open_model: Callable[[str], Any]) -> None:
        self.catalogue, self._open_model = catalogue, open_model
        self.folder, self.table = home / "incoming", home / "tags.csv"
        self.folder.mkdir()
        self.move_into: Path | None = None

    def events(self, control: WorkControl | None = None, **options: Any) -> Iterator[WatchEvent]:
        rule = FolderRule(self.folder, csv=self.table, move_into=self.move_into)
        rule = watched_folders.set_rule(self.catalogue, rule)
        options = {"patience": QUICK, "poll": 0.3, **options}
        return watch(self.catalogue, [rule], self._open_model, control or WorkControl(), WatchOptions(**options))

    def once(self, **options: Any) -> list[WatchEvent]:
        return list(self.events(once=True, **options))

    @property
    def names(self) -> list[str]:
        return [row["file"] for row in rows(self.table.read_bytes())]

    def add(self, name: str, shade: int = 0) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", (60, 80), "white")
        picture.paste((shade, 0, 90), (15, 10, 45, 70))
        picture.save(path)
        os.utime(path, (10**9, 10**9))
        return path


@pytest.fixture(scope="module")
def open_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    predictor = open_predictor(tiny_model(tmp_path_factory.mktemp("model") / "tiny.safetensors"), runtime="torch")
    return lambda name: (predictor, ModelIdentity("tiny"))


@pytest.fixture
def watching(tmp_path: Path, open_model: Callable[[str], Any]) -> Iterator[Watching]:
    with Catalogue(tmp_path / "catalogue.sqlite", write=True) as catalogue:
        yield Watching(tmp_path, catalogue, open_model)


def tagged(events: list[WatchEvent]) -> list[str]:
    return [tag.file for event in events if isinstance(event, PhotosTagged) for tag in event.tags]


def test_a_second_run_tags_only_what_is_new(watching: Watching) -> None:
    for number in range(3):
        watching.add(f"{number}.jpg", number)
    assert tagged(watching.once()) == ["0.jpg", "1.jpg", "2.jpg"]
    watching.add("sub/10.png")
    assert tagged(watching.once()) == ["sub/10.png"]
    assert watching.names == ["0.jpg", "1.jpg", "2.jpg", "sub/10.png"]
    assert watching.catalogue.next_operation(back=True) is None  # no person has done anything


def test_a_copy_that_pauses_is_waited_for_and_a_damaged_photo_is_given_up(watching: Watching) -> None:
    whole = watching.add("a.jpg", 7).read_bytes()
    half, damaged = watching.folder / "half.jpg", watching.folder / "damaged.jpg"
    for path in (half, damaged):
        path.write_bytes(whole[: len(whole) // 2])
        os.utime(path, (10**9, 10**9))
    events = []
    for event in watching.events(once=True):
        events.append(event)
        if isinstance(event, PhotosTagged) and "a.jpg" in tagged([event]):
            half.write_bytes(whole)  # the copy goes on
            os.utime(half, (10**9, 10**9))
    assert sorted(tagged(events)) == ["a.jpg", "damaged.jpg", "half.jpg"]
    status = {row["file"]: row["status"] for row in rows(watching.table.read_bytes())}
    assert (status["damaged.jpg"], status["half.jpg"]) == ("error", "needs review")
    assert tagged(watching.once()) == []  # the damaged photo is known
    damaged.write_bytes(whole + b" ")
    os.utime(damaged, (10**9, 10**9))
    assert tagged(watching.once()) == ["damaged.jpg"]


def test_renamed_photos_keep_their_row_and_deleted_ones_leave_the_table(watching: Watching) -> None:
    old = watching.add("old.jpg", 1)
    watching.add("other.jpg", 2)
    watching.once()
    (ids,) = [find(watching.catalogue, Query()).tolist()]
    old.rename(watching.folder / "new.jpg")
    (watching.folder / "other.jpg").unlink()
    events = watching.once()
    assert tagged(events) == []
    assert [len(event.ids) for event in events if isinstance(event, PhotosRenamed | PhotosGone)] == [1, 1]
    assert watching.names == ["new.jpg"]
    assert find(watching.catalogue, Query()).tolist() == ids


@pytest.mark.parametrize("empty", [False, True])
def test_a_drive_that_is_off_loses_nothing(empty: bool, watching: Watching, tmp_path: Path) -> None:
    watching.add("1.jpg")
    watching.once()
    watching.folder.rename(tmp_path / "off")
    if empty:
        watching.folder.mkdir()
    assert any(isinstance(event, FolderMissing) for event in watching.once())
    assert watching.names == ["1.jpg"]
    if empty:
        watching.folder.rmdir()
    (tmp_path / "off").rename(watching.folder)
    assert tagged(watching.once()) == []
    assert watching.names == ["1.jpg"]


def test_photos_are_moved_where_the_rule_says_and_stay_in_the_table(watching: Watching, tmp_path: Path) -> None:
    watching.move_into = tmp_path / "sorted"
    path = watching.add("1.jpg")
    path.with_name("1.jpg.xmp").write_text("<x/>")
    watching.once()
    ((id_, tag),) = watching.catalogue.tags(find(watching.catalogue, Query())).items()
    assert tag.path == tmp_path / "sorted" / tag.category.replace("/", "-") / "Unknown" / "1.jpg"
    assert tag.path.exists() and tag.path.with_name("1.jpg.xmp").exists() and not path.exists()
    assert watching.names == [tag.path.relative_to(tmp_path / "sorted").as_posix()]
    watching.add("1.jpg", 200)
    watching.once()
    assert len(watching.names) == 2 and id_ in find(watching.catalogue, Query())


def test_a_file_that_ended_the_decoder_is_left_alone_until_it_changes(watching: Watching) -> None:
    watching.add("good.jpg", 1)
    path = watching.add("crashes.jpg", 2)
    states = {each: (each.stat().st_size, each.stat().st_mtime_ns) for each in watching.folder.iterdir()}
    watched_folders.mark_as_reading(watching.catalogue, states)  # and the program has ended
    events = watching.once(decode=crash)
    tags = {tag.file: tag for event in events if isinstance(event, PhotosTagged) for tag in event.tags}
    assert (tags["good.jpg"].status, tags["crashes.jpg"].status) == (Status.NEEDS_REVIEW, Status.ERROR)
    assert "ends the program" in row_message(tags["crashes.jpg"].notes)
    assert tagged(watching.once(decode=crash)) == []
    path.write_bytes(path.read_bytes() + b" ")
    os.utime(path, (10**9, 10**9))
    assert tagged(watching.once()) == ["crashes.jpg"]


def test_a_table_that_cannot_be_written_is_written_later(watching: Watching) -> None:
    watching.add("1.jpg")
    watching.table.mkdir()
    events = watching.once()
    assert tagged(events) == ["1.jpg"]
    assert len([event for event in events if isinstance(event, WatchProblem)]) == 1
    watching.table.rmdir()
    assert any(isinstance(event, CsvWritten) for event in watching.once())
    assert watching.names == ["1.jpg"]


def test_events_of_the_system_wake_the_watcher(watching: Watching) -> None:
    control = WorkControl()
    seen: list[WatchEvent] = []
    for event in watching.events(control, poll=None):
        seen.append(event)
        if isinstance(event, CsvWritten) and not event.rows:
            watching.add("1.jpg")
        elif isinstance(event, CsvWritten):
            control.stop()
    assert tagged(seen) == ["1.jpg"]


@unix
def test_sigterm_ends_the_command_and_folders_are_stored(tmp_path: Path, own_home: Path, capfd: Any) -> None:
    folder, table, catalogue = tmp_path / "in", tmp_path / "tags.csv", tmp_path / "c.sqlite"
    folder.mkdir()
    Image.new("RGB", (60, 80), "red").save(folder / "1.jpg")
    model = tiny_model(tmp_path / "tiny.safetensors")
    words = ["watch", str(folder), "--out", str(table), "--catalogue", str(catalogue), "--model", str(model)]
    words += ["--settled-after", "0.1"]
    process = subprocess.Popen([sys.executable, "-m", "fashionlens_gui", *words], cwd=ROOT)
    try:
        wait_for(lambda: table.exists() and len(rows(table.read_bytes())) == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    capfd.readouterr()
    assert main(["watch", "--list", "--catalogue", str(catalogue)]) == 0
    assert str(folder) in capfd.readouterr().out
    assert main(["watch", str(folder), "--forget", "--catalogue", str(catalogue)]) == 0
    assert "is watched no longer; its photos stay in the catalogue" in capfd.readouterr().out
    assert main(["watch", "--list", "--catalogue", str(catalogue)]) == 0
    assert "No folder is stored." in capfd.readouterr().out
    assert main(["watch", "--catalogue", str(catalogue)]) == 2
    assert main(["watch", str(tmp_path / "none"), "--catalogue", str(catalogue)]) == 2
    err = capfd.readouterr().err
    assert "No folder is watched yet" in err and "There is no folder" in err


@unix
def test_kills_renames_and_slow_copies_tag_each_photo_once(tmp_path: Path) -> None:
    tally, faults = folder_watch_killer.run(tmp_path, 16, 1, 8.0, random.Random(5), settled_after=0.1)
    assert faults == [], tally
    assert tally.startswith("16 photos") and "away 1 times, 1 kill -9" in tally
