"""Paths of the bundled taxonomy and of the real data."""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
FOLDER = _ROOT / "resources" / "taxonomy"
DATA = Path(os.environ.get("FASHIONLENS_DATA", _ROOT / ".." / "shared" / "data"))
