"""How well the colours measured from pixels agree with the catalogue's, and how long they take.

    python -m tests.benchmarks.pixel_colours

Takes the products' validation photos (nothing was tuned on them) from ``FASHIONLENS_DATA`` and compares the family of
the largest swatches with that of the labelled colour. ``Multi`` has no colour of its own and is left out; the metals
are counted once with and once without, since pixels show their greys and yellows, not their gloss, and no swatch is
ever called one.
"""

from __future__ import annotations

import csv
import io
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from fashionlens_gui import paths
from trainer.inference.colours import dominant_colours
from trainer.taxonomy import Colour, load

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_NO_COLOUR, _METALS = "Multi", "Metallic"


def photos(split: str) -> Iterator[tuple[str, np.ndarray]]:
    """(labelled baseColour, uint8 RGB H×W×3); 120×160 where there is detail, 60×80 otherwise."""
    with (
        zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large,
        zipfile.ZipFile(DATA / "products" / "images-60x80.zip") as small,
        (DATA / "products" / "labels.csv").open(encoding="utf-8", newline="") as table,
    ):
        detailed = {Path(name).name: name for name in large.namelist()}
        others = {Path(name).name: name for name in small.namelist()}
        for row in csv.DictReader(table):
            file = f"{row['id']}.webp"
            if row["split"] != split:
                continue
            if file in detailed:
                image = Image.open(io.BytesIO(large.read(detailed[file]))).convert("RGB")
                yield row["baseColour"], np.asarray(image.resize((120, 160), Image.Resampling.BOX))
            elif file in others:
                yield row["baseColour"], np.asarray(Image.open(io.BytesIO(small.read(others[file]))).convert("RGB"))


def main() -> None:
    """Print a line of agreement with and one without metals, and one of times."""
    palette = load(paths.resources_dir() / "taxonomy").colours
    of_label: dict[str, Colour] = {label: colour for colour in palette for label in colour.labels}
    family = {colour.name: colour.family for colour in palette}
    rows: list[tuple[Colour, list[str]]] = []
    detailed: list[np.ndarray] = []
    for label, pixels_HWC in photos("val"):
        colour = of_label.get(label)
        if colour is None or colour.family == _NO_COLOUR:
            continue
        rows.append((colour, [swatch.name for swatch in dominant_colours(pixels_HWC, palette)]))
        if len(pixels_HWC) == 160 and len(detailed) < 100:
            detailed.append(pixels_HWC)
    for title, counted in (
        ("all", rows),
        ("without metals", [row for row in rows if row[0].family != _METALS]),
    ):
        first = np.mean([colour.family in [family[name] for name in names[:1]] for colour, names in counted])
        two = np.mean([colour.family in [family[name] for name in names[:2]] for colour, names in counted])
        exact = np.mean([names[:1] == [colour.name] for colour, names in counted])
        print(
            f"products, validation, {title}: n {len(counted)}, family of the first swatch {first:.1%}, "
            f"of the first two {two:.1%}; same name {exact:.1%}"
        )
    rounds = [_milliseconds(detailed, palette) for _ in range(5)]
    print(f"120×160: {min(rounds):.2f} ms of one core's time a photo (least of {len(rounds)} rounds)")


def _milliseconds(photos_: list[np.ndarray], palette: tuple[Colour, ...]) -> float:
    """Processor time of this thread, so that what else the machine does counts little."""
    start = time.thread_time()
    for pixels_HWC in photos_:
        dominant_colours(pixels_HWC, palette)
    return (time.thread_time() - start) / max(1, len(photos_)) * 1000


if __name__ == "__main__":
    main()
