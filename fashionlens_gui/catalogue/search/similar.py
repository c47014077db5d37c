"""Photos that are like one: of the same category and colours by the model's probabilities, then by embedding.

The likeness of two photos is::

    log(Σ p·p' of the category) + 0.15 · log(Σ p·p' of the colour) + 0.5 · cosine of the embeddings

The first sums are the probabilities that two independent draws agree. The weights were chosen on a part of the studio
training photos; ``tests/benchmarks/search.py`` measures the result on validation photos, beside the embedding alone,
raw pixels and colour histograms. Everything comes from the catalogue, for any model; only photos that the same model
tagged are compared. The search is exact, unless the catalogue has an index (:mod:`.similar_index`).
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.id_sets import IdSet, read_ids
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.prediction_columns import shortened_vector
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.search.compared_photos import COLOUR, ComparedPhotos, Key, Likeness, ReadPhotos
from fashionlens_gui.catalogue.search.similar_index import COLOUR_WEIGHT, EMBEDDING_WEIGHT, PhotoIndex, is_available
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled
from trainer.inference.prediction import Prediction, Ranking
from trainer.taxonomy import CATEGORY

_LEAST_CATEGORY, _LEAST_COLOUR = 1e-6, 1e-4  # added to the sums, whose logarithm is taken
_SPARE = 64  # photos that are looked up beyond those that were asked for, in case some are forgotten
CANDIDATES = 300  # of the index, at least, that are compared by the likeness itself
_MOST_CANDIDATES = 20_000  # of the index, in search of those that are in a list
_FEW_LISTED = 1_000  # photos of a list that are all compared
_ADDED_AT_ONCE = 5_000  # to the index
_MOST_OUTSIDE_INDEX = 20_000  # photos newer than the index, which are compared one by one
_AT_ONCE = 128  # photos that are compared with all others at once

MOST_EXACT = 200_000
"""Photos that are compared with all others; of more, an index is built."""

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


class SimilarPhotos:
    """Finds similar photos in a catalogue. Reads what is new at each search; usable from any thread, by one at a time.

    It keeps 1.3 kB of memory for each photo of the bundled model, and up to twice that while its arrays grow.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._all = ReadPhotos()
        self._index: PhotoIndex | None = None
        self._since_index = ReadPhotos()

    def to_photo(self, photo: int, top: int = 10, query: Query | None = None) -> Similar:
        """The photos most like one of the catalogue, which is left out itself.

        Args:
            photo: Its id; one that could not be read is like none.
            top: How many at most.
            query: Only photos of this list; its order does not matter.
        """
        with self._lock:
            if (quickly := self._by_index_to_photo(photo, top, query)) is not None:
                return quickly
            self._read()
            key = self._all.key_of.get(photo)
            if key is None:
                return Similar(np.zeros(0, np.int64), np.zeros(0, np.float32))
            photos = self._all.models[key]
            return self._nearest(photos, photos.likeness(photos.rows[photo]), top, query, photo)

    def to_prediction(
        self, prediction: Prediction, model: ModelIdentity, top: int = 10, query: Query | None = None
    ) -> Similar:
        """The photos most like one that is in no catalogue, by what ``model`` predicts of it."""
        vector = shortened_vector(prediction.embedding)
        with self._lock:
            index = self._opened_index()
            if index is not None and index.key[:3] == (model.name, model.fingerprint, len(vector)):
                own = _likeness_of(prediction, vector, self._photos_since_index())
                if (quickly := self._by_index(index, own, top, query, 0)) is not None:
                    return quickly
            self._read()
            same = [
                photos
                for (name, fingerprint, size, _), photos in self._all.models.items()
                if (name, fingerprint, size) == (model.name, model.fingerprint, len(vector))
            ]
            found = [self._nearest(each, _likeness_of(prediction, vector, each), top, query, 0) for each in same]
        return _merged(found, top)

    def cosines(self, photo: int, others: np.ndarray) -> np.ndarray:
        """float32 (N,): the cosines of a photo's embedding with those of others, int64 (N,); -1 for other models."""
        with self._lock:
            self._read()
            found_N = np.full(len(others), -1, np.float32)
            key = self._all.key_of.get(photo)
            if key is not None:
                photos = self._all.models[key]
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
            for photos in self._all.models.values():
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
            if (index := self._opened_index()) is not None:
                return index.key[:2]
            self._read()
            sizes = {key: len(photos.rows) for key, photos in self._all.models.items() if photos.rows}
        return max(sizes, key=lambda key: sizes[key])[:2] if sizes else None

    @property
    def is_index_due(self) -> bool:
        """Whether the catalogue is so large, or has so many photos that its index lacks, that one should be built."""
        with self._lock:
            index = self._opened_index()
            with self._catalogue.database.read() as database:
                newest, count = database.execute("SELECT max(version), count(*) FROM embedding_versions").fetchone()
        lacks = count if index is None else newest - index.version
        return is_available() and count > MOST_EXACT and lacks > _MOST_OUTSIDE_INDEX

    def build_index(self, control: WorkControl) -> Generator[ProgressEvent, None, None]:
        """Build the index of the model that tagged most photos, or add to it what is new. Searches go on meanwhile.

        Raises:
            DataError: ``index_not_installed``.
            SaveError: It cannot be written; the one before is used.
            Cancelled: ``control`` was stopped; what was added is kept.
        """
        key, total = self._largest_model()
        if key is None:
            return
        index = PhotoIndex.of(self._catalogue.file, to_change=True)
        with self._catalogue.database.read() as database:
            newest = database.execute("SELECT max(version) FROM embedding_versions").fetchone()[0]
            if index is None or index.key != key or index.version > newest:
                photos = ReadPhotos().of(key, database)
                index = PhotoIndex.new(key, photos.category_NC.shape[1], photos.colour_NL.shape[1])
        done, before = len(index), index.version
        more = True
        while more and not control.stopped:
            yield ProgressEvent("building_index", min(done, total), total)
            control.wait_while_paused()
            read = ReadPhotos(index.version)
            with self._catalogue.database.read() as database:
                more = read.read_new(database, _ADDED_AT_ONCE)
                some = read.of(key, database)
            used = slice(some.used)
            if some.used:
                index.add(some.ids_N[used], some.category_NC[used], some.colour_NL[used], some.embedding_ND[used])
            index.version = read.version
            done += some.used
        if index.version > before:
            index.save(self._catalogue.file)
            with self._lock:
                self._index = None
        if control.stopped:
            raise Cancelled

    def _largest_model(self) -> tuple[Key | None, int]:
        """The key with most photos, and how many."""
        with self._catalogue.database.read() as database:
            row = database.execute(
                "SELECT m.name, m.fingerprint, length(vector) / 2, ifnull(label_set, 0), count(*) FROM embeddings e "
                "JOIN predictions p ON p.photo = e.photo JOIN models m ON m.id = p.model GROUP BY 1, 2, 3, 4 "
                "ORDER BY 5 DESC LIMIT 1"
            ).fetchone()
        return (None, 0) if row is None else (row[:4], row[4])

    def _opened_index(self) -> PhotoIndex | None:
        if self._index is None and (index := PhotoIndex.of(self._catalogue.file)) is not None:
            with self._catalogue.database.read() as database:
                newest = database.execute("SELECT ifnull(max(version), 0) FROM embedding_versions").fetchone()[0]
            if index.version <= newest:  # else it is of a catalogue that was there before this one
                self._index, self._since_index = index, ReadPhotos(index.version)
        return self._index

    def _photos_since_index(self) -> ComparedPhotos:
        assert self._index is not None
        with self._catalogue.database.read() as database:
            self._since_index.read_new(database)
            return self._since_index.of(self._index.key, database)

    def _by_index_to_photo(self, photo: int, top: int, query: Query | None) -> Similar | None:
        index = self._opened_index()
        if index is None:
            return None
        own = ReadPhotos()
        with self._catalogue.database.read() as database:
            own.read(database, [photo])
        if own.key_of.get(photo) != index.key:
            return None
        return self._by_index(index, own.models[index.key].likeness(0), top, query, photo)

    def _by_index(
        self, index: PhotoIndex, own: Likeness, top: int, query: Query | None, left_out: int
    ) -> Similar | None:
        """The nearest of the index and of the photos that are newer; None when only comparing all gives enough."""
        newer = self._photos_since_index()
        most = max(CANDIDATES, 2 * top)
        listed = None if query is None else find(self._catalogue, query)
        if listed is not None and len(listed) <= _FEW_LISTED:
            ids_K = listed
        else:
            share = 1.0 if listed is None else len(listed) / max(len(index), 1)
            ids_K = index.candidates(own, min(int(most / share), _MOST_CANDIDATES))
            seen_K = self._in_sight(ids_K) if listed is None else IdSet.of(listed).has(ids_K)
            if len(ids_K) < len(index) and seen_K.sum() <= top:
                return None
            ids_K = ids_K[seen_K][:most]
        with self._catalogue.database.read() as database:
            read = ReadPhotos()
            read.read(database, (id_ for id_ in ids_K.tolist() if id_ not in self._since_index.key_of))
            old = read.of(index.key, database)
        found = [self._nearest(old, own, top, None, left_out)]
        if newer.rows:
            found.append(self._nearest(newer, own, top, query, left_out))
        return _merged(found, top)

    def _nearest(self, photos: ComparedPhotos, own: Likeness, top: int, query: Query | None, left_out: int) -> Similar:
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
            self._all.read_new(database)


def _merged(found: list[Similar], top: int) -> Similar:
    ids = np.concatenate([np.zeros(0, np.int64), *(each.ids_K for each in found)])
    similarity = np.concatenate([np.zeros(0, np.float32), *(each.similarity_K for each in found)])
    order = np.argsort(-similarity, kind="stable")[:top]
    return Similar(ids[order], similarity[order])


def _of_classes(photos: ComparedPhotos, own: Likeness) -> np.ndarray:
    """float32 (N,): the part of the likeness that is of category and colour."""
    used = photos.used
    score_N = np.log(photos.category_NC[:used] @ own.category_C + np.float32(_LEAST_CATEGORY))
    score_N += COLOUR_WEIGHT * np.log(photos.colour_NL[:used] @ own.colour_L + np.float32(_LEAST_COLOUR))
    return score_N


def nearest_of(photos: ComparedPhotos, own: Likeness, top: int) -> Similar:
    """The most similar of some photos, all of which are compared."""
    return _best(photos, own, _of_classes(photos, own), top)


def _best(photos: ComparedPhotos, own: Likeness, score_N: np.ndarray, top: int) -> Similar:
    """The most similar of those whose score of the classes is finite."""
    top = min(top, int(np.isfinite(score_N).sum()))
    if top <= 0:
        return Similar(np.zeros(0, np.int64), np.zeros(0, np.float32))
    # What the embedding can add or take away brings in no other photo.
    least = np.partition(score_N, len(score_N) - top)[len(score_N) - top] - 2 * EMBEDDING_WEIGHT
    rows_M = np.flatnonzero(score_N >= least)
    cosine_M = photos.embedding_ND[rows_M].astype(np.float32) @ own.embedding_D
    # Of photos that are as like as the photo is to itself, and more typical, those of the same look come first.
    score_M = score_N[rows_M] + EMBEDDING_WEIGHT * cosine_M - _to_itself(own)
    best_K = np.lexsort((-np.where(score_M >= 0, cosine_M, 0), -np.minimum(score_M, 0)))[:top]
    similarity_K = np.exp(np.minimum(score_M[best_K], 0))
    return Similar(photos.ids_N[rows_M[best_K]], similarity_K.astype(np.float32))


def _of_each(
    photos: ComparedPhotos, rows_N: np.ndarray, same_N2: np.ndarray, top: int, control: WorkControl | None
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
        score_BN += COLOUR_WEIGHT * np.log(colour_NL[some] @ colour_NL.T + np.float32(_LEAST_COLOUR))
        cosine_BN = embedding_ND[some] @ embedding_ND.T
        score_BN += EMBEDDING_WEIGHT * cosine_BN
        same_BN = (same_N2[some, None, 0] == same_N2[:, 0]) | (same_N2[some, None, 1] == same_N2[:, 1])
        score_BN[same_BN | (cosine_BN >= NEAR_DUPLICATE)] = -np.inf
        best_BK = np.argpartition(-score_BN, count - 1, axis=1)[:, :count]
        for id_, score_N, best_K in zip(ids_N[some].tolist(), score_BN, best_BK, strict=True):
            order_K = best_K[np.argsort(-score_N[best_K], kind="stable")]
            yield id_, ids_N[order_K[np.isfinite(score_N[order_K])]]


def _to_itself(own: Likeness) -> float:
    category, colour = own.category_C @ own.category_C, own.colour_L @ own.colour_L
    classes = np.log(category + _LEAST_CATEGORY) + COLOUR_WEIGHT * np.log(colour + _LEAST_COLOUR)
    return float(classes + EMBEDDING_WEIGHT * (own.embedding_D @ own.embedding_D))


def _likeness_of(prediction: Prediction, vector_D: np.ndarray, photos: ComparedPhotos) -> Likeness:
    rankings: dict[str, Ranking] = {CATEGORY: prediction.category, **prediction.attributes}
    values = []
    for name in (CATEGORY, COLOUR):
        labels = photos.labels.get(name, ())
        known = dict(zip(rankings[name].labels, rankings[name].probabilities, strict=True)) if name in rankings else {}
        values.append(np.array([known.get(label, 0.0) for label in labels], np.float32))
    return Likeness(vector_D.astype(np.float32), *values)
