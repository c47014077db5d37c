"""The files of the top-level ``resources/`` as a package: ``__path__`` names their folder.

This file is used in the repository and in the bundle, where ``resources/`` lies beside ``fashionlens_gui``. It is not
installed: pyproject.toml maps the package to ``resources/``, whose files are installed here instead, and Python sets
``__path__``.
"""

from pathlib import Path

__path__ = [str(Path(__file__).resolve().parents[2] / "resources")]
