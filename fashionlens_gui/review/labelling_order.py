"""The order of photos in which correcting them improves the model most (active learning)."""

from __future__ import annotations

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, embeddings_of
from fashionlens_gui.catalogue.search.uncertainty import Margins, margins
from trainer.inference.active_learning import CANDIDATES, CHOSEN, KNOWN, group_alike, select_for_labelling


def labelling_order(catalogue: Catalogue, query: Query) -> np.ndarray:
    """The ids of all photos of a list, int64 (N,), most useful first; those that the user set and errors last.

    The first :data:`trainer.inference.active_learning.CHOSEN` differ from each other; the others follow by margin.
    """
    found = margins(catalogue, query)
    return found.ids_N[_order(catalogue, found)]


def review_order(catalogue: Catalogue, query: Query) -> np.ndarray:
    """The same ids, int64 (N,): those that need review come first, those of one category close together."""
    found = margins(catalogue, query)
    order_N = _order(catalogue, found)
    number_of = {category: number for number, category in enumerate(dict.fromkeys(found.categories))}
    labels_N = np.array([number_of[category] for category in found.categories], np.int64)
    unsure_N = found.needs_review_N[order_N]
    return found.ids_N[np.concatenate([group_alike(order_N[unsure_N], labels_N), order_N[~unsure_N]])]


def _order(catalogue: Catalogue, found: Margins) -> np.ndarray:
    """Places in the list, most useful first. Reads the embeddings of candidates and of newly labelled photos alone."""
    by_margin_N = np.argsort(found.margins_N, kind="stable")  # NaN last
    candidates = by_margin_N[~np.isnan(found.margins_N[by_margin_N])][:CANDIDATES]
    known = np.flatnonzero(found.by_user_N)[-KNOWN:]
    ids, embeddings_MD = embeddings_of(catalogue, found.ids_N[np.concatenate([candidates, known])])
    place_of = {id_: place for place, id_ in enumerate(ids.tolist())}

    def with_embeddings(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        those = np.array([place for place in places.tolist() if int(found.ids_N[place]) in place_of], np.int64)
        rows = [place_of[int(found.ids_N[place])] for place in those.tolist()]
        return those, embeddings_MD[rows].astype(np.float32)

    asked, asked_MD = with_embeddings(candidates)
    _, known_MD = with_embeddings(known)
    first = asked[select_for_labelling(found.margins_N[asked], asked_MD, known_MD)[:CHOSEN]]
    return np.concatenate([first, by_margin_N[~np.isin(by_margin_N, first)]])
