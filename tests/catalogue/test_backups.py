"""Backups: made while the catalogue is used, pruned, restored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fashionlens_gui.catalogue import backups, operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from tests.catalogue.catalogue_rows import add, item
from tests.refused import refused
from trainer import atomic_write


def names(catalogue: Catalogue) -> list[str]:
    return [tag.file for tag in catalogue.tags(find(catalogue, Query())).values()]


def at(monkeypatch: pytest.MonkeyPatch, time: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return time

    monkeypatch.setattr(backups, "datetime", Clock)


def test_a_backup_is_made_beside_a_writer_and_replaces_what_came_later(catalogue: Catalogue, file: Path) -> None:
    add(catalogue, item("a.jpg"))
    made = backups.back_up(file)
    add(catalogue, item("b.jpg"))
    assert backups.backups(file) == [made]
    with refused("catalogue_in_use"):
        backups.restore(file, made)
    catalogue.close()
    kept = backups.restore(file, made)
    with Catalogue(file, write=True) as restored:
        assert names(restored) == ["a.jpg"]
        restored.check()
        add(restored, item("c.jpg"))
    assert kept is not None
    backups.restore(file, kept)
    with Catalogue(file) as restored:
        assert names(restored) == ["a.jpg", "b.jpg"]
    assert {each.name.partition(" ")[0] for each in made.parent.iterdir()} == {"catalogue"}
    assert sorted(each.name for each in file.parent.iterdir()) == ["backups", "catalogue.sqlite"]


@pytest.mark.parametrize("kind", ["missing", "cut", "text"])
def test_a_backup_replaces_a_damaged_catalogue_which_is_kept(catalogue: Catalogue, file: Path, kind: str) -> None:
    add(catalogue, *(item(f"{number}.jpg") for number in range(100)))
    made = backups.back_up(file)
    catalogue.close()
    content = file.read_bytes()
    if kind == "missing":
        file.unlink()
    else:
        file.write_bytes(content[: len(content) // 2] if kind == "cut" else b"Dear diary")
        with refused("catalogue_damaged"):
            Catalogue(file, write=True)
    damaged = None if kind == "missing" else file.read_bytes()
    kept = backups.restore(file, made)
    assert (None if kept is None else kept.read_bytes()) == damaged
    with Catalogue(file) as restored:
        assert len(names(restored)) == 100


def test_damaged_backups_are_refused_and_a_damaged_catalogue_spares_its_backups(
    catalogue: Catalogue, file: Path
) -> None:
    add(catalogue, *(item(f"{number}.jpg") for number in range(100)))
    made = backups.back_up(file)
    catalogue.close()
    content = file.read_bytes()
    broken = file.parent / "broken.sqlite"
    broken.write_bytes(content[:8192] + bytes(len(content) - 8192))
    with refused("catalogue_damaged"):
        backups.restore(file, broken)
    assert file.read_bytes() == content
    file.write_bytes(broken.read_bytes())
    with refused("catalogue_damaged"):
        backups.back_up(file)
    assert backups.backups(file) == [made]
    with refused("catalogue_missing"):
        backups.restore(file, file.parent / "none.sqlite")


def test_a_week_of_days_and_a_month_of_weeks_are_kept(
    catalogue: Catalogue, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(catalogue, item("a.jpg"))
    begun = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
    for day in range(40):
        for hours in (0, 3):
            at(monkeypatch, begun + timedelta(days=day, hours=hours))
            made = backups.back_up_daily(file)
            assert (made is None) == bool(hours)
    kept = [backups._date(each, file) for each in backups.backups(file)]
    days = [(begun + timedelta(days=39 - back)).date() for back in range(7)]
    sundays = [day for day in ((begun + timedelta(days=back)).date() for back in (34, 27, 20)) if day not in days]
    assert kept == [*days, *sundays]
    # With the clock set back a new backup has the oldest name, and stays.
    at(monkeypatch, begun - timedelta(days=900))
    made = backups.back_up(file)
    assert backups.backups(file)[-1] == made
    at(monkeypatch, begun + timedelta(days=40))
    backups.back_up(file)
    assert made.exists() is False


def test_backups_of_two_catalogues_in_one_folder_do_not_mix(catalogue: Catalogue, file: Path) -> None:
    other = file.with_name("catalogue 2.sqlite")
    with Catalogue(other, write=True) as second:
        add(second, item("b.jpg"))
    first = backups.back_up(file)
    assert backups.backups(other) == []
    assert backups.backups(file) == [first]
    assert backups.back_up(other) in backups.backups(other)
    assert backups.backups(file) == [first]


def test_undo_survives_a_restore(catalogue: Catalogue, file: Path) -> None:
    (id_,) = add(catalogue, item("a.jpg"))
    operations.correct(catalogue, [id_], {"category": "Skirt"})
    made = backups.back_up(file)
    catalogue.close()
    backups.restore(file, made)
    with Catalogue(file, write=True) as restored:
        operations.undo(restored)
        assert restored.tags([id_])[id_].category == "Dress"


def test_what_a_killed_restore_has_left_is_removed_when_the_catalogue_is_opened(file: Path) -> None:
    file.parent.mkdir()
    left = file.parent / f".{file.name}.{atomic_write._owner(2**22 + 1)}-x.part"  # no process has this number
    left.touch()
    Catalogue(file, write=True).close()
    assert [each.name for each in file.parent.iterdir()] == [file.name]
