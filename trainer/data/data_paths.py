"""What the data sets are called, and the folders where they are looked for. No torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

FASHION_MNIST: Final = "fashion-mnist"
PRODUCTS: Final = "products"

Part = Literal["", "train", "validation", "test"]
Kind = Literal["own", "fashion-mnist", "products"]
_LEGACY_UPDATE = re.compile("([0-9][0-9,]{0,19}) corrected photos?")
_LEGACY_TEACHERS = ((", distilled from ", ""), (", and what ", " say of them"), (", and what ", " says of them"))
_LEGACY_NAMES: dict[str, Kind] = {"Fashion-MNIST": FASHION_MNIST, "Product and phone photos": PRODUCTS}


class DatasetInfo(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which photos these are: those that a model was trained on, or is evaluated on.

    Attributes:
        kind: ``own`` for photos of a folder or CSV file.
        name: Of own photos: the folder's or the file's; empty for the others.
        part: Which part of them; empty for all.
        teachers: The models that a network was distilled from.
        corrected_photos: Number of corrected photos that heads were refitted on.
    """

    kind: Kind = "own"
    name: str = ""
    part: Part = ""
    teachers: tuple[str, ...] = ()
    corrected_photos: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0

    @staticmethod
    def from_legacy_text(text: str) -> DatasetInfo:
        """The photos in model files of version 0.1, which hold a text for people."""
        base, _, count = text.rpartition(", and ")
        update = _LEGACY_UPDATE.fullmatch(count)
        text = base if update else text
        teachers: list[str] = []
        for start, end in _LEGACY_TEACHERS:
            base, _, names = text.partition(start)
            if names and names.endswith(end):
                text, teachers = base, names.removesuffix(end).split(" and ")
                break
        kind = _LEGACY_NAMES.get(text, "own")
        corrected_photos = int(update[1].replace(",", "")) if update else 0
        return DatasetInfo(kind, text if kind == "own" else "", "", tuple(teachers), corrected_photos)


@dataclass(frozen=True, slots=True)
class DataPaths:
    """Where data sets are looked for, and where they are unpacked.

    Attributes:
        search: Folders to look in, first match wins.
        store: Writable folder.
        taxonomy: Folder of the taxonomy, which the product photos need.
        graphs: Folders of ONNX graphs of backbones; new ones are written to the first.
        backbones: Folder of the weights of :data:`trainer.networks.names.BUNDLED_BACKBONES`.
    """

    search: tuple[Path, ...]
    store: Path
    taxonomy: Path | None = None
    backbones: Path | None = None
    graphs: tuple[Path, ...] = ()
