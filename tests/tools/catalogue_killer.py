"""Kills a process that works with a catalogue, again and again, and counts what is missing afterwards. Linux and macOS.

    python -m tests.tools.catalogue_killer [--kills 300] [--folder FOLDER]

Each process does one kind of work and says what is done: rows that were stored, values that were set and undone, old
files that were taken over, backups that were made and restored, a catalogue of an earlier version that was migrated.
After ``kill -9`` at a random moment the catalogue must open in order, everything that was said must be true, each
operation must be whole, and no file may be left over.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import select
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from fashionlens_gui.catalogue import backups, database, operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.upkeep import earlier_files
from fashionlens_gui.catalogue.upkeep.take_over import take_over
from tests.catalogue.catalogue_rows import add, item

AT_ONCE = 3
OLD_ROWS = 400
TIME = "2026-12-01T00:00:00+00:00"
STEPS_OF_MIGRATING = 60  # so that most kills meet it while it runs
EITHER = "?"  # between an undo and its redo any value is valid, if all three photos have it
LONGEST = {"back up": 0.1, "migrate": 0.2}  # seconds from the first word to the kill; else half a second

Say = Callable[[str], object]


def tag(folder: Path, say: Say) -> None:
    """Store rows, three in each import."""
    with Catalogue(folder / "catalogue.sqlite", write=True) as catalogue:
        say("begun")
        while True:
            first = time.time_ns()
            names = [f"{first + number}.jpg" for number in range(AT_ONCE)]
            ids = add(catalogue, *(item(name, "Coat") for name in names))
            say(" ".join(["stored", *map(str, ids)]))


def correct(folder: Path, say: Say) -> None:
    """Set and undo values of three photos at once; forget and bring back."""
    with Catalogue(folder / "catalogue.sqlite", write=True) as catalogue:
        say("begun")
        ids = add(catalogue, *(item(f"{time.time_ns()}-{number}.jpg") for number in range(AT_ONCE)))
        for step in range(10**9):
            value = f"Kind-{os.getpid()}-{step}"
            say(f"begins {ids[0]} {value}")
            operations.correct(catalogue, ids, {"category": value, "colour": value})
            say(f"set {ids[0]} {value}")
            if step % 3 == 2:
                say(f"begins {ids[0]} {EITHER}")
                operations.undo(catalogue)
                operations.redo(catalogue)
                operations.forget(catalogue, ids)
                operations.undo(catalogue)
                say(f"set {ids[0]} {value}")


def take_old_files_over(folder: Path, say: Say) -> None:
    """Take over the files of earlier versions, in a folder of their own."""
    own = folder / "old"
    with Catalogue(own / "catalogue.sqlite", write=True) as catalogue:
        say("begun")
        for _ in take_over(catalogue, own / "session.sqlite", own / "corrections.sqlite"):
            pass
        say("taken")
        time.sleep(60)


def back_up(folder: Path, say: Say) -> None:
    """Make backups and restore them."""
    file = folder / "catalogue.sqlite"
    say("begun")
    while True:
        made = backups.back_up(file)
        backups.restore(file, made)


def migrate(folder: Path, say: Say) -> None:
    """Open a catalogue of an earlier version, in a folder of its own."""
    say("begun")
    with next_version(), Catalogue(folder / "earlier" / "catalogue.sqlite", write=True):
        say("migrated")
        time.sleep(60)


@contextlib.contextmanager
def next_version() -> Iterator[None]:
    """In the block, this version of FashionLens is one that adds a table and a column."""
    before = database.FORMAT
    added = [
        "ALTER TABLE photos ADD COLUMN shop TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE shops (photo INTEGER PRIMARY KEY REFERENCES photos, name TEXT NOT NULL)",
        "INSERT INTO shops SELECT id, file FROM photos",
        *["UPDATE photos SET shop = shop || 'x'"] * STEPS_OF_MIGRATING,
        "UPDATE photos SET shop = file",
    ]
    migrations = {**before.migrations, before.version: ";\n".join(added)}
    database.FORMAT = replace(before, version=before.version + 1, migrations=migrations)
    try:
        yield
    finally:
        database.FORMAT = before


WORK = {"tag": tag, "correct": correct, "take over": take_old_files_over, "back up": back_up, "migrate": migrate}


def said_until_killed(work: str, folder: Path, after: float) -> list[str]:
    """Start a process, kill it ``after`` seconds after its first word; returns what it said."""
    ear, voice = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ear)
        try:
            WORK[work](folder, lambda text: os.write(voice, f"{text}\n".encode()))
        finally:
            os._exit(1)
    os.close(voice)
    select.select([ear], [], [], 60)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    output = b""
    while part := os.read(ear, 65536):
        output += part
    os.close(ear)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{work} ended by itself: {output!r}"
    return output.decode().splitlines()


def prepare_old_files(folder: Path) -> None:
    """A list with corrections, as earlier versions kept them."""
    with contextlib.closing(sqlite3.connect(folder / "session.sqlite")) as made, made:
        made.executescript(earlier_files.SESSION_TABLES)
        made.execute(f"PRAGMA application_id = {earlier_files.SESSION}")
        made.execute(f"PRAGMA user_version = {earlier_files.SESSION_VERSION}")
        rows = [
            (number, f"/photos/{number}.jpg".encode(), f"{number}.jpg", str(number), TIME, ("Skirt", None)[number % 2])
            for number in range(OLD_ROWS)
        ]
        made.executemany(
            "INSERT INTO photos (id, path, file, digest, category, confidence, second_category, status, message, "
            "model, tagged_at, user_category) VALUES (?, ?, ?, ?, 'Dress', 0.75, '', 'ok', '', 'shop', ?, ?)",
            rows,
        )
        made.execute("INSERT INTO steps (value, who, made_at, state) VALUES ('Skirt', 'Ada', ?, 'done')", (TIME,))
        made.execute("INSERT INTO corrections SELECT 1, id, 'Dress', NULL FROM photos WHERE user_category IS NOT NULL")


def faults_of(file: Path, stored: set[int], promised: dict[int, set[str]]) -> list[str]:
    """What is wrong with the catalogue after a kill."""
    faults = []
    with Catalogue(file, write=True) as catalogue:
        catalogue.check()
        tags = catalogue.tags(find(catalogue, Query()))
        faults += [f"photo {id_} is lost" for id_ in stored if id_ not in tags]
        for first, valid in promised.items():
            some = [tags[first + number] for number in range(AT_ONCE) if first + number in tags]
            values = [text for each in some for text in (each.category, each.attributes.values()[0])]
            if EITHER in valid:
                whole = len(some) in (0, AT_ONCE) and len({each.category for each in some}) < 2
            else:
                whole = any(values == [value] * 2 * AT_ONCE for value in valid)
            faults += [] if whole else [f"photo {first}: {values} for {valid}"]
        with catalogue.database.read() as database:
            half = "SELECT count(*) FROM photos p LEFT JOIN predictions ON photo = p.id WHERE photo IS NULL"
            faults += ["half a row"] if database.execute(half).fetchone() != (0,) else []
    backups.back_up(file)  # removes what a killed one has left
    left = {each.name for each in file.parent.iterdir()} - {file.name, "backups", "old", "earlier", "files"}
    left |= {each.name for each in (file.parent / "backups").iterdir() if each.suffix != ".sqlite"}
    return faults + [f"{name} is left over" for name in sorted(left)]


def faults_of_taking_over(folder: Path, said: list[str]) -> list[str]:
    """What is wrong with the catalogue that took over old files."""
    with Catalogue(folder / "catalogue.sqlite", write=True) as catalogue:
        catalogue.check()
        photos = len(find(catalogue, Query()))
        skirts = len(find(catalogue, Query(values={"category": "Skirt"})))
    whole = (photos, skirts) in ((0, 0), (OLD_ROWS, OLD_ROWS // 2))
    faults = [] if whole else [f"{photos} photos and {skirts} corrections were taken over"]
    left = {each.name for each in folder.iterdir()} - {"catalogue.sqlite", "session.sqlite", "corrections.sqlite"}
    return faults + [f"{name} is left over" for name in left] + (["lost"] if "taken" in said and not photos else [])


def faults_of_migrating(folder: Path, said: list[str]) -> list[str]:
    """What is wrong with the catalogue that was migrated."""
    file = folder / "catalogue.sqlite"
    with contextlib.closing(database.connect_reader(file)) as found:
        done = database.version_of(found) > database.FORMAT.version
    faults = [] if done or "migrated" not in said else ["was said to be migrated"]
    copies = [backups.photos_in(each.path) for each in backups.all_copies(file)]
    faults += ["no backup was made before"] if done and OLD_ROWS not in copies else []
    with next_version(), Catalogue(file, write=True) as catalogue:
        catalogue.check()
        skirts = len(find(catalogue, Query(values={"category": "Skirt"})))
        with catalogue.database.read() as connection:
            (shops,) = connection.execute(
                "SELECT count(*) FROM shops JOIN photos ON photo = id WHERE name = shop"
            ).fetchone()
    faults += [] if (shops, skirts) == (OLD_ROWS, OLD_ROWS // 2) else [f"{shops} photos, {skirts} corrections"]
    left = {each.name for each in folder.iterdir()} - {"catalogue.sqlite", "backups"}
    left |= {each.name for each in folder.glob("backups/*") if each.suffix != ".sqlite"}
    return faults + [f"{name} is left over" for name in sorted(left)]


def prepare_earlier_catalogue(folder: Path) -> None:
    """A catalogue of this version, which is the earlier one for the next."""
    with Catalogue(folder / "catalogue.sqlite", write=True, who="Ada") as catalogue:
        ids = add(catalogue, *(item(f"{number}.jpg") for number in range(OLD_ROWS)))
        operations.correct(catalogue, ids[::2], {"category": "Skirt"})


def main() -> int:
    """Kill, check and print the tally; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    stored: set[int] = set()
    promised: dict[int, set[str]] = {}
    kills: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        file = folder / "catalogue.sqlite"
        Catalogue(file, write=True).close()
        own = {"take over": folder / "old", "migrate": folder / "earlier"}
        templates = {work: folder / "files" / path.name for work, path in own.items()}
        for path in (*own.values(), *templates.values()):
            path.mkdir(parents=True)
        prepare_old_files(templates["take over"])
        prepare_earlier_catalogue(templates["migrate"])
        for number in range(given.kills):
            work = list(WORK)[number % len(WORK)]
            if work in own:
                shutil.rmtree(own[work])
                shutil.copytree(templates[work], own[work])
            said = said_until_killed(work, folder, rng.uniform(0.0, LONGEST.get(work, 0.5)))
            kills[work] += 1
            if work in own:
                faults_there = faults_of_taking_over if work == "take over" else faults_of_migrating
                faults += [f"kill {number}, {work}: {fault}" for fault in faults_there(own[work], said)]
                continue
            for line in said:
                kind, *words = line.split()
                if kind == "stored":
                    stored.update(map(int, words))
                elif kind == "begins" and int(words[0]) in promised:
                    promised[int(words[0])].add(words[1])
                elif kind == "set":
                    promised[int(words[0])] = {words[1]}
            faults += [f"kill {number}, {work}: {fault}" for fault in faults_of(file, stored, promised)]
    tally = ", ".join(f"{count} of {work}" for work, count in kills.items())
    print(
        f"{sum(kills.values())} kills ({tally}); {len(stored)} photos and {len(promised)} values were said to be kept."
    )
    print(f"{len(faults)} lost, half done or left over" + "".join(f"\n  {fault}" for fault in faults[:20]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
