"""Which model predicted, by which a later run knows its answers."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.errors import ModelFileError, os_reason
from trainer.model_files.metadata import program_version

if TYPE_CHECKING:
    from trainer.inference.prediction import PhotoPredictor


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """What predicted: another one of any part may predict something else.

    Attributes:
        name: Of the model.
        fingerprint: BLAKE2b of its file, hex; empty when unknown, as the other texts.
        version: Of FashionLens.
        runtime: ``onnx`` or ``torch``.
        precision: ``float32`` or ``int8``.
    """

    name: str
    fingerprint: str = ""
    version: str = ""
    runtime: str = ""
    precision: str = ""

    def number(self, database: sqlite3.Connection) -> int | None:
        """Its id in a catalogue; None when nothing was tagged with it."""
        found = database.execute(
            "SELECT id FROM models WHERE (name, fingerprint, version, runtime, precision) = (?, ?, ?, ?, ?)",
            self._columns,
        ).fetchone()
        return None if found is None else int(found[0])

    def add_to(self, database: sqlite3.Connection) -> int:
        """Its id, which it gets when it is new, in the transaction that is open."""
        database.execute(
            "INSERT OR IGNORE INTO models (name, fingerprint, version, runtime, precision) VALUES (?, ?, ?, ?, ?)",
            self._columns,
        )
        number = self.number(database)
        assert number is not None
        return number

    @property
    def _columns(self) -> tuple[str, ...]:
        return self.name, self.fingerprint, self.version, self.runtime, self.precision


def identity_of(model: Path, predictor: PhotoPredictor) -> ModelIdentity:
    """What predicts. Reads the model file.

    Raises:
        ModelFileError: It cannot be read.
    """
    return ModelIdentity(
        predictor.metadata.name, fingerprint_of(model), program_version(), predictor.runtime, predictor.precision
    )


def fingerprint_of(model: Path) -> str:
    """As :attr:`ModelIdentity.fingerprint`. Raises ModelFileError: it cannot be read."""
    try:
        return hashlib.blake2b(model.read_bytes(), digest_size=16).hexdigest()
    except FileNotFoundError as error:
        raise ModelFileError("model_file_missing", file=str(model)) from error
    except OSError as error:
        raise ModelFileError("model_file_unreadable", repr(error), name=str(model), reason=os_reason(error)) from error
