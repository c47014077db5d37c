"""The file of a catalogue: one writer, readers beside it, files that are refused and stay as they are."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from fashionlens_gui import messages
from fashionlens_gui.catalogue import backups, database, schema
from fashionlens_gui.catalogue.catalogue import Catalogue
from tests.catalogue.catalogue_rows import add, item
from tests.processes import ROOT, unix
from tests.refused import refused
from trainer.errors import FashionLensError


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_second_writer_is_told_who_has_it_and_can_read(catalogue: Catalogue, file: Path) -> None:
    ids = add(catalogue, item("a.jpg"))
    with refused("catalogue_in_use", says="has it open since 20", user=database.user_name()):
        Catalogue(file, write=True)
    with Catalogue(file) as second:
        assert list(second.tags(ids)) == ids
        more = add(catalogue, item("b.jpg"))
        assert list(second.tags(more)) == more  # a reader sees what was written since
        with refused("catalogue_read_only"):
            add(second, item("c.jpg"))
    catalogue.close()
    with Catalogue(file, write=True) as third:
        assert list(third.tags(ids + more)) == ids + more
    assert files(file.parent) == ["catalogue.sqlite"]


def test_reading_does_not_make_a_catalogue(tmp_path: Path) -> None:
    with refused("catalogue_missing", says="--remember"):
        Catalogue(tmp_path / "none.sqlite")
    assert files(tmp_path) == []


def test_a_drive_without_locks_of_files_gets_a_file_as_a_lock(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with Catalogue(file, write=True), refused("catalogue_in_use"):
        Catalogue(file, write=True)
    assert files(file.parent) == ["catalogue.sqlite"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("newer", "catalogue_too_new"),
        ("foreign", "catalogue_foreign"),
        ("text", "catalogue_damaged"),
        ("cut", "catalogue_damaged"),
        ("overwritten", "catalogue_damaged"),
    ],
)
def test_other_files_are_refused_and_not_written_to(file: Path, kind: str, code: str) -> None:
    with Catalogue(file, write=True) as catalogue:
        add(catalogue, *(item(f"{number}.jpg") for number in range(300)))
    content = file.read_bytes()
    if kind == "text":
        file.write_text("Dear diary, " * 500)
    elif kind == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif kind == "overwritten":
        file.write_bytes(content[:8192] + os.urandom(len(content) - 8192))
    elif kind == "newer":
        with sqlite3.connect(file) as changed:
            changed.execute("PRAGMA user_version = 99")
        changed.close()
    else:
        file.unlink()
        with sqlite3.connect(file) as other:  # in the mode of most databases, without a write-ahead log
            other.execute("CREATE TABLE bookmarks (url TEXT)")
        other.close()
    before = file.read_bytes()
    with refused(code):
        Catalogue(file, write=True)
    if kind in ("newer", "foreign", "text"):
        with refused(code):
            Catalogue(file)
    assert file.read_bytes() == before
    assert files(file.parent) == ["catalogue.sqlite"]


def test_check_finds_damage_in_an_index(file: Path) -> None:
    with Catalogue(file, write=True) as catalogue:
        add(catalogue, *(item(f"{number}.jpg") for number in range(50)))
        catalogue.check()
    with sqlite3.connect(file) as changed:
        changed.execute("PRAGMA writable_schema = ON")
        changed.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, '(digest)', '(file)') WHERE name = 'photos_by_digest'"
        )
    changed.close()
    with Catalogue(file) as catalogue, refused("catalogue_damaged", says="catalogue restore"):
        catalogue.check()


@unix
def test_a_folder_that_can_only_be_read_says_so_and_can_be_read(file: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    with Catalogue(file, write=True) as catalogue:
        ids = add(catalogue, item("a.jpg"))
    file.parent.chmod(0o500)
    try:
        with refused("catalogue_not_saved", says="no permission"):
            Catalogue(file, write=True)
        with Catalogue(file) as reader:
            assert list(reader.tags(ids)) == ids
    finally:
        file.parent.chmod(0o700)


def test_a_file_in_place_of_its_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(FashionLensError, match="catalogue_not_saved") as caught:
        Catalogue(tmp_path / "home" / "catalogue.sqlite", write=True)
    assert "cannot be opened or written to" in messages.sentence(caught.value)


@unix
def test_a_full_disk_changes_nothing_and_says_so(file: Path) -> None:
    """A file-size limit stops the write-ahead log as a full disk would."""
    code = f"""
import resource, signal
from pathlib import Path
from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue
from tests.catalogue.catalogue_rows import add, item
from trainer.errors import SaveError
file = Path({str(file)!r})
with Catalogue(file, write=True) as catalogue:
    add(catalogue, item("a.jpg"))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = max(path.stat().st_size for path in file.parent.iterdir()) + 5000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        add(catalogue, *(item(f"{{number}}.jpg") for number in range(2000)))
    except SaveError as error:
        print(messages.sentence(error))
    print(catalogue.statistics().photos)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    add(catalogue, item("b.jpg"))
with Catalogue(file) as catalogue:
    catalogue.check()
    print(catalogue.statistics().photos)
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    lines = process.stdout.splitlines()
    assert lines[1:] == ["1", "2"], process.stdout + process.stderr
    assert "cannot be opened or written to" in lines[0]


@unix
def test_a_disk_that_is_full_before_the_start_says_so_and_the_catalogue_can_be_read(catalogue: Catalogue) -> None:
    """No file may grow, as on a full disk."""
    add(catalogue, item("a.jpg"))
    catalogue.close()
    code = f"""
import resource, signal
from pathlib import Path
from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue
from trainer.errors import SaveError
file = Path({str(catalogue.file)!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
try:
    Catalogue(file, write=True)
except SaveError as error:
    print(error.parameters["reason"])
print(Catalogue(file).statistics().photos)
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert process.stdout.split() == ["disk_full", "1"], process.stdout + process.stderr
    Catalogue(catalogue.file, write=True).close()
    assert files(catalogue.file.parent) == ["catalogue.sqlite"]


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on this version of FashionLens is one that adds a column."""
    newer = replace(
        schema.FORMAT,
        version=schema.FORMAT.version + 1,
        migrations={**schema.FORMAT.migrations, schema.FORMAT.version: "ALTER TABLE photos ADD COLUMN shop TEXT"},
    )
    monkeypatch.setattr(database, "FORMAT", newer)


def test_a_catalogue_of_an_earlier_version_is_backed_up_and_migrated_when_it_is_opened_for_writing(
    file: Path, request: pytest.FixtureRequest
) -> None:
    with Catalogue(file, write=True) as catalogue:
        ids = add(catalogue, item("a.jpg"))
    before = file.read_bytes()
    request.getfixturevalue("next_version")
    with refused("catalogue_older", says="earlier version"):
        Catalogue(file)
    assert (file.read_bytes(), files(file.parent)) == (before, ["catalogue.sqlite"])
    with Catalogue(file, write=True) as catalogue:
        assert list(catalogue.tags(ids)) == ids
    (backup,) = (file.parent / "backups").iterdir()
    backups.restore(file, backup)  # for the earlier version, should it be needed
    with refused("catalogue_older"):
        Catalogue(file)
    with Catalogue(file, write=True) as catalogue:
        backups.back_up(file)
    with Catalogue(file) as catalogue:
        assert list(catalogue.tags(ids)) == ids
    assert backup.exists()


def test_reading_a_closed_catalogue_is_an_error(catalogue: Catalogue) -> None:
    catalogue.close()
    with refused("catalogue_not_open"):
        catalogue.tags([1])
