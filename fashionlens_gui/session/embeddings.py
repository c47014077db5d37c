"""Embeddings of a list's photos, from the model that tagged most of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np

from fashionlens_gui.session.rows import RowCodec

_ROWS_AT_ONCE = 2_000


def read(codec: RowCodec, ids: Sequence[int], lock: threading.RLock) -> tuple[np.ndarray, np.ndarray]:
    """Read the embeddings.

    Args:
        codec: Reads the database.
        ids: Of all photos, ascending; a photo's row is its index here.
        lock: Of the database. Released between batches, so that corrections do not wait.

    Returns:
        Rows, int64 (n,) ascending, and their embeddings, float32 n×D, L2-normalised. Rows of other models, of photos
        that could not be read, and of lists from before version 3 of the file are left out.
    """
    found: list[tuple[int, str, bytes]] = []
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        with lock:
            some = ids[start : start + _ROWS_AT_ONCE]
            found += codec.embeddings(some[0], some[-1]) if some else ()
    kinds = Counter((model, len(vector)) for _, model, vector in found)
    if not kinds:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    wanted = kinds.most_common(1)[0][0]
    kept = [(id_, vector) for id_, model, vector in found if (model, len(vector)) == wanted]
    rows = np.searchsorted(np.array(ids, np.int64), [id_ for id_, _ in kept])
    vectors = np.frombuffer(b"".join(vector for _, vector in kept), "<f2").reshape(len(kept), -1)
    return rows, vectors.astype(np.float32)
