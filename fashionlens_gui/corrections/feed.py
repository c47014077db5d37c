"""From a tagging session's steps to the corrections that are kept for good."""

from __future__ import annotations

import json
import logging
import sqlite3
import uuid
from collections.abc import Callable

from fashionlens_gui import messages
from fashionlens_gui.corrections.label import CATEGORY
from fashionlens_gui.corrections.store import Act, CorrectionStore, ModelSaid
from fashionlens_gui.tagging.attributes import AttributeTag
from trainer.errors import FashionLensError

_log = logging.getLogger(__name__)

_STEPS = "SELECT id, attribute, value, who, made_at, state <> 'done' FROM steps"
_PHOTOS = (
    "SELECT path, digest, model, category, confidence FROM corrections JOIN photos ON photos.id = photo WHERE step = ?"
)
_PHOTOS_OF_ATTRIBUTE = (
    "SELECT path, digest, model, attribute_set, attributes FROM corrections JOIN photos ON photos.id = photo "
    "WHERE step = ?"
)
_NAME = "corrections"


class Feed:
    """Passes on what people say in one session.

    The session's own database is the truth until it is cleared: what could not be passed on at once, because the disk
    was full or the power went, is passed on by the next :meth:`catch_up`.

    Args:
        database: The session's.
        store: Where it goes.
        said_of: Gives what a model said of an attribute, from what the session keeps of all: see
            :meth:`fashionlens_gui.session.rows.RowCodec.attribute`.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        store: CorrectionStore,
        said_of: Callable[[int | None, bytes | None, str], AttributeTag | None],
    ) -> None:
        self._database, self._store, self._said_of = database, store, said_of
        self._session = self._own_name()

    def newest(self, step: int) -> None:
        """Something was said, taken back or brought back: ``step``. What goes wrong is logged and made good later."""
        try:
            found = self._database.execute(f"{_STEPS} WHERE id = ?", (step,)).fetchone()
            self._pass_on(found, self._store.state(self._session, step))
        except FashionLensError as error:
            _log.warning("Step %d is not kept yet: %s %s", step, messages.sentence(error), error.detail)

    def catch_up(self) -> None:
        """Pass on everything that the store does not have yet, and wait until it is on the disk.

        Raises:
            SaveError: It could not be written.
        """
        known = self._store.states(self._session)
        for found in self._database.execute(f"{_STEPS} ORDER BY id").fetchall():
            if known.get(found[0]) != bool(found[5]):
                self._pass_on(found, known.get(found[0]))
        self._store.settle()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _pass_on(self, found: tuple[int, str, str, str, str, int], known: bool | None) -> None:
        step, attribute, value, who, when, undone = found
        if known is None:
            act = Act(self._session, step, attribute, value, who, when, bool(undone))
            self._store.add(act, self._photos(step, attribute))
        self._store.mark(self._session, step, bool(undone))

    def _photos(self, step: int, attribute: str) -> list[ModelSaid]:
        if attribute == CATEGORY:
            return [
                ModelSaid(path, digest, model, category, confidence)
                for path, digest, model, category, confidence in self._database.execute(_PHOTOS, (step,))
            ]
        photos = []
        for path, digest, model, kinds, packed in self._database.execute(_PHOTOS_OF_ATTRIBUTE, (step,)):
            said = self._said_of(kinds, packed, attribute)
            value, confidence = ("", None) if said is None else (said.value, said.confidence)
            photos.append(ModelSaid(path, digest, model, value, confidence))
        return photos

    def _own_name(self) -> str:
        """Which session this is, for as long as its file lives."""
        found = self._database.execute("SELECT value FROM choices WHERE name = ?", (_NAME,)).fetchone()
        if found is not None:
            return str(found[0])
        name = json.dumps(uuid.uuid4().hex)
        self._database.execute("INSERT INTO choices VALUES (?, ?)", (_NAME, name))
        return name
