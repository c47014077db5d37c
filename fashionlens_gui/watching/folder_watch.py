"""One watched folder: what is in it, what is new, what was renamed, what is gone."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Generator
from pathlib import Path

from fashionlens_gui.catalogue import photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files import watched_folders
from fashionlens_gui.catalogue.files.watched_folders import FileState, FolderRule
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.file_sorting.transfer import file_digest
from fashionlens_gui.watching.arrivals import Arrivals, Patience, state_of
from fashionlens_gui.watching.folder_events import FolderEvents
from fashionlens_gui.watching.watch_events import FolderFound, FolderMissing, PhotosGone, PhotosRenamed, WatchEvent
from trainer.control import WorkControl
from trainer.data.photo_files import PhotoWalk, Unreadable

_WALKS_SHARE = 0.1  # of the time
_LEAST_PAUSE = 0.5  # seconds between two walks
_UNFINISHED = {".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".temp"}


class FolderWatch:
    """The state of one folder.

    Args:
        catalogue: Open for writing.
        rule: With its number.
        model: What tags its photos.
        patience: How long files are waited for.
        wake: Is set when something changes.
        events: Whether to use events of the system.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        rule: FolderRule,
        model: ModelIdentity,
        patience: Patience,
        wake: threading.Event,
        events: bool,
    ) -> None:
        self.rule, self.model = rule, model
        # Photos are tagged again by another model that the rule names, not whenever the default model is another one.
        self._tags_again = model if rule.model else None
        self._catalogue = catalogue
        self.arrivals = Arrivals(patience)
        self._gone_after = patience.gone_after
        self._events = FolderEvents(rule.folder, wake, events)
        self._settled: dict[Path, FileState] = {}
        self._photos: dict[Path, int] = {}  # that are in the folder
        self._path_of: dict[int, Path] = {}
        self._by_size: dict[int | None, dict[Path, int]] = {}  # also those that have gone
        for path, photo, size, gone in watched_folders.photos_below(catalogue, rule):
            self._is_at(path, size, photo)
            if gone:
                del self._photos[path]
        self._missed: dict[Path, float] = {}
        self._there: bool | None = None
        self.next_walk = self.walked_at = 0.0
        self._walk_seconds = 0.0

    def close(self) -> None:
        """End the thread that listens for events."""
        self._events.close()

    @property
    def is_there(self) -> bool:
        """Whether the last walk has found the folder."""
        return bool(self._there)

    @property
    def events_work(self) -> bool:
        """Whether the system tells of changes."""
        return self._events.working

    @property
    def waits(self) -> bool:
        """Whether files wait to be tagged, or to be seen again under another name."""
        return bool(len(self.arrivals) or self._missed)

    @property
    def pause(self) -> float:
        """Seconds between two walks."""
        return max(_LEAST_PAUSE, self._walk_seconds / _WALKS_SHARE)

    def walk(self, control: WorkControl) -> Generator[WatchEvent, None, bool]:
        """Walk over the folder; returns whether the table has changed."""
        began = time.monotonic()
        self._events.renew()
        there = os.path.isdir(self.rule.folder)
        found, complete = self._files(control) if there else ({}, False)
        if there and complete and not found and any(path not in self._missed for path in self._photos):
            there = any(os.path.lexists(path) for path in self._photos)  # the folder of a drive that is off is empty
        if there != self._there and not control.stopped:
            self._there = there
            yield FolderFound(self.rule.folder, self.events_work) if there else FolderMissing(self.rule.folder)
        changed = False
        if there and not control.stopped:
            changed = yield from self._compare(found, complete)
        self.walked_at = time.monotonic()
        self._walk_seconds = self.walked_at - began
        return changed

    def stored(self, path: Path, state: FileState, photo: int) -> None:
        """A file has its row."""
        self.arrivals.done(path)
        self._settled[path] = state
        self._is_at(path, state[0], photo)

    def moved_away(self, path: Path) -> None:
        """A photo is no longer at this place, and its file is known to be elsewhere."""
        photo = self._photos.pop(path, None)
        for same_size in self._by_size.values():
            photo = same_size.pop(path, photo)
        if photo is not None and self._path_of.get(photo) == path:
            del self._path_of[photo]
        self._settled.pop(path, None)
        self._missed.pop(path, None)

    def _is_at(self, path: Path, size: int | None, photo: int) -> None:
        before = self._path_of.get(photo)
        if before is not None and before != path:
            self.moved_away(before)
        self._photos[path] = photo
        self._path_of[photo] = path
        self._by_size.setdefault(size, {})[path] = photo

    def _files(self, control: WorkControl) -> tuple[dict[Path, tuple[FileState, float]], bool]:
        """The photos with their states; False when some may be missing."""
        found: dict[Path, tuple[FileState, float]] = {}
        complete = True
        for path in PhotoWalk(control).below(self.rule.folder):
            if isinstance(path, Unreadable):
                complete = False
            elif path.suffix.lower() not in _UNFINISHED:
                try:
                    status = os.stat(path)
                except OSError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    found[path] = state_of(status)
        return found, complete and not control.stopped

    def _compare(self, found: dict[Path, tuple[FileState, float]], complete: bool) -> Generator[WatchEvent, None, bool]:
        known: list[int] = []
        for path, (state, changed_at) in found.items():
            if self._settled.get(path) == state or self.arrivals.waits(path, state):
                continue
            photo = watched_folders.known_photo(self._catalogue, path, state, self._tags_again)
            if photo is None:
                self.arrivals.add(path, state, changed_at)
                continue
            self._settled[path] = state
            if photo:
                known.append(photo)
                self._is_at(path, state[0], photo)
        if known:
            watched_folders.add_to_rule(self._catalogue, self.rule, known)
        self.arrivals.keep_only({path: state for path, (state, _) in found.items()})
        gone = self._gone(found) if complete else ()
        if gone:
            yield PhotosGone(self.rule.folder, gone)
        return bool(known or gone)

    def new_files(self) -> Generator[WatchEvent, None, dict[Path, FileState]]:
        """The files that are complete and to be tagged. Photos whose files only have another name get their new path
        and are not among them.
        """
        complete = dict(self.arrivals.complete())
        renamed: list[int] = []
        for path, state in list(complete.items()):
            if (photo := self._same_photo(path, state[0])) is not None:
                photos.follow_file(self._catalogue, photo, path, state)
                self.stored(path, state, photo)
                del complete[path]
                renamed.append(photo)
        if renamed:
            yield PhotosRenamed(self.rule.folder, tuple(renamed))
        return complete

    def _same_photo(self, path: Path, size: int) -> int | None:
        """The photo that had these bytes under another name, where there is no file now."""
        lost = [(old, photo) for old, photo in self._by_size.get(size, {}).items() if not os.path.lexists(old)]
        try:
            digest = file_digest(path) if lost else ""
        except OSError:
            return None
        return next((photo for _, photo in lost if self._has_digest(photo, digest)), None)

    def _has_digest(self, photo: int, digest: str) -> bool:
        with self._catalogue.database.read() as database:
            found = database.execute("SELECT digest FROM photos WHERE id = ?", (photo,)).fetchone()
        return found is not None and found[0] == digest

    def _gone(self, found: dict[Path, tuple[FileState, float]]) -> tuple[int, ...]:
        """Mark photos whose files have not been there for a while; returns their ids."""
        now = time.monotonic()
        self._missed = {path: self._missed.get(path, now) for path in self._photos if path not in found}
        late = [path for path, since in self._missed.items() if now - since >= self._gone_after]
        gone = [path for path in late if not os.path.lexists(path)]
        changes = photos.mark_ids_gone(self._catalogue, [self._photos[path] for path in gone])
        for path in gone:
            del self._photos[path], self._missed[path]
            self._settled.pop(path, None)
        return tuple(changes.ids.tolist())
