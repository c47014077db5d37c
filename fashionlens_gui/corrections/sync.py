"""Copies the corrections of a session to the corrections database, which outlives the session's list."""

from __future__ import annotations

import json
import logging
import sqlite3
import uuid
from collections.abc import Callable

from fashionlens_gui import messages
from fashionlens_gui.corrections.store import CorrectionEvent, CorrectionStore, ModelPrediction
from fashionlens_gui.tagging.attributes import AttributeTag
from trainer.errors import FashionLensError
from trainer.taxonomy import CATEGORY

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


class CorrectionSync:
    """Copies the steps of one session to a store.

    Until the session is cleared, its own database is authoritative: a step that could not be copied at once, because
    the disk was full or the power failed, is copied by the next :meth:`sync_all`.

    Args:
        database: Of the session.
        store: The target.
        model_attribute: The model's label of an attribute, from a row's columns ``attribute_set`` and ``attributes``;
            see :meth:`fashionlens_gui.session.rows.RowCodec.attribute`.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        store: CorrectionStore,
        model_attribute: Callable[[int | None, bytes | None, str], AttributeTag | None],
    ) -> None:
        self._database, self._store, self._model_attribute = database, store, model_attribute
        self._session = self._session_id()

    def sync_step(self, step: int) -> None:
        """Copy a step that was made, undone or redone. Errors are logged; :meth:`sync_all` tries again."""
        try:
            found = self._database.execute(f"{_STEPS} WHERE id = ?", (step,)).fetchone()
            self._copy(found, self._store.state(self._session, step))
        except FashionLensError as error:
            _log.warning("Step %d is not copied yet: %s %s", step, messages.sentence(error), error.detail)

    def sync_all(self) -> None:
        """Copy all steps that the store does not have, and wait until they are on the disk.

        Raises:
            SaveError: It could not be written.
        """
        known = self._store.states(self._session)
        for found in self._database.execute(f"{_STEPS} ORDER BY id").fetchall():
            if known.get(found[0]) != bool(found[5]):
                self._copy(found, known.get(found[0]))
        self._store.checkpoint()

    def close(self) -> None:
        self._store.close()

    def _copy(self, found: tuple[int, str, str, str, str, int], known: bool | None) -> None:
        step, attribute, value, who, when, undone = found
        if known is None:
            event = CorrectionEvent(self._session, step, attribute, value, who, when, bool(undone))
            self._store.add(event, self._photos(step, attribute))
        self._store.set_undone(self._session, step, bool(undone))

    def _photos(self, step: int, attribute: str) -> list[ModelPrediction]:
        if attribute == CATEGORY:
            return [
                ModelPrediction(path, digest, model, category, confidence)
                for path, digest, model, category, confidence in self._database.execute(_PHOTOS, (step,))
            ]
        photos = []
        for path, digest, model, kinds, packed in self._database.execute(_PHOTOS_OF_ATTRIBUTE, (step,)):
            label = self._model_attribute(kinds, packed, attribute)
            value, confidence = ("", None) if label is None else (label.value, label.confidence)
            photos.append(ModelPrediction(path, digest, model, value, confidence))
        return photos

    def _session_id(self) -> str:
        """A name of the session for the lifetime of its file."""
        found = self._database.execute("SELECT value FROM choices WHERE name = ?", (_NAME,)).fetchone()
        if found is not None:
            return str(found[0])
        name = json.dumps(uuid.uuid4().hex)
        self._database.execute("INSERT INTO choices VALUES (?, ?)", (_NAME, name))
        return name
