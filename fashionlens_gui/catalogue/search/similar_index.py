"""An index of the photos of one model on the disk, for catalogues that are too large to be compared as a whole.

The likeness of :mod:`fashionlens_gui.catalogue.search.similar` has logarithms, log x ≈ log x₀ + x / x₀ - 1 near the
largest x₀ that a sum can have. So a vector of a photo and one of the photo that is asked about have an inner product
that orders the most similar photos nearly as the likeness does::

    photo      (p of categories, √0.15 · p of colours, √0.5 · embedding, what is missing to a fixed length)
    asked      (p / max p, √0.15 · p / max p, √0.5 · embedding, 0)

usearch (HNSW: Malkov and Yashunin 2018, Efficient and robust approximate nearest neighbor search) finds a few hundred
candidates by it; the likeness itself ranks them. ``python -m tests.benchmarks.search --part index`` measures it.

The file is mapped, not read, can be made again at any time, and is never part of the catalogue. A small file beside it
says up to which embedding of the catalogue it goes.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from fashionlens_gui import paths
from fashionlens_gui.catalogue.search.compared_photos import Key, Likeness
from trainer.atomic_write import atomic_write
from trainer.errors import DataError

if TYPE_CHECKING:
    from usearch.index import Index

_log = logging.getLogger(__name__)

COLOUR_WEIGHT, EMBEDDING_WEIGHT = 0.15, 0.5
"""Of the likeness, see :mod:`fashionlens_gui.catalogue.search.similar`."""
_LENGTH_SQUARED = 1 + COLOUR_WEIGHT + EMBEDDING_WEIGHT  # at most, of the first three parts
_CONNECTIVITY, _COMPARED_ADDING, _COMPARED_SEARCHING = 16, 64, 2048
_FORMAT = 1


class _Extent(msgspec.Struct):
    """What the file of the index contains."""

    format: int
    file: str
    version: int  # of the newest embedding
    key: Key


def is_available() -> bool:
    """Whether usearch is installed, the extra ``index``."""
    return find_spec("usearch") is not None


class PhotoIndex:
    """The photos of one model, in a file or not yet.

    Attributes:
        key: Of the model.
        version: Of the newest embedding that is in it.
    """

    def __init__(self, key: Key, index: Index, version: int = 0) -> None:
        self.key = key
        self.version = version
        self._index = index

    def __len__(self) -> int:
        return len(self._index)

    @property
    def memory(self) -> int:
        """Bytes."""
        return int(self._index.memory_usage)

    @staticmethod
    def new(key: Key, categories: int, colours: int) -> PhotoIndex:
        """An empty one, for models with so many categories and colours. Raises DataError (``index_not_installed``)."""
        if not is_available():
            raise DataError("index_not_installed")
        from usearch.index import Index

        index = Index(
            ndim=categories + colours + key[2] + 1,
            metric="cos",
            dtype="i8",
            connectivity=_CONNECTIVITY,
            expansion_add=_COMPARED_ADDING,
        )
        return PhotoIndex(key, index)

    @staticmethod
    def of(catalogue: Path, to_change: bool = False) -> PhotoIndex | None:
        """The index of a catalogue; None where there is none that can be used.

        Args:
            catalogue: Its file.
            to_change: Read it into memory, so that photos can be added.
        """
        state = _extent_file(catalogue)
        if not state.exists() or not is_available():
            return None
        from usearch.index import Index

        try:
            extent = msgspec.json.decode(state.read_bytes(), type=_Extent)
            if extent.format != _FORMAT:
                return None
            # Without a table of the keys, which takes time for all photos, they can only be searched.
            file = state.with_name(extent.file)
            index = Index.restore(file, view=not to_change, enable_key_lookups=to_change)
            if index is None:
                raise ValueError("not an index")
        except (OSError, ValueError, RuntimeError, msgspec.DecodeError) as error:
            _log.warning("The index %s is not used: %r", state, error)
            return None
        index.expansion_add, index.expansion_search = _COMPARED_ADDING, _COMPARED_SEARCHING
        return PhotoIndex(extent.key, index, extent.version)

    def add(self, ids_N: np.ndarray, category_NC: np.ndarray, colour_NL: np.ndarray, embedding_ND: np.ndarray) -> None:
        """Add photos, or replace what is known of them.

        Args:
            ids_N: int64.
            category_NC: float32, probabilities.
            colour_NL: float32, probabilities.
            embedding_ND: float16 or float32, of length 1.
        """
        known_N = self._index.contains(ids_N)
        if known_N.any():
            self._index.remove(ids_N[known_N])
        parts = (category_NC, COLOUR_WEIGHT**0.5 * colour_NL, EMBEDDING_WEIGHT**0.5 * embedding_ND.astype(np.float32))
        vectors_NV = np.concatenate(parts, axis=1, dtype=np.float32)
        missing_N = np.sqrt(np.maximum(0, _LENGTH_SQUARED - np.square(vectors_NV).sum(axis=1)))
        self._index.add(ids_N.astype(np.uint64), np.column_stack([vectors_NV, missing_N]).astype(np.float32))

    def candidates(self, own: Likeness, most: int) -> np.ndarray:
        """Int64 (K,): ids of photos that may be the most like one, at most so many, the most likely first."""
        if not len(self):
            return np.zeros(0, np.int64)
        self._index.expansion_search = max(_COMPARED_SEARCHING, most)
        asked = np.concatenate(
            [
                _by_largest(own.category_C),
                COLOUR_WEIGHT**0.5 * _by_largest(own.colour_L),
                EMBEDDING_WEIGHT**0.5 * own.embedding_D,
                [0],
            ]
        )
        found: Any = self._index.search(asked.astype(np.float32), most, threads=1)
        return np.asarray(found.keys).astype(np.int64)

    def save(self, catalogue: Path) -> Path:
        """Write it as the index of a catalogue; the file. Raises SaveError: what was there is as it was."""
        state = _extent_file(catalogue)
        file = state.with_name(f"{state.stem}-{self.version}.usearch")  # a program may have the one before mapped
        with atomic_write(file, durable=False) as temporary:
            self._index.save(temporary)
        with atomic_write(state) as temporary:
            temporary.write_bytes(msgspec.json.encode(_Extent(_FORMAT, file.name, self.version, self.key)))
        for other in state.parent.glob(f"{state.stem}-*.usearch"):
            if other != file:
                with contextlib.suppress(OSError):
                    other.unlink()
        return file


def _by_largest(probabilities_K: np.ndarray) -> np.ndarray:
    return probabilities_K / max(float(probabilities_K.max(initial=0)), 1e-6)


def _extent_file(catalogue: Path) -> Path:
    name = hashlib.blake2b(os.fsencode(os.path.abspath(catalogue)), digest_size=16).hexdigest()
    return paths.similar_indexes_dir() / f"{name}.json"
