"""The tagging queue and the catalogue: what is stored, remembered, continued and tagged again, and what goes wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue import backups, operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.imports.unfinished_imports import unfinished_imports
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.settings import Settings
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.tag.queue.tagging_queue import QueueProgress, TaggingQueue, WaitingFor
from fashionlens_gui.window.tag.queue.tagging_work import ImportResult, StoredPhotos
from fashionlens_gui.window.tag.queue.unfinished_notice import UnfinishedNotice
from tests.tiny_model import tiny_model
from trainer.errors import SaveError
from trainer.model_files.library import ModelLibrary

Photos = Callable[..., Path]


@dataclass
class Tagging:
    """A queue with the catalogue and the model that it uses, and what it said."""

    access: CatalogueAccess
    active_model: ActiveModel
    queue: TaggingQueue
    notice: UnfinishedNotice
    qtbot: QtBot
    stored: list[StoredPhotos] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)
    results: list[ImportResult] = field(default_factory=list)
    progress: list[QueueProgress] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue.stored.connect(self.stored.append)
        self.queue.import_ended.connect(self.results.append)
        self.queue.progressed.connect(self.progress.append)
        self.queue.begun.connect(self.begun.append)
        self.access.changed.connect(self.changes.append)
        for part in (self.queue, self.access, self.notice):
            part.failed.connect(lambda error: self.errors.append(error.code))

    @property
    def catalogue(self) -> Catalogue:
        assert self.access.catalogue is not None
        return self.access.catalogue

    def settle(self) -> None:
        """Until nothing is tagged, stored or looked for."""

        def still() -> bool:
            return not (self.queue.busy or self.access.busy or self.notice.busy)

        self.qtbot.waitUntil(still, timeout=60_000)

    def open(self) -> None:
        self.access.open()
        self.settle()

    def use(self, name: str) -> None:
        """Load a model and wait for it."""
        self.active_model.choose(name)
        self.qtbot.waitUntil(lambda: self.active_model.ready_entry is not None and self.active_model.name == name)

    def tags(self) -> list[Tag]:
        return list(self.catalogue.tags(find(self.catalogue, Query())).values())

    def close(self) -> None:
        """As the window does."""
        for part in (self.notice, self.queue, self.access, self.active_model):
            part.shutdown()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(("tiny", "other"), start=1):
        tiny_model(folder / f"{name}.safetensors", name=name, seed=seed)
    return folder


@pytest.fixture
def make_tagging(qtbot: QtBot, models: Path) -> Iterator[Callable[[], Tagging]]:
    made: list[Tagging] = []

    def make() -> Tagging:
        access, active_model = CatalogueAccess(), ActiveModel(Settings(), ModelLibrary([models]))
        queue = TaggingQueue(active_model, access)
        notice = UnfinishedNotice(access, queue)
        qtbot.addWidget(notice)
        made.append(Tagging(access, active_model, queue, notice, qtbot))
        return made[-1]

    yield make
    for tagging in made:
        tagging.close()


@pytest.fixture
def tagging(make_tagging: Callable[[], Tagging]) -> Tagging:
    """With an open catalogue and a model that is ready."""
    made = make_tagging()
    made.open()
    made.use("tiny")
    return made


@pytest.fixture
def old_photos(photos: Photos) -> Photos:
    """Photos that were changed long ago, so that they are remembered."""

    def make(*names: str, folder: str = "photos") -> Path:
        root = photos(*names, folder=folder)
        for name in names:
            os.utime(root / name, (10**9, 10**9))
        return root

    return make


def full_disk(*_: object) -> int:
    raise SaveError("disk_full")


def test_photos_are_in_the_catalogue_before_views_hear_of_them(tagging: Tagging, photos: Photos) -> None:
    folder = photos(*(f"{number}.png" for number in range(40)))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    seen: list[int] = []
    tagging.access.changed.connect(lambda _: seen.append(len(find(tagging.catalogue, Query()))))
    tagging.queue.add([folder])
    tagging.settle()
    ids = find(tagging.catalogue, Query()).tolist()
    assert len(ids) == 41 == seen[-1]
    assert [id_ for stored in tagging.stored for id_ in stored.ids] == ids
    assert sorted(id_ for changes in tagging.changes for id_ in changes.ids) == ids
    assert {kind for changes in tagging.changes for kind in changes.kinds} == {Kind.PHOTOS, Kind.PREDICTIONS}
    thumbnails = [path.name for stored in tagging.stored for path, _ in stored.thumbnails]
    assert len(thumbnails) == 40 and "broken.jpg" not in thumbnails
    assert len(tagging.stored) < 10  # pages, no signal for each photo
    (result,) = tagging.results
    assert result.finished is not None
    assert (result.ids.tolist(), result.remembered, result.retagged) == (ids, 0, False)
    assert (result.finished.counts.rows, result.finished.counts.errors) == (41, 1)
    assert find(tagging.catalogue, Query(batch=tagging.begun[0])).tolist() == ids
    assert tagging.access.undo_operation is not None and tagging.access.undo_operation.photos == 41
    with tagging.catalogue.database.read() as database:
        ((name, fingerprint, runtime, precision),) = database.execute(
            "SELECT name, fingerprint, runtime, precision FROM models"
        )
    assert (name, len(fingerprint), precision) == ("tiny", 32, "float32") and runtime
    assert unfinished_imports(tagging.catalogue) == [] and tagging.errors == []


def test_unchanged_photos_are_remembered_and_gone_ones_marked(tagging: Tagging, old_photos: Photos) -> None:
    folder = old_photos("a.png", "b.png", "c.png")
    tagging.queue.add([folder])
    tagging.settle()
    before = tagging.tags()
    operations.correct(tagging.catalogue, [1], {"category": "Bag"})
    (folder / "c.png").unlink()
    old_photos("d.png", folder="photos/sub")
    tagging.queue.add([folder])
    tagging.settle()
    _, result = tagging.results
    assert (result.remembered, result.finished.counts.rows if result.finished else None) == (2, 3)
    assert [path.name for path, _ in tagging.stored[-1].thumbnails] == ["d.png"]  # the others were not read
    assert tagging.catalogue.statistics().gone == 1
    assert 3 in tagging.changes[-1].ids
    after = tagging.tags()
    assert [tag.category for tag in after[:3]] == ["Bag", before[1].category, before[2].category]
    assert find(tagging.catalogue, Query(batch=tagging.begun[1])).tolist() == [1, 2, 4]


def test_another_model_tags_the_photos_of_a_list_again(tagging: Tagging, old_photos: Photos) -> None:
    listed, others = old_photos("a.png", "b.png", "c.png"), old_photos("x.png", folder="others")
    tagging.queue.add([listed])
    tagging.queue.add([others])
    tagging.settle()
    operations.correct(tagging.catalogue, [1], {"category": "Bag"})
    (listed / "c.png").unlink()
    tagging.use("other")
    tagging.queue.retag(lambda _catalogue: Query(batch=tagging.begun[0]))
    tagging.settle()
    assert [(tag.model, tag.file) for tag in tagging.tags()] == [
        ("other", "a.png"),
        ("other", "b.png"),
        ("tiny", "c.png"),  # as it was: its file is gone
        ("tiny", "x.png"),
    ]
    assert tagging.tags()[0].category == "Bag"
    result = tagging.results[-1]
    assert result.retagged and result.finished is not None
    assert (result.ids.tolist(), result.finished.counts.errors) == ([1, 2], 1)
    assert len(tagging.begun) == 2  # it is no import
    assert tagging.access.undo_operation is not None and tagging.access.undo_operation.value == "Bag"


def test_an_undo_ends_the_import(tagging: Tagging, photos: Photos) -> None:
    tagging.queue.add([photos(*(f"{number}.png" for number in range(600)))])
    tagging.qtbot.waitUntil(lambda: len(tagging.stored) > 0, timeout=60_000)
    tagging.access.perform(operations.undo)
    tagging.settle()
    assert len(find(tagging.catalogue, Query())) == 0
    assert tagging.results[-1].finished is None or tagging.results[-1].finished.cancelled
    assert sum(len(stored.ids) for stored in tagging.stored) < 600
    assert not tagging.notice.has_message  # nobody wants it to be continued
    assert tagging.errors == []


def test_a_full_disk_leaves_a_queue_that_works(
    tagging: Tagging, old_photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(photos, "store", full_disk)
        tagging.queue.add([old_photos("a.png", "b.png")])
        tagging.settle()
    assert tagging.errors == ["disk_full"] and tagging.results[-1].finished is None
    assert "2 photos" in tagging.notice.text.text()
    tagging.queue.add([old_photos("c.png", folder="others")])
    tagging.settle()
    assert [tag.file for tag in tagging.tags()] == ["c.png"]
    tagging.notice.buttons[0].click()
    tagging.settle()
    assert sorted(tag.file for tag in tagging.tags()) == ["a.png", "b.png", "c.png"]
    assert not tagging.notice.has_message and len(tagging.errors) == 1


def test_a_model_that_fails_ends_its_import_alone(
    tagging: Tagging, photos: Photos, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert tagging.active_model.entry is not None
    model = tagging.active_model.entry.path
    model.rename(tmp_path / "elsewhere")
    tagging.queue.add([photos("a.png")])
    tagging.settle()
    (tmp_path / "elsewhere").rename(model)
    assert tagging.errors == ["model_file_missing"]
    tagging.queue.add([photos("b.png", folder="others")])
    tagging.settle()
    assert [tag.file for tag in tagging.tags()] == ["b.png"]


def test_an_import_before_the_catalogue_is_open_waits_for_it(
    make_tagging: Callable[[], Tagging], photos: Photos
) -> None:
    tagging = make_tagging()
    tagging.use("tiny")
    tagging.queue.add([photos("a.png")])
    assert tagging.progress[-1].waiting_for is WaitingFor.CATALOGUE
    tagging.open()
    assert [tag.file for tag in tagging.tags()] == ["a.png"]


def test_an_import_that_waits_for_the_model_is_not_offered_to_be_continued(
    make_tagging: Callable[[], Tagging], photos: Photos
) -> None:
    tagging = make_tagging()
    tagging.queue.add([photos("a.png")])
    tagging.access.open()
    tagging.qtbot.waitUntil(lambda: len(tagging.begun) == 1)
    tagging.qtbot.waitUntil(lambda: not (tagging.access.busy or tagging.notice.busy))
    assert len(unfinished_imports(tagging.catalogue)) == 1
    assert tagging.queue.has(tagging.begun[0]) and not tagging.notice.has_message
    tagging.use("tiny")
    tagging.settle()
    assert len(tagging.tags()) == 1 and not tagging.queue.has(tagging.begun[0])


def test_an_import_that_cannot_be_stored_does_not_stay_in_the_queue(
    make_tagging: Callable[[], Tagging], photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagging = make_tagging()
    tagging.open()
    monkeypatch.setattr(operations, "begin_import", full_disk)
    tagging.queue.add([photos("a.png")])
    assert tagging.progress[-1].busy
    tagging.settle()
    assert tagging.errors == ["disk_full"] and not tagging.progress[-1].busy
    assert tagging.begun == []


def test_an_import_goes_on_in_the_catalogue_that_replaces_the_first(tagging: Tagging, photos: Photos) -> None:
    backup = backups.back_up(paths.catalogue_file())
    tagging.queue.add([photos(*(f"{number}.png" for number in range(300)))])
    tagging.queue.add([photos("z.png", folder="others")])
    tagging.qtbot.waitUntil(lambda: len(tagging.stored) > 0, timeout=60_000)
    tagging.access.restore(backup)
    tagging.settle()
    assert len(tagging.tags()) == 301
    assert tagging.errors == [] and not tagging.notice.has_message
    assert unfinished_imports(tagging.catalogue) == []


def test_a_catalogue_that_cannot_be_written_takes_no_import(
    make_tagging: Callable[[], Tagging], photos: Photos
) -> None:
    with Catalogue(paths.catalogue_file(), write=True):
        tagging = make_tagging()
        tagging.use("tiny")
        tagging.queue.add([photos("a.png")])
        tagging.open()
        assert tagging.errors == ["catalogue_in_use", "catalogue_read_only"]
        assert not tagging.queue.busy
        assert len(find(tagging.catalogue, Query())) == 0
        tagging.close()
