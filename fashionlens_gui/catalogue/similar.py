"""Photos that are like one: of the same category and colours by the model's probabilities, then by embedding.

The likeness of two photos is::

    log(Σ p·p' of the category) + 0.15 · log(Σ p·p' of the colour) + 0.5 · cosine of the embeddings

The first sums are the probabilities that two independent draws agree. The weights were chosen on a part of the studio
training photos; ``tests/benchmarks/search.py`` measures the result on validation photos, beside the embedding alone,
raw pixels and colour histograms. Everything comes from the catalogue, for any model; only photos that the same model
tagged are compared. The search is exact.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.id_sets import IdSet, read_ids
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.packed_attributes import AttributeLabels, stored_probabilities
from fashionlens_gui.catalogue.prediction_columns import shortened_vector
from fashionlens_gui.catalogue.query import Query, find
from trainer.control import WorkControl
from trainer.errors import Cancelled
from trainer.inference.prediction import Prediction, Ranking
from trainer.taxonomy import CATEGORY

_COLOUR = "colour"
_COLOUR_WEIGHT, _EMBEDDING_WEIGHT = 0.15, 0.5
_LEAST_CATEGORY, _LEAST_COLOUR = 1e-6, 1e-4  # added to the sums, whose logarithm is taken
_FIRST_ROWS = 1024
_SPARE = 64  # photos that are looked up beyond those that were asked for, in case some are forgotten
_AT_ONCE = 128  # photos that are compared with all others at once

_NEW = (
    "SELECT v.version, v.photo, vector, m.name, m.fingerprint, p.label_set, rankings FROM embedding_versions v "
    "JOIN embeddings e ON e.photo = v.photo JOIN predictions p ON p.photo = v.photo JOIN models m ON m.id = p.model "
    "WHERE v.version > ? ORDER BY v.version"
)


NEAR_DUPLICATE = 0.98
"""Photos whose embeddings have this cosine look the same, and are no recommendation for each other.

Of small copies of 240 studio validation photos (60×80 pixels), 99 % of those cropped by 5 %, 78 % of those scaled to
three quarters and 65 % of those saved as JPEG of quality 60 have it with their original; so have 12 % of all photos
with some other photo.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Similar:
    """The photos most like one, the most similar first.

    Attributes:
        ids_K: int64, of the photos.
        similarity_K: float32, [0, 1]; 1: as like as the photo is to itself.
    """

    ids_K: np.ndarray
    similarity_K: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What is compared of one photo: float32 embedding of length 1, probabilities by category and by colour."""

    embedding_D: np.ndarray
    category_C: np.ndarray
    colour_L: np.ndarray


_Key = tuple[str, str, int, int]  # name and fingerprint of the model, numbers of an embedding, label set


class _Photos:
    """The photos of one model, in arrays that grow."""

    def __init__(self, labels: AttributeLabels, dimensions: int) -> None:
        self.labels = dict(labels)
        self.rows: dict[int, int] = {}
        self.ids_N = np.zeros(0, np.int64)  # 0 where a photo was tagged again
        self.embedding_ND = np.zeros((0, dimensions), np.float16)
        self.category_NC = np.zeros((0, len(self.labels.get(CATEGORY, ()))), np.float32)
        self.colour_NL = np.zeros((0, len(self.labels.get(_COLOUR, ()))), np.float32)
        self.used = 0

    def add(self, photo: int, vector: bytes, probabilities: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
        if photo not in self.rows:
            self.rows[photo] = self.used
            self.used += 1
            if self.used > len(self.ids_N):
                self._grow()
        row = self.rows[photo]
        self.ids_N[row] = photo
        self.embedding_ND[row] = np.frombuffer(vector, "<f2")
        for name, values_NK in ((CATEGORY, self.category_NC), (_COLOUR, self.colour_NL)):
            if name in probabilities:
                numbers, values = probabilities[name]
                values_NK[row] = 0
                values_NK[row, numbers] = values

    def remove(self, photo: int) -> None:
        if (row := self.rows.pop(photo, None)) is not None:
            self.ids_N[row] = 0

    def likeness(self, row: int) -> Likeness:
        return Likeness(self.embedding_ND[row].astype(np.float32), self.category_NC[row], self.colour_NL[row])

    def _grow(self) -> None:
        size = max(_FIRST_ROWS, 2 * len(self.ids_N))
        for name in ("ids_N", "embedding_ND", "category_NC", "colour_NL"):
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)


class SimilarPhotos:
    """Finds similar photos in a catalogue. Reads what is new at each search; usable from any thread, by one at a time.

    It keeps 1.3 kB of memory for each photo of the bundled model, and up to twice that while its arrays grow.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._version = 0
        self._models: dict[_Key, _Photos] = {}
        self._key_of: dict[int, _Key] = {}
        self._label_sets: dict[int, AttributeLabels] = {}

    def to_photo(self, photo: int, top: int = 10, query: Query | None = None) -> Similar:
        """The photos most like one of the catalogue, which is left out itself.

        Args:
            photo: Its id; one that could not be read is like none.
            top: How many at most.
            query: Only photos of this list; its order does not matter.
        """
        with self._lock:
            self._read()
            key = self._key_of.get(photo)
            if key is None:
                return Similar(np.zeros(0, np.int64), np.zeros(0, np.float32))
            photos = self._models[key]
            return self._nearest(photos, photos.likeness(photos.rows[photo]), top, query, photo)

    def to_prediction(
        self, prediction: Prediction, model: ModelIdentity, top: int = 10, query: Query | None = None
    ) -> Similar:
        """The photos most like one that is in no catalogue, by what ``model`` predicts of it."""
        with self._lock:
            self._read()
            vector = shortened_vector(prediction.embedding)
            same = [
                photos
                for (name, fingerprint, size, _), photos in self._models.items()
                if (name, fingerprint, size) == (model.name, model.fingerprint, len(vector))
            ]
            found = [self._nearest(each, _likeness_of(prediction, vector, each), top, query, 0) for each in same]
        ids = np.concatenate([np.zeros(0, np.int64), *(each.ids_K for each in found)])
        similarity = np.concatenate([np.zeros(0, np.float32), *(each.similarity_K for each in found)])
        order = np.argsort(-similarity, kind="stable")[:top]
        return Similar(ids[order], similarity[order])

    def cosines(self, photo: int, others: np.ndarray) -> np.ndarray:
        """float32 (N,): the cosines of a photo's embedding with those of others, int64 (N,); -1 for other models."""
        with self._lock:
            self._read()
            found_N = np.full(len(others), -1, np.float32)
            key = self._key_of.get(photo)
            if key is not None:
                photos = self._models[key]
                own_D = photos.embedding_ND[photos.rows[photo]].astype(np.float32)
                rows = [(place, photos.rows[id_]) for place, id_ in enumerate(others.tolist()) if id_ in photos.rows]
                places, numbers = [place for place, _ in rows], [number for _, number in rows]
                found_N[places] = photos.embedding_ND[numbers].astype(np.float32) @ own_D
            return found_N

    def of_each(
        self, query: Query, top: int = 10, control: WorkControl | None = None
    ) -> Generator[tuple[int, np.ndarray], None, None]:
        """The photos most like each photo of a list, among those of the list: its id and int64 (K,) ids, K at most
        ``top``. What shows the same is left out: the photo itself, its duplicates, and photos of the same product.

        Raises:
            Cancelled: ``control`` was stopped.
        """
        listed = find(self._catalogue, query)
        with self._lock:
            self._read()
            for photos in self._models.values():
                rows_N = np.array([photos.rows[id_] for id_ in listed.tolist() if id_ in photos.rows], np.int64)
                if len(rows_N):
                    yield from _of_each(photos, rows_N, self._same(photos.ids_N[rows_N]), top, control)

    def _same(self, ids_N: np.ndarray) -> np.ndarray:
        """int64 N×2: numbers of the digest and of the product of each photo, which others with the same share."""
        is_found, parameter = IdSet.of(ids_N).condition()
        digests: dict[str, int] = {}
        found: dict[int, tuple[int, int]] = {}
        with self._catalogue.database.read() as database:
            for id_, digest, product in database.execute(
                f"SELECT id, digest, product FROM photos WHERE {is_found}", [parameter]
            ):
                found[id_] = digests.setdefault(digest or f"photo {id_}", len(digests)), product or -id_
        return np.array([found[id_] for id_ in ids_N.tolist()], np.int64)

    def main_model(self) -> tuple[str, str] | None:
        """Name and fingerprint of the model that tagged most photos; None in an empty catalogue."""
        with self._lock:
            self._read()
            sizes = {key: len(photos.rows) for key, photos in self._models.items() if photos.rows}
        return max(sizes, key=lambda key: sizes[key])[:2] if sizes else None

    def _nearest(self, photos: _Photos, own: Likeness, top: int, query: Query | None, left_out: int) -> Similar:
        used = photos.used
        ids_N = photos.ids_N[:used]
        score_N = _of_classes(photos, own)
        score_N[(ids_N == 0) | (ids_N == left_out)] = -np.inf
        if query is None:  # nearly all photos are in sight: only the best are looked up
            best = _best(photos, own, score_N, top + _SPARE)
            found = self._in_sight(best.ids_K)
            if found.sum() >= top or len(best.ids_K) < top + _SPARE:
                return Similar(best.ids_K[found][:top], best.similarity_K[found][:top])
        score_N[~IdSet.of(find(self._catalogue, query or Query())).has(ids_N)] = -np.inf
        return _best(photos, own, score_N, top)

    def _in_sight(self, ids_K: np.ndarray) -> np.ndarray:
        """Bool (K,): which of the photos are in lists."""
        is_found, parameter = IdSet.of(ids_K).condition()
        with self._catalogue.database.read() as database:
            shown = read_ids(database, f"SELECT id FROM photos WHERE hidden_by IS NULL AND {is_found}", [parameter])
        return IdSet.of(shown).has(ids_K)

    def _read(self) -> None:
        with self._catalogue.database.read() as database:
            for version, photo, vector, name, fingerprint, label_set, rankings in database.execute(
                _NEW, (self._version,)
            ):
                self._version = version
                key = (name, fingerprint, len(vector) // 2, label_set or 0)
                before = self._key_of.get(photo)
                if before not in (None, key):
                    self._models[before].remove(photo)
                labels = self._labels(database, label_set)
                if key not in self._models:
                    self._models[key] = _Photos(labels, key[2])
                probabilities = stored_probabilities(rankings, labels) if rankings else {}
                self._models[key].add(photo, vector, probabilities)
                self._key_of[photo] = key

    def _labels(self, database: sqlite3.Connection, label_set: int | None) -> AttributeLabels:
        if label_set is None:
            return ()
        if label_set not in self._label_sets:
            (text,) = database.execute("SELECT labels FROM label_sets WHERE id = ?", (label_set,)).fetchone()
            self._label_sets[label_set] = tuple((name, tuple(known)) for name, known in json.loads(text))
        return self._label_sets[label_set]


def _of_classes(photos: _Photos, own: Likeness) -> np.ndarray:
    """float32 (N,): the part of the likeness that is of category and colour."""
    used = photos.used
    score_N = np.log(photos.category_NC[:used] @ own.category_C + np.float32(_LEAST_CATEGORY))
    score_N += _COLOUR_WEIGHT * np.log(photos.colour_NL[:used] @ own.colour_L + np.float32(_LEAST_COLOUR))
    return score_N


def _best(photos: _Photos, own: Likeness, score_N: np.ndarray, top: int) -> Similar:
    """The most similar of those whose score of the classes is finite."""
    top = min(top, int(np.isfinite(score_N).sum()))
    if top <= 0:
        return Similar(np.zeros(0, np.int64), np.zeros(0, np.float32))
    # What the embedding can add or take away brings in no other photo.
    least = np.partition(score_N, len(score_N) - top)[len(score_N) - top] - 2 * _EMBEDDING_WEIGHT
    rows_M = np.flatnonzero(score_N >= least)
    cosine_M = photos.embedding_ND[rows_M].astype(np.float32) @ own.embedding_D
    # Of photos that are as like as the photo is to itself, and more typical, those of the same look come first.
    score_M = score_N[rows_M] + _EMBEDDING_WEIGHT * cosine_M - _to_itself(own)
    best_K = np.lexsort((-np.where(score_M >= 0, cosine_M, 0), -np.minimum(score_M, 0)))[:top]
    similarity_K = np.exp(np.minimum(score_M[best_K], 0))
    return Similar(photos.ids_N[rows_M[best_K]], similarity_K.astype(np.float32))


def _of_each(
    photos: _Photos, rows_N: np.ndarray, same_N2: np.ndarray, top: int, control: WorkControl | None
) -> Generator[tuple[int, np.ndarray], None, None]:
    """As :meth:`SimilarPhotos.of_each` for the rows of one model."""
    ids_N, category_NC, colour_NL = photos.ids_N[rows_N], photos.category_NC[rows_N], photos.colour_NL[rows_N]
    embedding_ND = photos.embedding_ND[rows_N].astype(np.float32)
    count = min(top, len(rows_N))
    for first in range(0, len(rows_N), _AT_ONCE):
        if control is not None:
            control.wait_while_paused()
            if control.stopped:
                raise Cancelled
        some = slice(first, first + _AT_ONCE)
        score_BN = np.log(category_NC[some] @ category_NC.T + np.float32(_LEAST_CATEGORY))
        score_BN += _COLOUR_WEIGHT * np.log(colour_NL[some] @ colour_NL.T + np.float32(_LEAST_COLOUR))
        cosine_BN = embedding_ND[some] @ embedding_ND.T
        score_BN += _EMBEDDING_WEIGHT * cosine_BN
        same_BN = (same_N2[some, None, 0] == same_N2[:, 0]) | (same_N2[some, None, 1] == same_N2[:, 1])
        score_BN[same_BN | (cosine_BN >= NEAR_DUPLICATE)] = -np.inf
        best_BK = np.argpartition(-score_BN, count - 1, axis=1)[:, :count]
        for id_, score_N, best_K in zip(ids_N[some].tolist(), score_BN, best_BK, strict=True):
            order_K = best_K[np.argsort(-score_N[best_K], kind="stable")]
            yield id_, ids_N[order_K[np.isfinite(score_N[order_K])]]


def _to_itself(own: Likeness) -> float:
    category, colour = own.category_C @ own.category_C, own.colour_L @ own.colour_L
    classes = np.log(category + _LEAST_CATEGORY) + _COLOUR_WEIGHT * np.log(colour + _LEAST_COLOUR)
    return float(classes + _EMBEDDING_WEIGHT * (own.embedding_D @ own.embedding_D))


def _likeness_of(prediction: Prediction, vector_D: np.ndarray, photos: _Photos) -> Likeness:
    rankings: dict[str, Ranking] = {CATEGORY: prediction.category, **prediction.attributes}
    values = []
    for name in (CATEGORY, _COLOUR):
        labels = photos.labels.get(name, ())
        known = dict(zip(rankings[name].labels, rankings[name].probabilities, strict=True)) if name in rankings else {}
        values.append(np.array([known.get(label, 0.0) for label in labels], np.float32))
    return Likeness(vector_D.astype(np.float32), *values)
