"""In which order to look at a list of photos, so that what is said of them teaches the model most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainer.inference.active_learning import select_for_labelling

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session

_LAST = 2.0  # beyond every margin


def teaching_order(session: Session) -> np.ndarray:
    """All rows of a session, int64 (N,): those that teach most first, those with a person's word and errors last.

    Photos that another model tagged, or an older version of the program, come by their doubt alone.
    """
    rows = list(session.rows)
    margins_N = np.full(len(rows), _LAST)
    said_N = np.zeros(len(rows), bool)
    for row, tag in enumerate(rows):
        said_N[row] = tag.source == "user"
        if tag.confidence is not None and not said_N[row]:
            margins_N[row] = tag.confidence - (tag.second_confidence or 0.0)
    placed, embeddings_ND = session.embeddings()
    inside = placed < len(rows)  # others may have come meanwhile
    placed, embeddings_ND = placed[inside], embeddings_ND[inside]
    open_M = margins_N[placed] < _LAST
    asked = placed[open_M]
    order = select_for_labelling(margins_N[asked], embeddings_ND[open_M], embeddings_ND[said_N[placed]])
    first = asked[order]
    others = np.setdiff1d(np.argsort(margins_N, kind="stable"), first, assume_unique=True)
    others = others[np.argsort(margins_N[others], kind="stable")]
    return np.concatenate([first, others])
