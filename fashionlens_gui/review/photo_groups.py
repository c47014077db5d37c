"""Groups of photos that look alike and would get the same answer, so that one key answers for all of them.

The two sizes were chosen with ``python -m tests.benchmarks.review_actions --half even``, where 24 to 40 photos and 8 or
12 of a value were tried: they need the fewest key presses on phone photos and for Google categories.
"""

from __future__ import annotations

import numpy as np

MOST_IN_A_GROUP = 32
"""So many photos are shown at a time, without scrolling."""

FEWEST_OF_A_VALUE = 12
"""Values that fewer photos have share a group, each photo with its own value."""


def group_photos(probabilities_NK: np.ndarray, embeddings_ND: np.ndarray) -> list[np.ndarray]:
    """All photos in groups: each int64 (n,), at most :data:`MOST_IN_A_GROUP`, indices of the photos.

    A photo's value is its most probable one. A group begins with the surest photo of a value that is left. Photos with
    the same second choice follow, then the others of that value, the nearest in embedding first. Values with few
    photos share groups, similar values together. The group in which most photos are expected to be right comes first.

    Args:
        probabilities_NK: float32, [0, 1]; zero for values that are ruled out. Rows need not sum to 1.
        embeddings_ND: float32, L2-normalised; zeros where there is none.
    """
    if not len(probabilities_NK):
        return []
    shares_NK = probabilities_NK / np.maximum(probabilities_NK.sum(axis=1, keepdims=True), 1e-9)
    values_N, sure_N = shares_NK.argmax(axis=1), shares_NK.max(axis=1)
    np.put_along_axis(shares_NK, values_N[:, None], -1.0, axis=1)
    seconds_N = shares_NK.argmax(axis=1)
    groups, rare = [], []
    for value in np.unique(values_N):
        left = np.flatnonzero(values_N == value)
        if len(left) < FEWEST_OF_A_VALUE:
            rare.append(left)
            continue
        left = left[np.argsort(-sure_N[left], kind="stable")]
        while len(left):
            alike = embeddings_ND[left] @ embeddings_ND[left[0]] + 2.0 * (seconds_N[left] == seconds_N[left[0]])
            order = np.argsort(-alike, kind="stable")
            size = -(-len(left) // -(-len(left) // MOST_IN_A_GROUP))  # all groups of a value have about the same size
            groups.append(left[order[:size]])
            left = left[np.sort(order[size:])]
    groups += _shared(rare, embeddings_ND)
    return sorted(groups, key=lambda group: -float(sure_N[group].sum()))


def _shared(rare: list[np.ndarray], embeddings_ND: np.ndarray) -> list[np.ndarray]:
    """Groups of several values: from the most frequent one always to the value whose photos are nearest on average."""
    waiting = sorted(rare, key=lambda members: -len(members))
    groups: list[list[np.ndarray]] = []
    centre_D = np.zeros(embeddings_ND.shape[1], np.float32)
    while waiting:
        centres = [embeddings_ND[members].mean(axis=0) for members in waiting]
        nearest = int(np.argmax([centre @ centre_D for centre in centres]))
        centre_D, members = centres[nearest], waiting.pop(nearest)
        if not groups or sum(map(len, groups[-1])) + len(members) > MOST_IN_A_GROUP:
            groups.append([])
        groups[-1].append(members)
    return [np.concatenate(group) for group in groups]
