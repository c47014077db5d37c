"""Embeddings of few numbers, for stores of many photos."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def shortened(embedding_D: np.ndarray, most: int) -> np.ndarray:
    """An embedding with at most ``most`` numbers, of length 1 where a longer one was projected.

    Longer ones are multiplied by a fixed matrix of random signs, which nearly keeps the cosine of two photos
    (Achlioptas 2003, Database-friendly random projections): its error has a standard deviation of about
    ``1 / sqrt(most)``. Embeddings of one model stay comparable, on every computer.
    """
    if len(embedding_D) <= most:
        return embedding_D
    short_M: np.ndarray = embedding_D.astype(np.float32) @ _signs(len(embedding_D), most)
    return short_M / np.maximum(np.linalg.norm(short_M), 1e-12)


@lru_cache(maxsize=4)
def _signs(numbers: int, most: int) -> np.ndarray:
    """float32 D×M of -1 and 1. The stream of RandomState never changes between versions of numpy."""
    return np.random.RandomState(0).randint(0, 2, (numbers, most)).astype(np.float32) * 2 - 1
