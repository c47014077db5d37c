"""The order of photos in which correcting them improves the model most (active learning)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fashionlens_gui.tagging.tag import Status
from trainer.inference.active_learning import group_alike, select_for_labelling

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session

_LAST = 2.0  # greater than every margin


def labelling_order(session: Session) -> np.ndarray:
    """All rows of a session, int64 (N,), most useful first; rows that the user set and errors last.

    Photos without an embedding of the model in use are ordered by their margin alone.
    """
    rows = list(session.rows)
    margins_N = np.full(len(rows), _LAST)
    user_N = np.zeros(len(rows), bool)
    for row, tag in enumerate(rows):
        user_N[row] = tag.source == "user"
        if tag.confidence is not None and not user_N[row]:
            margins_N[row] = tag.confidence - (tag.second_confidence or 0.0)
    placed, embeddings_ND = session.embeddings()
    inside = placed < len(rows)  # others may have come meanwhile
    placed, embeddings_ND = placed[inside], embeddings_ND[inside]
    open_M = margins_N[placed] < _LAST
    asked = placed[open_M]
    order = select_for_labelling(margins_N[asked], embeddings_ND[open_M], embeddings_ND[user_N[placed]])
    first = asked[order]
    others = np.setdiff1d(np.argsort(margins_N, kind="stable"), first, assume_unique=True)
    others = others[np.argsort(margins_N[others], kind="stable")]
    return np.concatenate([first, others])


def review_order(session: Session) -> np.ndarray:
    """All rows, int64 (N,): those that need review first, as :func:`labelling_order` has them, alike ones together."""
    order, tags = labelling_order(session), list(session.rows)
    order = order[order < len(tags)]  # the list may have been cleared meanwhile
    unsure_N = np.array([tag.status is Status.NEEDS_REVIEW for tag in tags], bool)
    number_of = {category: number for number, category in enumerate(dict.fromkeys(tag.category for tag in tags))}
    labels_N = np.array([number_of[tag.category] for tag in tags], np.int64)
    first = order[unsure_N[order]]
    return np.concatenate([group_alike(first, labels_N), order[~unsure_N[order]]])
