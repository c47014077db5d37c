"""Makes the graphs in ``resources/graphs`` of a model trained on the product photos.

    python -m tests.tools.export_graphs resources/models/products.safetensors

Calibrates int8 on training photos: of each part, studio and phone, every n-th. Graphs of other backbones stay.
"""

from __future__ import annotations

import argparse
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from fashionlens_gui import paths
from trainer.data.product_rows import read_rows
from trainer.inference import graph_export
from trainer.model_files.metadata import parse_metadata, read_header
from trainer.preprocessing import network_input

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_STUDIO, _PHONE = 256, 128


def training_photos(data: Path) -> Iterator[np.ndarray]:
    """uint8 H×W×3."""
    with zipfile.ZipFile(data / "products" / "images-60x80.zip") as archive:
        ids = [row.id for row in read_rows(data / "products" / "labels.csv", "train")]
        yield from read_photos(archive, [f"{ids[at]}.webp" for at in np.linspace(0, len(ids) - 1, _STUDIO).astype(int)])
    with zipfile.ZipFile(data / "phone" / "images.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("train/") and not name.endswith("/"))
        yield from read_photos(archive, [names[at] for at in np.linspace(0, len(names) - 1, _PHONE).astype(int)])


def read_photos(archive: zipfile.ZipFile, names: list[str]) -> Iterator[np.ndarray]:
    """Photos of an archive, uint8 H×W×3."""
    for name in names:
        yield np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))


def main() -> None:
    """Read the arguments, write the graphs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--out", type=Path, default=paths.resources_dir() / "graphs")
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    spec = parse_metadata(read_header(arguments.model, arguments.model.name)[0], arguments.model.name).input
    prepared = [network_input.prepare(pixels_HWC, spec) for pixels_HWC in training_photos(arguments.data)]
    graph_export.write_graphs(arguments.model, arguments.out, np.stack(prepared))
    for file in sorted(arguments.out.iterdir()):
        print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
