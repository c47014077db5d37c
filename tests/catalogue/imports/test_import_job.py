"""Tagging into the catalogue: pages, undo meanwhile, imports that were cut short, photos tagged again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Kind
from fashionlens_gui.catalogue.imports.import_job import ImportJob, Stored, statuses, tag_again
from fashionlens_gui.catalogue.imports.unfinished_imports import paths_done, unfinished_imports, with_photos_left
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query, find, models, paths_of_other_models
from fashionlens_gui.tagging.job_events import Counts, Finished, JobEvent, ScanProgress, Tagged
from tests.catalogue.catalogue_rows import MODEL, add, broken, item
from trainer.control import WorkControl
from trainer.errors import SaveError

NEW = ModelIdentity("new", "e" * 32)


def ended(cancelled: bool = False) -> Finished:
    return Finished(Counts(), 1.0, cancelled)


def files(folder: Path, *names: str) -> list[Tagged]:
    """Photos that exist, as a job reports them."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"\xff\xd8\xff\xe0" + name.encode())
    return [item(name, folder=str(folder)) for name in names]


def test_rows_come_in_pages_once_they_are_stored(catalogue: Catalogue) -> None:
    def events() -> Iterator[JobEvent]:
        yield ScanProgress(300, True)
        for number in range(300):
            yield item(f"{number}.jpg")
        yield ended()

    job = ImportJob(catalogue, [Path("/photos")], MODEL)
    pages = []
    for event in job.stored(events()):
        if isinstance(event, Stored):
            assert event.changes.kinds == {Kind.PHOTOS, Kind.PREDICTIONS}
            ids = [row.photo for row in event.rows]
            assert event.changes.ids.tolist() == ids == find(catalogue, Query()).tolist()[-len(ids) :]
            pages.append(len(ids))
    assert sum(pages) == 300 and len(pages) <= 3
    assert unfinished_imports(catalogue) == []


def test_no_row_is_stored_after_the_import_was_undone(catalogue: Catalogue) -> None:
    def events() -> Iterator[JobEvent]:
        for number in range(256):
            yield item(f"{number}.jpg")
        operations.undo(catalogue)
        for number in range(256, 512):
            yield item(f"{number}.jpg")
        yield ended()

    job = ImportJob(catalogue, [Path("/photos")], MODEL)
    stored = [event for event in job.stored(events()) if isinstance(event, Stored)]
    assert [len(event.rows) for event in stored] == [256, 0]
    assert job.undone
    assert not len(find(catalogue, Query()))
    assert unfinished_imports(catalogue) == []  # nobody wants it to be continued
    operations.redo(catalogue)
    assert len(find(catalogue, Query())) == 256
    assert len(unfinished_imports(catalogue)) == 1


def test_an_import_that_was_cut_short_can_be_continued(catalogue: Catalogue, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "caf\udce9"
    rows = files(folder, "a.jpg", "b.jpg", "c.jpg")
    job = ImportJob(catalogue, [folder], MODEL)
    list(job.stored([rows[0], ended(cancelled=True)]))
    (tmp_path / "empty").mkdir()
    operations.begin_import(catalogue, [tmp_path / "empty"])
    catalogue.close()
    with Catalogue(file, write=True) as again:
        assert [each.paths for each in unfinished_imports(again)] == [(folder,), (tmp_path / "empty",)]
        ((found, left),) = with_photos_left(again, WorkControl())
        assert (found.paths, left) == ((folder,), 2)
        assert len(unfinished_imports(again)) == 1  # the other one had nothing left
        assert paths_done(again, found.batch) == {folder / "a.jpg"}
        operations.forget(again, find(again, Query()))
        assert paths_done(again, found.batch) == {folder / "a.jpg"}  # it is not tagged again
        continued = ImportJob(again, found.paths, MODEL, found.batch)
        list(continued.stored([*rows[1:], ended()]))
        assert len(find(again, Query(batch=found.batch))) == 2
        assert continued.gone == 0
        assert unfinished_imports(again) == []


def test_an_import_that_cannot_be_stored_as_finished_does_not_hide_others(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(tmp_path / "full", "a.jpg")
    (tmp_path / "empty").mkdir()
    operations.begin_import(catalogue, [tmp_path / "empty"])
    operations.begin_import(catalogue, [tmp_path / "full"])

    def full_disk(*_: object) -> None:
        raise SaveError("disk_full")

    with monkeypatch.context() as patch:
        patch.setattr(operations, "finish_import", full_disk)
        assert [left for _, left in with_photos_left(catalogue, WorkControl())] == [1]
    assert len(unfinished_imports(catalogue)) == 2


def test_remembered_rows_are_counted_and_belong_to_the_import(catalogue: Catalogue) -> None:
    (id_,) = add(catalogue, item("a.jpg"))
    job = ImportJob(catalogue, [Path("/photos")], MODEL, operations.begin_import(catalogue, [Path("/photos")]))
    list(job.stored([replace(item("a.jpg"), photo=id_), item("b.jpg", "Bag", 0.4), ended()]))
    assert job.unchanged == 1
    ids = find(catalogue, Query())
    assert statuses(catalogue, ids) == {"ok": 1, "needs review": 1}
    operations.forget(catalogue, [id_])
    assert statuses(catalogue, ids) == {"needs review": 1}
    assert statuses(catalogue, []) == {}


def test_photos_tagged_again_keep_corrections_and_names(catalogue: Catalogue) -> None:
    a, b, lost, gone = add(catalogue, item("sub/a.jpg"), item("b.jpg"), item("lost.jpg"), item("gone.jpg"))
    (other,) = add(catalogue, item("other.jpg"), model=NEW)
    operations.correct(catalogue, [a], {"category": "Hat"})
    operations.forget(catalogue, [gone])
    assert models(catalogue, Query()) == {"shop": 3, "new": 1}
    paths = paths_of_other_models(catalogue, Query(), "new")
    assert paths == [Path("/photos/sub/a.jpg"), Path("/photos/b.jpg"), Path("/photos/lost.jpg")]
    assert paths_of_other_models(catalogue, Query(values={"category": "Hat"}), "new") == paths[:1]
    again = [
        item("sub/a.jpg", "Bag", 0.9, digest="changed"),
        item("b.jpg", "Bag", 0.9),
        broken("lost.jpg"),
        item("gone.jpg", "Bag"),
        item("never seen.jpg"),
    ]
    again[0] = replace(again[0], tag=replace(again[0].tag, file="a.jpg"))  # another name for the same path
    events = list(tag_again(catalogue, [*again, ended()], NEW))
    (stored,) = (event for event in events if isinstance(event, Stored))
    assert (stored.changes.kinds, stored.changes.ids.tolist()) == ({Kind.PREDICTIONS}, [a, b])
    assert [(row.photo, row.tag.category) for row in stored.rows] == [(a, "Hat"), (b, "Bag")]
    tags = catalogue.tags([a, b, lost, other])
    assert [(tag.file, tag.category, tag.model) for tag in tags.values()] == [
        ("sub/a.jpg", "Hat", "new"),
        ("b.jpg", "Bag", "new"),
        ("lost.jpg", "Dress", "shop"),
        ("other.jpg", "Dress", "new"),
    ]
    assert models(catalogue, Query()) == {"new": 3, "shop": 1}
    assert len(find(catalogue, Query())) == 4
    assert unfinished_imports(catalogue) == []
