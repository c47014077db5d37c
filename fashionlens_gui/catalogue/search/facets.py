"""Facets: how many photos of a list have each value of each attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.id_sets import IdSet, read_ids
from fashionlens_gui.catalogue.own_columns import column_of
from fashionlens_gui.catalogue.query import Query, chosen_values, condition, counted
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

FACETS = ("status", *CATEGORY_AND_ATTRIBUTES)


def facets(catalogue: Catalogue, query: Query, names: Sequence[str] = FACETS) -> dict[str, dict[str, int]]:
    """How many photos of a list have each value, by facet, most frequent first; an empty value: they have none.

    A facet counts as if none of its own values were chosen: what else could be chosen beside them stays in sight.

    Args:
        catalogue: Open.
        query: The list.
        names: Which to count: of :data:`FACETS`, or attributes that people defined, by name or code.

    Raises:
        ValueError: There is no such facet or attribute, or the colour is none.
    """
    others = replace(query, values={}, status=None, sort="arrival", descending=False)
    with catalogue.database.read() as database:
        columns = {name: name if name in FACETS else column_of(database, name) for name in names}
        chosen = chosen_values(database, query)
        matching: dict[str, IdSet] = {}
        for name, values in chosen.items():
            select = f"SELECT id FROM photos WHERE hidden_by IS NULL AND {name} IN ({', '.join('?' * len(values))})"
            matching[name] = IdSet.of(read_ids(database, select, values))
        if others != Query():
            where, parameters = condition(database, others)
            matching[""] = IdSet.of(read_ids(database, f"SELECT id FROM photos WHERE {where}", parameters))
        found = {}
        for name, column in columns.items():
            sets = [each for facet, each in matching.items() if facet != column]
            where, of_sets = reduce(IdSet.__and__, sets).condition() if sets else ("1", None)
            given = [] if of_sets is None else [of_sets]
            found[name] = counted(database, column, f"hidden_by IS NULL AND {where}", given)
    return found
