"""Watches folders: tags each photo that comes once, keeps tables current, moves photos where rules say.

    events or a clock → a walk over the folder → complete files → ``tag_photos`` → the catalogue → table, move

The catalogue says what is tagged, so that a program that was stopped or killed continues where it was.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files import watched_folders
from fashionlens_gui.catalogue.files.file_journal import RunState
from fashionlens_gui.catalogue.files.watched_folders import FileState, FolderRule
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.file_sorting.plan import Layout, make_plan
from fashionlens_gui.file_sorting.sort import continue_sorting, sort, unfinished_run
from fashionlens_gui.tagging.job import palette_for, tag_photos
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.scan import names_below
from fashionlens_gui.tagging.tag import failed
from fashionlens_gui.watching.arrivals import Patience
from fashionlens_gui.watching.crash_test import Decode, crashing_files
from fashionlens_gui.watching.folder_watch import FolderWatch
from fashionlens_gui.watching.running_csv import RunningCsv
from fashionlens_gui.watching.watch_events import CsvWritten, PhotosMoved, PhotosTagged, WatchEvent, WatchProblem
from trainer.control import WorkControl
from trainer.errors import FashionLensError, PhotoError, SaveError
from trainer.preprocessing.photo import printable_name

if TYPE_CHECKING:
    from trainer.inference.prediction import PhotoPredictor

_PHOTOS_AT_ONCE = 32
_WITHOUT_EVENTS = 10.0  # seconds between walks where no events come
_WITH_EVENTS = 300.0  # the same where they come: some may be lost
_TICK = 0.2  # seconds between looks at the stop switch

OpenModel = Callable[[str], "tuple[PhotoPredictor, ModelIdentity]"]
"""Opens a model by its name or file; empty for the default one."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How folders are watched.

    Attributes:
        once: End when all photos that are there are tagged.
        poll: Seconds between walks, in place of events of the system; None: events where they work.
        patience: How long files are waited for.
        decode: What tests a file that may have ended the program, see :mod:`fashionlens_gui.watching.crash_test`.
    """

    once: bool = False
    poll: float | None = None
    patience: Patience = field(default_factory=Patience)
    decode: Decode | None = None


def watch(
    catalogue: Catalogue,
    rules: Sequence[FolderRule],
    open_model: OpenModel,
    control: WorkControl,
    options: WatchOptions,
) -> Generator[WatchEvent, None, None]:
    """Watch folders until ``control`` is stopped, or until all is tagged with ``options.once``.

    Args:
        catalogue: Open for writing.
        rules: With their numbers.
        open_model: Opens the models of the rules.
        control: Stops the work after the photos that are being predicted.
        options: How folders are watched.

    Raises:
        CatalogueError, SaveError: The catalogue cannot be written to.
        ModelFileError: A model cannot be used.
    """
    watcher = _Watcher(catalogue, rules, open_model, control, options)
    try:
        yield from watcher.run()
    finally:
        watcher.close()


class _Watcher:
    def __init__(
        self,
        catalogue: Catalogue,
        rules: Sequence[FolderRule],
        open_model: OpenModel,
        control: WorkControl,
        options: WatchOptions,
    ) -> None:
        self._catalogue, self._control, self._options = catalogue, control, options
        self._models = {name: open_model(name) for name in dict.fromkeys(rule.model for rule in rules)}
        self._wake = threading.Event()
        events = options.poll is None and not options.once
        self._folders = [
            FolderWatch(catalogue, rule, self._models[rule.model][1], options.patience, self._wake, events)
            for rule in rules
        ]
        tables = dict.fromkeys(rule.csv for rule in rules if rule.csv is not None)
        # A table that other folders share, which are not watched now, has their rows, too.
        known = {rule.folder: rule for rule in (*watched_folders.rules(catalogue), *rules)}.values()
        self._tables = {
            file: RunningCsv(catalogue, file, [rule for rule in known if rule.csv == file]) for file in tables
        }
        self._batch = 0
        self._reported: set[str] = set()
        self._suspects: dict[Path, FileState] = {}

    def close(self) -> None:
        for folder in self._folders:
            folder.close()

    def run(self) -> Generator[WatchEvent, None, None]:
        self._finish_moves()
        self._suspects = watched_folders.interrupted_files(self._catalogue)
        while not self._control.stopped:
            for folder in self._folders:
                if time.monotonic() >= folder.next_walk and not self._control.stopped:
                    changed = yield from folder.walk(self._control)
                    self._plan_walk(folder)
                    if changed:
                        self._table_changes(folder.rule)
                if self._suspects and folder.is_there:
                    yield from self._quarantine(folder)
                yield from self._tag_complete(folder)
                yield from self._move(folder)
            yield from self._write_tables(at_end=False)
            if self._options.once and not any(folder.waits for folder in self._folders):
                break
            self._wait()
        yield from self._write_tables(at_end=True)

    def _plan_walk(self, folder: FolderWatch) -> None:
        regular = self._options.poll or (_WITH_EVENTS if folder.events_work else _WITHOUT_EVENTS)
        folder.next_walk = folder.walked_at + (folder.pause if folder.waits else max(regular, folder.pause))

    def _wait(self) -> None:
        """Until something is to be done."""
        while not self._control.stopped:
            woken = self._wake.wait(_TICK)
            now = time.monotonic()
            if woken:
                self._wake.clear()  # before the walks, so that what changes meanwhile wakes again
                for folder in self._folders:
                    folder.next_walk = min(folder.next_walk, folder.walked_at + folder.pause)
            if any(now >= folder.next_walk for folder in self._folders):
                return
            if any(table.due for table in self._tables.values()):
                return

    def _tag_complete(self, folder: FolderWatch) -> Generator[WatchEvent, None, None]:
        before = len(folder.arrivals)
        complete = yield from folder.new_files()
        if len(folder.arrivals) < before:
            self._table_changes(folder.rule)  # photos have other names
        files = iter(complete.items())
        while not self._control.stopped and (some := dict(itertools.islice(files, _PHOTOS_AT_ONCE))):
            watched_folders.mark_as_reading(self._catalogue, some)
            ready = self._tagged(folder, some)
            rows = self._store(folder, ready, some)
            watched_folders.unmark_as_reading(self._catalogue, some)
            if rows:
                yield _tagged_event(folder.rule, rows)
            yield from self._move(folder)
            yield from self._write_tables(at_end=False)

    def _tagged(self, folder: FolderWatch, files: dict[Path, FileState]) -> list[Tagged]:
        """The rows of files that are complete, and of those that are given up."""
        predictor, _ = self._models[folder.rule.model]
        palette = palette_for(predictor.metadata)
        name = names_below([folder.rule.folder])
        ready: list[Tagged] = []
        with closing(tag_photos(list(files), predictor, self._control, palette=palette)) as events:
            for event in events:
                if not isinstance(event, Tagged):
                    continue
                path = event.tag.path
                if event.tag.ranking is None:
                    finished = folder.arrivals.could_not_be_read(path)
                else:
                    finished = event.file_state == files[path]  # else it has changed meanwhile: the next walk sees it
                if finished:
                    ready.append(replace(event, tag=replace(event.tag, file=name(str(path)))))
        return ready

    def _store(self, folder: FolderWatch, ready: Sequence[Tagged], states: dict[Path, FileState]) -> list[Tagged]:
        if not ready:
            return []
        self._batch = self._batch or watched_folders.begin_watching(
            self._catalogue, [each.rule.folder for each in self._folders]
        )
        rows = watched_folders.store_watched(self._catalogue, folder.rule, self._batch, ready, states, folder.model)
        for row in rows:
            folder.stored(row.tag.path, states[row.tag.path], row.photo or 0)
        self._table_changes(folder.rule)
        return rows

    def _quarantine(self, folder: FolderWatch) -> Generator[WatchEvent, None, None]:
        """Give files that end the decoder an error row; they are tried again when they change."""
        marked = [path for path in self._suspects if path.is_relative_to(folder.rule.folder)]
        # A file may have another name by now, but not another size and time of change.
        mine = folder.arrivals.having({self._suspects.pop(path) for path in marked})
        crashing = sorted(crashing_files(list(mine), self._options.decode)) if mine else []
        name = names_below([folder.rule.folder])
        errors = [PhotoError("photo_ends_decoder", name=printable_name(path)) for path in crashing]
        rows = [Tagged(failed(path, name(str(path)), error)) for path, error in zip(crashing, errors, strict=True)]
        stored = self._store(folder, rows, mine)
        watched_folders.unmark_as_reading(self._catalogue, marked)
        if stored:
            yield _tagged_event(folder.rule, stored)

    def _finish_moves(self) -> None:
        """Finish what was being moved by a rule when the program was killed."""
        run = unfinished_run(self._catalogue)
        if run is not None and not run.undoable and run.state == RunState.RUNNING:
            for _ in continue_sorting(self._catalogue, self._control):
                pass

    def _move(self, folder: FolderWatch) -> Generator[WatchEvent, None, None]:
        rule = folder.rule
        if rule.move_into is None or self._control.stopped:
            return
        ids = watched_folders.photos_to_move(self._catalogue, rule)
        if not ids:
            return
        places = {id_: tag.path for id_, tag in self._catalogue.tags(ids).items()}
        try:
            plan = make_plan(self._catalogue, ids, Layout(rule.move_into, rule.pattern), moves=True)
            steps = sort(self._catalogue, plan, True, self._control, undoable=False)
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    result = end.value
                    break
        except FashionLensError as error:
            yield from self._problem(error, [rule.folder])
            return
        if result.stopped:
            return
        watched_folders.mark_as_moved(self._catalogue, rule, ids)
        left = {file.file for file in result.left}
        moved = {id_: path for id_, path in places.items() if path not in left}
        for path in moved.values():
            folder.moved_away(path)
        self._table_changes(rule)
        yield PhotosMoved(rule.folder, tuple(moved), result.left)

    def _table_changes(self, rule: FolderRule) -> None:
        if rule.csv is not None:
            self._tables[rule.csv].change()

    def _write_tables(self, at_end: bool) -> Generator[WatchEvent, None, None]:
        for file, table in self._tables.items():
            if not (table.due or at_end):
                continue
            try:
                rows = table.write()
            except SaveError as error:
                yield from self._problem(error, [each.rule.folder for each in self._folders if each.rule.csv == file])
                continue
            self._reported.clear()
            if rows is not None:
                yield CsvWritten(file, rows)

    def _problem(self, error: FashionLensError, folders: Sequence[Path]) -> Generator[WatchEvent, None, None]:
        """Report a problem, the same one only once."""
        if (key := repr(error)) not in self._reported:
            self._reported.add(key)
            yield WatchProblem(error, tuple(folders))


def _tagged_event(rule: FolderRule, rows: Sequence[Tagged]) -> PhotosTagged:
    return PhotosTagged(rule.folder, tuple(row.tag for row in rows), tuple(row.photo for row in rows if row.photo))
