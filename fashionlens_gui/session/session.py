"""The rows that the user works on, kept in a database so that closing, a crash or a power cut loses nothing said.

* SQLite holds the truth; ``rows`` is a copy in memory for fast reading (see ``session_list``). Every change goes to
  the database first; what people say does so in ``session_steps``.
* What the model said and what the user said are kept apart. A correction never overwrites a prediction: it is a line
  in ``corrections`` (who, when, what was said before) and the photo's ``user_category`` or a line in
  ``user_attributes``, written in one transaction.
* Whether a row needs review follows from its confidence and the threshold in force; only the threshold is kept.
* Write-ahead log. Corrections are human work and wait for the disk (``synchronous = FULL``). Predictions can be made
  again and do not (``NORMAL``): they survive a crash of the program; a power cut may cost the last few.
* The file is locked for one window, by the operating system, so that no stale lock can remain.
* A catalogue can grow from the same file: photos have ids, digests and the model's name, and the schema has a version.
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

from fashionlens_gui import messages
from fashionlens_gui.corrections.feed import Feed
from fashionlens_gui.corrections.store import CorrectionStore
from fashionlens_gui.session import choices, embeddings, store
from fashionlens_gui.session.drops import Drop, Drops
from fashionlens_gui.session.row_list import CATEGORY, RowList
from fashionlens_gui.session.rows import RowCodec
from fashionlens_gui.session.steps import Correction, Said, Steps
from fashionlens_gui.session.store import SessionError
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import Tag, printable
from trainer.errors import FashionLensError
from trainer.taxonomy import ATTRIBUTES

_log = logging.getLogger(__name__)
_NOT_WHAT_WE_WROTE = (sqlite3.Error, struct.error, ValueError, TypeError, LookupError)

__all__ = ["CATEGORY", "Correction", "Drop", "Session", "SessionError", "open_session"]


def open_session(file: Path, corrections: Path | None = None) -> Session:
    """The session in ``file``, or, when that cannot be used, an empty one that is not kept; ``notice`` says why.

    Args:
        file: The database.
        corrections: Where what people say is kept for good, see :class:`Session`.
    """
    try:
        return Session(file, corrections=corrections)
    except FashionLensError as error:
        session = Session(None, corrections=corrections)
        session.notice = (
            f"{messages.sentence(error)} Until then FashionLens works, but will not remember this list of photos."
        )
        return session


class Session:
    """Rows, corrections and unfinished drops. May be used from any thread, by one at a time.

    Whoever changes it gets told what changed by the return value; there is nothing to subscribe to.

    Args:
        file: The database; made when missing. None keeps everything in memory only.
        who: Whose corrections these are; by default the name on the computer.
        corrections: The database that also keeps what people say when the list is cleared; None for none.

    Attributes:
        notice: A sentence that the user should see, such as that a damaged file was put aside, or "".

    Raises:
        SessionError: Another window has it, or a newer version wrote it.
        SaveError: The place may not be written to. All changing methods may raise it, too; nothing has changed then.
    """

    def __init__(self, file: Path | None, who: str = "", corrections: Path | None = None) -> None:
        self._file = file
        self._who = who or _user_name()
        self._lock = threading.RLock()
        self._database, self.notice = store.connect(file)
        self._codec = RowCodec(self._database)
        self._steps, self._drops = Steps(self._database), Drops(self._database)
        self._ids: list[int] = []  # ascending
        self._rows = RowList()
        self._row_of: dict[str, int] = {}
        self._undo_text = self._redo_text = ""
        try:
            self._load()
        except _NOT_WHAT_WE_WROTE:
            _log.exception("%s opens as a database but holds something else", file)
            self._database.close()
            if file is None:
                raise
            self._database, self.notice = store.start_over(file)
            self._steps, self._drops = Steps(self._database), Drops(self._database)
            self._load()
        self._feed = self._begin_feeding(corrections) if corrections is not None else None

    # Reading

    @property
    def rows(self) -> Sequence[Tag]:
        """All rows, oldest first, as the user sees them. Grows and changes in place; do not change it yourself."""
        return self._rows

    @property
    def review_below(self) -> float | None:
        """The threshold in force, [0, 1]; None for each model's own. See :meth:`apply_review_threshold`."""
        return self._codec.review_below

    @property
    def kept(self) -> bool:
        """Whether it is kept on disk."""
        return self._file is not None

    def paths(self) -> list[Path]:
        """The photos that have a row, for a job to skip."""
        return [tag.path for tag in self._rows]

    def paths_of_other_models(self, model: str) -> list[Path]:
        """The photos that a model looked at which is known not to be ``model``."""
        return [tag.path for tag in self._rows if tag.ranking is not None and tag.model not in ("", model)]

    def history(self, row: int) -> list[Correction]:
        """Everything that people said of a photo, oldest first."""
        with self._lock:
            return self._steps.history(self._ids[row])

    def embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows, int64 (n,), and where their photos lie, float32 n×D; see :func:`embeddings.read`."""
        return embeddings.read(self._codec, self._ids, self._lock)

    # Rows

    def add(self, tagged: Collection[Tagged], model: str = "") -> list[int]:
        """Append rows. A photo that has a row already gets the new prediction in its old place.

        Args:
            tagged: What a job gave.
            model: Name of the model that said it.

        Returns:
            The rows that were replaced; the others were appended at the end. A correction stays in force, and so does
            the threshold of the review, whatever one the job had.
        """
        latest = {str(item.tag.path): item for item in tagged}
        old = {path: item for path, item in latest.items() if path in self._row_of}
        new = [item for path, item in latest.items() if path not in old]
        replaced = [self._row_of[path] for path in old]
        with self._lock:
            first_id = self._ids[-1] + 1 if self._ids else 1
            with self._transaction():
                now = _now()
                self._codec.insert(enumerate(new, first_id), model, now)
                self._codec.replace(((self._ids[self._row_of[p]], item) for p, item in old.items()), model, now)
            for id_, item in enumerate(new, first_id):
                self._row_of[str(item.tag.path)] = len(self._rows)
                self._ids.append(id_)
                self._rows.append(replace(item.tag, model=model).with_review_threshold(self.review_below))
            self._reread(replaced)
        return replaced

    def apply_review_threshold(self, threshold: float | None) -> list[int]:
        """Set which rows are ok and which need review; also for rows that come later and after a restart.

        Rows set by hand and photos that could not be read stay as they are; too small photos always need review. No
        step for undo: moving it back gives what was before.

        Args:
            threshold: Confidence below which a category needs review, [0, 1]; None for each model's own threshold.

        Returns:
            The rows that changed.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f"a threshold of {threshold}")
        with self._lock:
            if threshold == self.review_below:
                return []
            with self._transaction():
                choices.keep_threshold(self._database, threshold)
            self._codec.review_below = threshold
            return self._rows.apply_review_threshold(threshold)

    def clear(self) -> None:
        """Forget all rows, corrections and drops. The threshold of the review stays, and what people said is kept
        where corrections are kept for good.
        """
        with self._lock:
            if self._feed is not None:
                self._feed.catch_up()
            with self._transaction(durable=True):
                store.empty(self._database)
            self._renew_codec()
            self._ids.clear()
            self._rows.clear()
            self._row_of.clear()
            self._undo_text = self._redo_text = ""

    # Corrections

    def correct(self, rows: Sequence[int], category: str) -> list[int]:
        """Say what these photos are; one undo takes it back. On the disk when this returns.

        Returns:
            The rows that changed: those for which the user has not said the same before.
        """
        category = printable(category.strip())
        if not category:
            raise ValueError("a category needs a name")
        return self._correct(rows, CATEGORY, category)

    def correct_attribute(self, rows: Sequence[int], name: str, value: str) -> list[int]:
        """Say what an attribute of these photos is; one undo takes it back. On the disk when this returns.

        Args:
            rows: Any rows, also of photos that could not be read.
            name: One of ATTRIBUTES.
            value: What it is; empty says that it has none.

        Returns:
            The rows that changed: those for which the user has not said the same before.
        """
        if name not in ATTRIBUTES:
            raise ValueError(f"there is no attribute “{name}”")
        return self._correct(rows, name, printable(value.strip()))

    def would_change(self, rows: Iterable[int], name: str, value: str) -> bool:
        """Whether the user has not said the same of all these rows before; does not wait for a change under way.

        Args:
            rows: Any rows.
            name: ``category`` or one of ATTRIBUTES.
            value: What it would be; empty for none.
        """
        return len(self._rows.unlike(rows, name, printable(value.strip()))) > 0

    def _correct(self, rows: Sequence[int], name: str, value: str) -> list[int]:
        with self._lock:
            changed = self._rows.unlike(rows, name, value)
            if not len(changed):
                return []
            before = {
                said: [self._ids[row] for row in some] for said, some in self._rows.by_value(changed, name).items()
            }
            with self._transaction(durable=True):
                self._steps.say(name, value, before, self._who, _now())
            self._keep(self._steps.next(back=True))
            self._rows.say(changed, name, value)
            self._reread_texts()
        return [int(row) for row in changed.tolist()]

    @property
    def can_undo(self) -> bool:
        """Whether there is a correction to take back; also one from before the program was closed."""
        return bool(self._undo_text)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone correction to bring back."""
        return bool(self._redo_text)

    @property
    def undo_text(self) -> str:
        """What an undo would take back, such as ``3 photos to Dress``; else empty."""
        return self._undo_text

    @property
    def redo_text(self) -> str:
        """What a redo would bring back; else empty."""
        return self._redo_text

    def undo(self) -> list[int]:
        """Take back the last correction. Returns the rows that changed, none when there is nothing to undo."""
        return self._step_over(back=True)

    def redo(self) -> list[int]:
        """Bring back what was undone last. Returns the rows that changed."""
        return self._step_over(back=False)

    def _step_over(self, back: bool) -> list[int]:
        with self._lock:
            step = self._steps.next(back)
            if step is None:
                return []
            with self._transaction(durable=True):
                said = self._steps.go(*step, back, _now())
            self._keep(step)
            rows = self._take(said)
            self._reread_texts()
            return rows

    # Drops

    def begin_drop(self, paths: Sequence[Path]) -> int:
        """Remember that tagging of ``paths`` was begun; returns the number for :meth:`finish_drop`."""
        with self._lock, self._transaction():
            return self._drops.begin(paths, _now())

    def finish_drop(self, drop: int) -> None:
        """The drop was tagged to its end, or the user does not want it any more."""
        with self._lock, self._transaction():
            self._drops.finish(drop, _now())

    def unfinished_drops(self) -> list[Drop]:
        """Drops that a cancel, a close or a crash cut short, oldest first; to go on, skip :meth:`paths`."""
        with self._lock:
            return self._drops.unfinished()

    def close(self) -> None:
        """Let go of the file. ``rows`` stays readable; closing twice does nothing."""
        with self._lock:
            self._database.close()
            if self._feed is not None:
                self._feed.close()

    # Inside

    def _begin_feeding(self, corrections: Path) -> Feed | None:
        try:
            store = CorrectionStore(corrections)
            self.notice = " ".join(filter(None, (self.notice, store.notice)))
            feed = Feed(self._database, store, lambda *kept: self._codec.attribute(*kept))
            feed.catch_up()
        except FashionLensError as error:
            self.notice = " ".join(filter(None, (self.notice, messages.sentence(error))))
            return None
        return feed

    def _keep(self, step: tuple[int, str] | None) -> None:
        """What was said in this step, or that it was taken back or brought back, outlives this list."""
        if self._feed is not None and step is not None:
            self._feed.newest(step[0])

    def _load(self) -> None:
        self._renew_codec()
        self._codec.review_below = choices.read_threshold(self._database)
        self._ids, self._rows, self._row_of = [], RowList(), {}
        for id_, path, tag in self._codec.read():
            self._row_of[path] = len(self._rows)
            self._ids.append(id_)
            self._rows.append(tag)
        self._take(self._steps.said())
        self._reread_texts()

    def _take(self, said: Iterable[Said]) -> list[int]:
        """Show what people say now. Returns the rows that it is about, ascending."""
        ids = np.array(self._ids, np.int64)
        about: list[np.ndarray] = []
        for each in said:
            about.append(np.searchsorted(ids, each.photos))
            self._rows.say(about[-1], each.attribute, each.value)
        return [int(row) for row in np.sort(np.concatenate(about))] if about else []

    def _reread(self, rows: Sequence[int]) -> None:
        for row, tag in zip(rows, self._codec.read_these([self._ids[row] for row in rows]), strict=True):
            self._rows.replace(row, tag)

    def _renew_codec(self) -> None:
        """Forget which sets of labels are in the database."""
        codec = RowCodec(self._database)
        codec.review_below = self._codec.review_below
        self._codec = codec

    def _reread_texts(self) -> None:
        self._undo_text = self._steps.text_of(back=True)
        self._redo_text = self._steps.text_of(back=False)

    @contextlib.contextmanager
    def _transaction(self, durable: bool = False) -> Iterator[None]:
        """See :func:`store.transaction`."""
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
