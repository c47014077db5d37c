"""The rows that the user works on, in a database, so that closing, a crash or a power cut loses no correction.

* SQLite is authoritative; ``rows`` is a copy in memory for fast reading (:mod:`~fashionlens_gui.session.row_list`).
  Every change is written to the database first.
* Predictions and the user's labels are stored apart. A correction never overwrites a prediction: it is a row in
  ``corrections`` (who, when, the value before) and the photo's ``user_category`` or a row in ``user_attributes``,
  written in one transaction.
* Whether a row needs review follows from its confidence and the rule in force; only the rule is stored.
* Write-ahead log. Corrections are human work and wait for the disk (``synchronous = FULL``). Predictions can be made
  again and do not wait (``NORMAL``): they survive a crash of the program; a power cut may cost the last few.
* The operating system locks the file for one window, so that no stale lock can remain.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import sqlite3
import struct
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fashionlens_gui.corrections.store import CorrectionStore
from fashionlens_gui.corrections.sync import CorrectionSync
from fashionlens_gui.session import store
from fashionlens_gui.session.correction_log import CorrectionLog, HistoryEntry, StepSummary, UserLabels
from fashionlens_gui.session.row_list import RowList
from fashionlens_gui.session.rows import RowCodec, read_embeddings
from fashionlens_gui.session.store import ImportBatch, ImportBatches, SessionError
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import ReviewRule, printable
from trainer.control import WorkControl
from trainer.errors import FashionLensError
from trainer.taxonomy import ATTRIBUTES, CATEGORY

_log = logging.getLogger(__name__)
_NOT_WHAT_WE_WROTE = (sqlite3.Error, struct.error, ValueError, TypeError, LookupError)


def open_session(file: Path, corrections: Path | None = None) -> Session:
    """The session in ``file``, or, when that cannot be used, an empty one in memory; ``notices`` say why."""
    try:
        return Session(file, corrections=corrections)
    except FashionLensError as error:
        session = Session(None, corrections=corrections)
        session.notices = [SessionError("session_not_remembered", error=error)]
        return session


class Session:
    """Rows, corrections and unfinished imports. May be used from any thread, by one at a time.

    Methods that change it return the rows that changed; there are no signals.

    Args:
        file: The database; made when missing. None keeps everything in memory only.
        who: User name of the corrections; by default the name on the computer.
        corrections: The database that also has the corrections after the list is cleared; None for none.

    Attributes:
        notices: What the user should know, such as that a damaged file was renamed.
        undo_step: The step that an undo reverts; None for none.
        redo_step: The step that a redo applies; None for none.

    Raises:
        SessionError: Another window has it, or a newer version wrote it.
        SaveError: No permission, no room. All changing methods may raise it, too; nothing has changed then.
    """

    def __init__(self, file: Path | None, who: str = "", corrections: Path | None = None) -> None:
        self._file = file
        self._who = who or _user_name()
        self._lock = threading.RLock()
        self._database, self.notices = store.connect(file)
        self._codec = RowCodec(self._database)
        self._correction_log, self._imports = CorrectionLog(self._database), ImportBatches(self._database)
        self._ids: list[int] = []  # ascending
        self._rows = RowList()
        self._row_of: dict[str, int] = {}
        self.undo_step: StepSummary | None = None
        self.redo_step: StepSummary | None = None
        try:
            self._load()
        except _NOT_WHAT_WE_WROTE:
            _log.exception("%s opens as a database but holds something else", file)
            self._database.close()
            if file is None:
                raise
            self._database, self.notices = store.start_over(file)
            self._correction_log, self._imports = CorrectionLog(self._database), ImportBatches(self._database)
            self._load()
        self._sync = self._open_sync(corrections) if corrections is not None else None

    # Reading

    @property
    def rows(self) -> RowList:
        """All rows, oldest first, as the user sees them. Grows and changes in place; set nothing but pending labels."""
        return self._rows

    @property
    def review_rule(self) -> ReviewRule:
        """The rule in force. See :meth:`apply_review_rule`."""
        return self._codec.rule

    def paths(self) -> list[Path]:
        """The photos that have a row, for a job to skip."""
        return [tag.path for tag in self._rows]

    def paths_of_other_models(self, model: str) -> list[Path]:
        """The photos that were tagged by another model than ``model``; not those whose model is unknown."""
        return [tag.path for tag in self._rows if tag.ranking is not None and tag.model not in ("", model)]

    def history(self, row: int) -> list[HistoryEntry]:
        with self._lock:
            return self._correction_log.history(self._ids[row])

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows, int64 (n,), and their embeddings, float32 n×D; see :func:`read_embeddings`."""
        return read_embeddings(self._codec, self._ids, self._lock)

    # Rows

    def add(self, tagged: Collection[Tagged], model: str = "", control: WorkControl | None = None) -> list[int]:
        """Append rows. A photo that has a row already gets the new prediction in its old place.

        Corrections stay in force, and so does the review rule, whatever one the job had. Returns the rows that
        were replaced; the others were appended at the end. Once ``control`` is stopped nothing is added, so that what
        is cleared afterwards stays empty.
        """
        latest = {str(item.tag.path): item for item in tagged}
        with self._lock:
            if control is not None and control.stopped:
                return []
            old = {path: item for path, item in latest.items() if path in self._row_of}
            new = [item for path, item in latest.items() if path not in old]
            replaced = [self._row_of[path] for path in old]
            first_id = self._ids[-1] + 1 if self._ids else 1
            with self._transaction():
                now = _now()
                self._codec.insert(enumerate(new, first_id), model, now)
                self._codec.replace(((self._ids[self._row_of[p]], item) for p, item in old.items()), model, now)
            for id_, item in enumerate(new, first_id):
                self._row_of[str(item.tag.path)] = len(self._rows)
                self._ids.append(id_)
                self._rows.append(replace(item.tag, model=model).with_review_rule(self.review_rule))
            self._reread(replaced)
        return replaced

    def apply_review_rule(self, rule: ReviewRule) -> list[int]:
        """Set which rows are ok and which need review; also for rows that come later and after a restart.

        Rows set by hand and photos that could not be read stay as they are; too small photos always need review. No
        step for undo: setting it back gives what was before. Returns the rows that changed.
        """
        if rule.below is not None and not 0 <= rule.below <= 1:
            raise ValueError(f"a threshold of {rule.below}")
        with self._lock:
            if rule == self.review_rule:
                return []
            with self._transaction():
                store.write_review_rule(self._database, rule)
            self._codec.rule = rule
            return self._rows.apply_review_rule(rule)

    def clear(self) -> None:
        """Delete all rows, corrections and imports. The review rule stays, and the corrections database keeps the
        corrections.
        """
        with self._lock:
            if self._sync is not None:
                self._sync.sync_all()
            with self._transaction(durable=True):
                store.empty(self._database)
            self._renew_codec()
            self._ids.clear()
            self._rows.clear()
            self._row_of.clear()
            self.undo_step = self.redo_step = None

    # Corrections

    def correct(self, rows: Sequence[int], category: str) -> list[int]:
        """Set the category of these photos; one undo reverts it. On the disk when this returns.

        Returns the rows that changed: those for which the user had not set the same before.
        """
        category = printable(category.strip())
        if not category:
            raise ValueError("a category needs a name")
        return self._correct(rows, CATEGORY, category)

    def correct_attribute(self, rows: Sequence[int], name: str, value: str) -> list[int]:
        """As :meth:`correct`, for one of ATTRIBUTES; an empty value for none, also of photos that are unreadable."""
        if name not in ATTRIBUTES:
            raise ValueError(f"there is no attribute “{name}”")
        return self._correct(rows, name, printable(value.strip()))

    def would_change(self, rows: Iterable[int], name: str, value: str) -> bool:
        """Whether setting a label, empty for none, would change a row."""
        return len(self._rows.differing(rows, name, printable(value.strip()))) > 0

    def _correct(self, rows: Sequence[int], name: str, value: str) -> list[int]:
        with self._lock:
            changed = self._rows.differing(rows, name, value)
            if not len(changed):
                return []
            before = {old: [self._ids[row] for row in some] for old, some in self._rows.by_value(changed, name).items()}
            with self._transaction(durable=True):
                self._correction_log.add(name, value, before, self._who, _now())
            self._sync_step(self._correction_log.next_step(back=True))
            self._rows.set_label(changed, name, value)
            self._update_steps()
        return [int(row) for row in changed.tolist()]

    @property
    def can_undo(self) -> bool:
        """Whether there is a correction to undo; also one from before a restart."""
        return self.undo_step is not None

    @property
    def can_redo(self) -> bool:
        return self.redo_step is not None

    def undo(self) -> list[int]:
        """Undo the last correction. Returns the rows that changed, none when there is nothing to undo."""
        return self._apply_step(back=True)

    def redo(self) -> list[int]:
        return self._apply_step(back=False)

    def _apply_step(self, back: bool) -> list[int]:
        with self._lock:
            step = self._correction_log.next_step(back)
            if step is None:
                return []
            with self._transaction(durable=True):
                labels = self._correction_log.apply(*step, back, _now())
            self._sync_step(step)
            rows = self._apply_labels(labels)
            self._update_steps()
            return rows

    # Imports

    def begin_import(self, paths: Sequence[Path]) -> int:
        """Store that tagging of ``paths`` begins; returns the number for :meth:`finish_import`."""
        with self._lock, self._transaction():
            return self._imports.begin(paths, _now())

    def finish_import(self, batch: int) -> None:
        with self._lock, self._transaction():
            self._imports.finish(batch, _now())

    def unfinished_imports(self) -> list[ImportBatch]:
        """Imports that were cancelled or interrupted, oldest first; to continue one, skip :meth:`paths`."""
        with self._lock:
            return self._imports.unfinished()

    def close(self) -> None:
        """Close the file. ``rows`` stays readable; closing twice does nothing."""
        with self._lock:
            self._database.close()
            if self._sync is not None:
                self._sync.close()

    # Inside

    def _open_sync(self, corrections: Path) -> CorrectionSync | None:
        try:
            store = CorrectionStore(corrections)
            self.notices += store.notices
            sync = CorrectionSync(self._database, store, lambda *stored: self._codec.attribute(*stored))
            sync.sync_all()
        except FashionLensError as error:
            self.notices.append(error)
            return None
        return sync

    def _sync_step(self, step: tuple[int, str] | None) -> None:
        if self._sync is not None and step is not None:
            self._sync.sync_step(step[0])

    def _load(self) -> None:
        self._renew_codec()
        self._codec.rule = store.read_review_rule(self._database)
        self._ids, self._rows, self._row_of = [], RowList(), {}
        for id_, path, tag in self._codec.read():
            self._row_of[path] = len(self._rows)
            self._ids.append(id_)
            self._rows.append(tag)
        self._apply_labels(self._correction_log.current_labels())
        self._update_steps()

    def _apply_labels(self, labels: Iterable[UserLabels]) -> list[int]:
        """Set the user's labels in ``rows``. Returns those rows, ascending."""
        ids = np.array(self._ids, np.int64)
        changed: list[np.ndarray] = []
        for each in labels:
            changed.append(np.searchsorted(ids, each.photos))
            self._rows.set_label(changed[-1], each.attribute, each.value)
        return [int(row) for row in np.sort(np.concatenate(changed))] if changed else []

    def _reread(self, rows: Sequence[int]) -> None:
        for row, tag in zip(rows, self._codec.read_these([self._ids[row] for row in rows]), strict=True):
            self._rows.replace(row, tag)

    def _renew_codec(self) -> None:
        """Clear the codec's cache of the label sets in the database."""
        codec = RowCodec(self._database)
        codec.rule = self._codec.rule
        self._codec = codec

    def _update_steps(self) -> None:
        self.undo_step = self._correction_log.summary(back=True)
        self.redo_step = self._correction_log.summary(back=False)

    @contextlib.contextmanager
    def _transaction(self, durable: bool = False) -> Iterator[None]:
        try:
            with store.transaction(self._database, self._file, durable):
                yield
        except BaseException:
            self._renew_codec()  # some sets of labels may have been rolled back
            raise


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _user_name() -> str:
    try:
        return printable(getpass.getuser())
    except (OSError, KeyError, ImportError):  # no entry for this user id, as in some containers
        return "unknown"
