"""How long the table of a watched folder takes to be written anew: ``dev.py bench running_csv``.

The peer is the same table written from rows that are in memory already: what is above it is the catalogue's share.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files import watched_folders
from fashionlens_gui.catalogue.files.watched_folders import FolderRule
from fashionlens_gui.tagging.csv_export import write_csv
from fashionlens_gui.watching.running_csv import RunningCsv
from tests.catalogue.catalogue_rows import add, item


def main() -> None:
    """Write the tables of 2,000 and 20,000 photos."""
    with tempfile.TemporaryDirectory() as made, Catalogue(Path(made) / "catalogue.sqlite", write=True) as catalogue:
        table = Path(made) / "tags.csv"
        rule = watched_folders.set_rule(catalogue, FolderRule(Path("/photos"), csv=table))
        have = 0
        for count in (2_000, 20_000):
            watched_folders.add_to_rule(
                catalogue, rule, add(catalogue, *(item(f"{n}.jpg") for n in range(have, count)))
            )
            have = count
            running = RunningCsv(catalogue, table, [rule])
            began = time.perf_counter()
            running.write()
            seconds = time.perf_counter() - began
            tags = list(catalogue.tags(watched_folders.photos_of_csv(catalogue, table)).values())
            began = time.perf_counter()
            write_csv(tags, table)
            peer = time.perf_counter() - began
            print(f"{count:,} photos: {seconds:.2f} s, of which {peer:.2f} s are the table itself")


if __name__ == "__main__":
    main()
