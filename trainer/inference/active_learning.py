"""Active learning: selects the photos whose labels would improve a model most. NumPy only.

Margin sampling (Scheffer et al. 2001) prefers photos where the model hesitates between two categories, but ten photos
of one garment are worth little more than one. So photos are selected one by one by farthest-first traversal (Gonzalez
1985; for networks Sener and Savarese 2018, arXiv:1708.00489), each distance weighted by one minus the margin.
"""

from __future__ import annotations

import numpy as np

CHOSEN = 200
"""So many are selected one by one, enough for one session of labelling. The others follow by margin alone."""

TOGETHER = 20
"""Of so many consecutive photos, alike ones follow each other."""

CANDIDATES = 2_000
"""So many photos with the smallest margins are those that they are selected from."""

KNOWN = 1_000
"""The selection keeps away from so many of the newest labelled photos."""


def select_for_labelling(margins_N: np.ndarray, embeddings_ND: np.ndarray, known_MD: np.ndarray) -> np.ndarray:
    """Indices of all photos, int64 (N,), the most useful to label first.

    10,000 photos of 384 numbers take a fraction of a second.

    Args:
        margins_N: Probability of the first choice minus that of the second, [0, 1].
        embeddings_ND: float32, L2-normalised.
        known_MD: Embeddings of photos that are labelled already, the newest last; M may be 0.
    """
    by_doubt = np.argsort(margins_N, kind="stable")
    candidates = by_doubt[:CANDIDATES]
    among_CD, doubts_C = embeddings_ND[candidates], 1.0 - margins_N[candidates]
    # Twice one minus the cosine: the squared distance of what is normalised, at most 4 and far for a first photo.
    distances_C = np.full(len(candidates), 4.0, np.float32)
    if len(known_MD):
        distances_C = np.minimum(distances_C, 2.0 - 2.0 * (among_CD @ known_MD[-KNOWN:].T).max(axis=1))
    places: list[int] = []
    for _ in range(min(CHOSEN, len(candidates))):
        worth_C = doubts_C * np.sqrt(np.maximum(distances_C, 0.0))
        worth_C[places] = -1.0
        place = int(worth_C.argmax())
        places.append(place)
        distances_C = np.minimum(distances_C, 2.0 - 2.0 * (among_CD @ among_CD[place]))
    chosen = candidates[places]
    rest = np.ones(len(margins_N), bool)
    rest[chosen] = False
    return np.concatenate([chosen, by_doubt[rest[by_doubt]]]).astype(np.int64)


def group_alike(order_N: np.ndarray, labels_N: np.ndarray) -> np.ndarray:
    """The same order in blocks of :data:`TOGETHER` photos, in each of which photos with one label follow each other.

    People decide faster about alike photos; who stops early still labels many kinds.

    Args:
        order_N: Indices of all photos, int64.
        labels_N: The predicted label of each photo, integers.
    """
    blocks = [order_N[:0]]
    for start in range(0, len(order_N), TOGETHER):
        block = order_N[start : start + TOGETHER]
        _, first, place = np.unique(labels_N[block], return_index=True, return_inverse=True)
        blocks.append(block[np.argsort(first[place], kind="stable")])
    return np.concatenate(blocks)
