"""``python -m tests.drawn_photos FOLDER``: draw all sample photos into it."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.drawn_photos.collection import COLLECTION


def main() -> None:
    """Draw them all, and say how large each became."""
    parser = argparse.ArgumentParser(prog="python -m tests.drawn_photos", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to put the photos; made if it is not there")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for sample in COLLECTION:
        file = sample.save(folder)
        print(f"{file.stat().st_size / 1000:6.1f} kB  {file}")


if __name__ == "__main__":
    main()
