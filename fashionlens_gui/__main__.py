"""``python -m fashionlens_gui``, and where the frozen application starts."""

from __future__ import annotations

import sys

from fashionlens_gui.cli import main

if __name__ == "__main__":
    sys.exit(main())
