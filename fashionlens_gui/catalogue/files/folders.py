"""How many photos of a list are in each folder."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, condition

_SEPARATOR = os.fsencode(os.sep)


def folders(catalogue: Catalogue, query: Query) -> dict[Path, int]:
    """The folders that photos of a list are in, those with most photos first.

    As with other facets, the folders that the query itself names do not count: what else could be chosen beside them
    stays in sight.
    """
    with catalogue.database.read() as database:
        where, parameters = condition(database, replace(query, below=(), sort="arrival", descending=False))
        paths = database.execute(f"SELECT path FROM photos WHERE {where}", parameters)
        found = Counter(path.rpartition(_SEPARATOR)[0] for (path,) in paths)
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return {Path(os.fsdecode(folder or _SEPARATOR)): count for folder, count in ordered}
