"""A decoder that ends its process at one file."""

from __future__ import annotations

import os
from pathlib import Path


def crash(path: Path) -> None:
    """End the process at ``crashes.jpg``, as a fault in a decoder does."""
    if path.stem == "crashes":
        os._exit(11)
