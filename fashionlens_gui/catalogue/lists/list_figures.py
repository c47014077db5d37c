"""Figures of a list: photos by status, category, model and what people did; which attributes have values."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, condition, models
from fashionlens_gui.tagging.tag import Status
from trainer.taxonomy import ATTRIBUTES


@dataclass(frozen=True, slots=True)
class ListFigures:
    """Figures of a list.

    Attributes:
        statuses: Photos by status, all statuses.
        corrected: Photos of which a person changed a value.
        confirmed: Photos of which a person confirmed all that they set.
        categories: Photos by category, without those that have none.
        models: Photos by the name of the model that tagged them, without those that could not be read.
        attributes: Those of ATTRIBUTES that some photo has a value of, in their order.
    """

    statuses: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    corrected: int = 0
    confirmed: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    attributes: tuple[str, ...] = ()

    @property
    def photos(self) -> int:
        return sum(self.statuses.values())


def list_figures(catalogue: Catalogue, query: Query) -> ListFigures:
    """Count the photos of a list."""
    with catalogue.database.read() as database:
        where, parameters = condition(database, query)
        statuses: Counter[str] = Counter()
        corrected: Counter[int | None] = Counter()
        categories: Counter[str] = Counter()
        for status, changed, category, count in database.execute(
            f"SELECT status, corrected, category, count(*) FROM photos WHERE {where} GROUP BY 1, 2, 3", parameters
        ):
            statuses[status] += count
            corrected[changed] += count
            categories[category] += count
        del categories[""]
        return ListFigures(
            {status: statuses[status] for status in Status},
            corrected[1],
            corrected[0],
            categories,
            Counter({name: count for name, count in models(catalogue, query).items() if name}),
            tuple(
                name
                for name in ATTRIBUTES
                if database.execute(
                    f"SELECT 1 FROM photos WHERE {name} > '' AND {where} LIMIT 1", parameters
                ).fetchone()
            ),
        )


def _some(database: sqlite3.Connection, where: str, parameters: Sequence[Any]) -> bool:
    return database.execute(f"SELECT 1 FROM photos WHERE {where} LIMIT 1", parameters).fetchone() is not None
