"""Copies photos slowly into a folder that is watched, kills and restarts the watcher, and counts. Linux and macOS.

    python -m tests.tools.folder_watch_killer [--photos 2000] [--kills 20] [--folder FOLDER]

Photos come whole, in halves with a pause between, under a temporary name, and with a size that is set before the bytes
are there; they are renamed, also while nobody watches; the whole folder goes away and comes back, as a drive that is
unplugged. The watcher is ended with ``kill -9`` and with SIGTERM and started again. In the end each photo must have
been tagged exactly once, which a trigger in the catalogue counts, and each time that the CSV was read it must have been
whole.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files.watched_folders import rules
from fashionlens_gui.catalogue.model_identity import ModelIdentity, identity_of
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.model_choice import open_predictor
from fashionlens_gui.tagging.csv_export import COLUMNS
from fashionlens_gui.watching.arrivals import Patience
from fashionlens_gui.watching.watch_events import PhotosGone, PhotosTagged
from fashionlens_gui.watching.watcher import WatchOptions, watch
from tests.processes import ROOT
from tests.tiny_model import tiny_model
from trainer.control import WorkControl
from trainer.inference.prediction import PhotoPredictor

_TRIGGER = (
    "CREATE TABLE tagged_by_test (photo INTEGER)",
    "CREATE TRIGGER count_tagged AFTER INSERT ON predictions BEGIN INSERT INTO tagged_by_test VALUES (new.photo); END",
)
_WHOLE, _HALVES, _TEMPORARY_NAME, _SIZE_FIRST = range(4)


def jpeg(number: int, rng: random.Random) -> bytes:
    """A small photo that no other number has."""
    picture = Image.new("RGB", (60, 80), "white")
    picture.paste((rng.randrange(200), rng.randrange(200), rng.randrange(200)), (15, 10, 45, 70))
    for bit in range(16):
        if number >> bit & 1:
            picture.paste("black", (3 * bit, 74, 3 * bit + 3, 80))
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=95, comment=f"photo {number}")
    return output.getvalue()


class Copying(threading.Thread):
    """Copies photos into the folder, as cameras, browsers, file managers and people do."""

    def __init__(self, folder: Path, count: int, per_second: float, rng: random.Random) -> None:
        super().__init__(daemon=True)
        self.folder, self.count, self._pause, self._rng = folder, count, 1 / per_second, rng
        self.paths: list[Path] = []
        self.ways: Counter[int] = Counter()
        self.renamed = 0
        self.lock = threading.Lock()  # held while the folder is away
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            for number in range(self.count):
                with self.lock:
                    self._copy(number)
                    if number % 9 == 8:
                        self.rename_one()
                time.sleep(self._pause * self._rng.uniform(0.2, 1.8))
        except Exception as error:
            self.error = error

    def rename_one(self) -> None:
        """Rename a photo that was copied at any time, also into another folder."""
        with contextlib.suppress(IndexError):
            index = self._rng.randrange(len(self.paths))
            old = self.paths[index]
            new = self.folder / self._rng.choice(["", "moved", "moved/deep"]) / f"renamed {self.renamed}.jpg"
            new.parent.mkdir(parents=True, exist_ok=True)
            os.rename(old, new)
            self.paths[index] = new
            self.renamed += 1

    def _copy(self, number: int) -> None:
        data = jpeg(number, self._rng)
        path = self.folder / self._rng.choice(["", "", "spring"]) / f"photo {number}.jpg"
        path.parent.mkdir(exist_ok=True)
        way = self._rng.choices([_WHOLE, _HALVES, _TEMPORARY_NAME, _SIZE_FIRST], [70, 12, 12, 6])[0]
        self.ways[way] += 1
        half = len(data) // 2
        if way == _WHOLE:
            path.write_bytes(data)
        elif way == _TEMPORARY_NAME:
            temporary = path.with_suffix(".jpg.part")
            temporary.write_bytes(data)
            os.rename(temporary, path)
        else:
            with path.open("wb") as file:
                if way == _SIZE_FIRST:
                    file.truncate(len(data))
                file.write(data[:half])
                file.flush()
                time.sleep(self._rng.choice([0.05, 0.3, 3.5 if number % 5 == 0 else 0.1]))
                file.write(data[half:])
        self.paths.append(path)


class CsvReader(threading.Thread):
    """Reads the table again and again; counts reads and faults."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True)
        self.file, self.reads, self.rows = file, 0, 0
        self.faults: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.05):
            self.read()

    def read(self) -> None:
        try:
            content = self.file.read_bytes()
        except FileNotFoundError:
            if self.reads:
                self.faults.append("the table was not there")
            return
        self.reads += 1
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
        names = [row[0] for row in rows[1:]]
        if not content.endswith(b"\r\n") or tuple(rows[0]) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
            self.faults.append(f"a table of {len(content)} bytes is not whole")
        if len(set(names)) != len(names):
            self.faults.append("a photo has two rows")
        self.rows = len(names)


class Watcher:
    """The command, started and ended."""

    def __init__(self, home: Path, folder: Path, model: Path, settled_after: float) -> None:
        self._settled_after = settled_after
        self._home, self.catalogue, self.table = home, home / "catalogue.sqlite", home / "tags.csv"
        self._words = [
            *(sys.executable, "-m", "fashionlens_gui", "watch", str(folder), "--out", str(self.table)),
            *("--model", str(model), "--catalogue", str(self.catalogue), "--give-up-after", "60"),
            *("--settled-after", str(settled_after)),
        ]
        self.process: subprocess.Popen[bytes] | None = None
        self.log = home / "watch.log"

    def start(self) -> None:
        environment = {**os.environ, "FASHIONLENS_HOME": str(self._home), "OMP_NUM_THREADS": "1"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._words, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def end(self, number: signal.Signals) -> str:
        """Send a signal; returns a fault, or an empty text."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(60)
        expected = 0 if number == signal.SIGTERM else -number
        return "" if code == expected else f"ended with {code} after {number.name}"

    def look_again(self) -> list[str]:
        """Watch until nothing waits: what would be tagged twice, or is missed, is a fault."""
        with Catalogue(self.catalogue, write=True) as catalogue:

            def open_model(name: str) -> tuple[PhotoPredictor, ModelIdentity]:
                predictor = open_predictor(Path(name))
                return predictor, identity_of(Path(name), predictor)

            options = WatchOptions(once=True, patience=Patience(self._settled_after))
            events = list(watch(catalogue, rules(catalogue), open_model, WorkControl(), options))
        return [f"afterwards: {event}" for event in events if isinstance(event, PhotosTagged | PhotosGone)]


def run(
    home: Path, count: int, kills: int, per_second: float, rng: random.Random, settled_after: float = 2.0
) -> tuple[str, list[str]]:
    """Copy, kill, restart and count; returns the tally and the faults."""
    folder = home / "incoming"
    folder.mkdir()
    watcher = Watcher(home, folder, tiny_model(home / "tiny.safetensors"), settled_after)
    with Catalogue(watcher.catalogue, write=True) as catalogue, catalogue.database.transaction(False) as database:
        for statement in _TRIGGER:
            database.execute(statement)
    copying, reader = Copying(folder, count, per_second, rng), CsvReader(watcher.table)
    faults: list[str] = []
    ends: Counter[str] = Counter()
    away = 0
    watcher.start()
    copying.start()
    reader.start()
    seconds = count / per_second
    began = time.monotonic()
    for number in range(kills):
        time.sleep(max(0.0, began + (number + rng.uniform(0.6, 1.0)) * seconds / kills - time.monotonic()))
        _wait(lambda: reader.rows > 0)
        which = signal.SIGTERM if number % 3 == 2 else signal.SIGKILL
        fault = watcher.end(which) if watcher.process and watcher.process.poll() is None else "it ended by itself"
        faults += [f"end {number}: {fault}"] if fault else []
        ends[which.name] += 1
        with copying.lock:
            copying.rename_one()  # while nobody watches
        if number % 4 == min(1, kills - 1):
            watcher.start()
            with copying.lock:  # the drive is unplugged
                away += 1
                os.rename(folder, home / "away")
                time.sleep(rng.uniform(1.0, min(7.0, seconds)))
                os.rename(home / "away", folder)
            continue
        watcher.start()
    copying.join()
    if copying.error is not None:
        raise copying.error
    _wait(lambda: reader.rows == count and _tagged(watcher.catalogue) >= count)
    fault = watcher.end(signal.SIGTERM)
    faults += watcher.look_again()
    reader.stop.set()
    reader.join()
    reader.read()
    faults += ([f"the last: {fault}"] if fault else []) + reader.faults + _faults_of(watcher, copying)
    ways = copying.ways
    tally = (
        f"{count} photos ({ways[_WHOLE]} whole, {ways[_HALVES]} in halves, {ways[_TEMPORARY_NAME]} under a temporary "
        f"name, {ways[_SIZE_FIRST]} with the size first), {copying.renamed} renamed, the folder away {away} times, "
        f"{ends['SIGKILL']} kill -9, {ends['SIGTERM']} SIGTERM, the table read {reader.reads} times"
    )
    return tally, faults


def _wait(done: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.05)


def _tagged(catalogue: Path) -> int:
    with Catalogue(catalogue) as opened, opened.database.read() as database:
        return int(database.execute("SELECT count(*) FROM tagged_by_test").fetchone()[0])


def _faults_of(watcher: Watcher, copying: Copying) -> list[str]:
    with Catalogue(watcher.catalogue) as catalogue:
        catalogue.check()
        tags = catalogue.tags(find(catalogue, Query()))
        with catalogue.database.read() as database:
            times = Counter(dict(database.execute("SELECT photo, count(*) FROM tagged_by_test GROUP BY 1")).values())
            digests = database.execute("SELECT count(DISTINCT digest), count(*) FROM photos").fetchone()
            left = database.execute("SELECT count(*) FROM watched_files").fetchone()[0]
    faults = [f"{number} photos were tagged {count} times" for count, number in times.items() if count != 1]
    if digests != (copying.count, copying.count):
        faults.append(f"{digests[1]} rows with {digests[0]} digests for {copying.count} photos")
    if sorted(tag.path for tag in tags.values()) != sorted(copying.paths):
        faults.append("the catalogue has other paths than the folder")
    if any(not tag.category for tag in tags.values()):
        faults.append("a photo is said to be unreadable")
    with watcher.table.open(encoding="utf-8", newline="") as file:
        names = sorted(row["file"] for row in csv.DictReader(file))
    expected = {path.relative_to(copying.folder).as_posix() for path in copying.paths}
    if len(names) != len(expected) or set(names) != expected:
        faults.append(f"the table has {len(names)} rows, with {sorted(set(names) ^ expected)[:6]} too much or missing")
    temporary = [each.name for each in watcher.table.parent.iterdir() if each.name.endswith(".part")]
    return faults + [f"{name} is left over" for name in temporary] + ([f"{left} files are marked"] if left else [])


def main() -> int:
    """Run, print the tally; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--per-second", type=float, default=10.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        home = given.folder or Path(made)
        tally, faults = run(home, given.photos, given.kills, given.per_second, random.Random(given.seed))
        if faults:
            print((home / "watch.log").read_text(encoding="utf-8")[-3000:])
    print(f"{tally}.")
    print(f"{len(faults)} faults" + "".join(f"\n  {fault}" for fault in faults[:20]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
