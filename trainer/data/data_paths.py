"""Names of the data sets, and the folders where they are looked for. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FASHION_MNIST = "fashion-mnist"
PRODUCTS = "products"


@dataclass(frozen=True, slots=True)
class DataPaths:
    """Where data sets are looked for, and where they are unpacked.

    Attributes:
        search: Folders to look in, first match wins.
        store: Writable folder.
        taxonomy: Folder of the taxonomy, which the product photos need.
        backbones: Folder of the weights of :data:`trainer.networks.names.BUNDLED_BACKBONES`.
    """

    search: tuple[Path, ...]
    store: Path
    taxonomy: Path | None = None
    backbones: Path | None = None
