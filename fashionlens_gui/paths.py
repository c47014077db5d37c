"""Paths: the user's own files, the program's resources, the data sets. No Qt, no torch."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

from fashionlens_gui import resources
from trainer.data.data_paths import DataPaths

_HOME_VARIABLE = "FASHIONLENS_HOME"
_DATA_VARIABLE = "FASHIONLENS_DATA"


def home() -> Path:
    """The user's FashionLens folder: ``FASHIONLENS_HOME``, else the platform's place for application data."""
    chosen = os.environ.get(_HOME_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_data_path("FashionLens", appauthor=False)


def models_dir() -> Path:
    """Models that the user trained."""
    return home() / "models"


def runs_dir() -> Path:
    """Checkpoints of training runs."""
    return home() / "runs"


def run_history_dir() -> Path:
    """A small record of every training run."""
    return runs_dir() / "history"


def datasets_dir() -> Path:
    """Unpacked data sets, and the place where the user may put downloaded ones."""
    return home() / "datasets"


def session_file() -> Path:
    """The tagging session that the window brings back."""
    return home() / "session.sqlite"


def corrections_file() -> Path:
    """What people said of photos, kept when lists are cleared; models are improved with it."""
    return home() / "corrections.sqlite"


def decisions_file(source: Path) -> Path:
    """What was decided of doubtful photos in this folder or list; see :mod:`trainer.data.decisions`."""
    name = hashlib.blake2b(os.fsencode(os.path.abspath(source)), digest_size=16).hexdigest()
    return home() / "decisions" / f"{name}.json"


def settings_file() -> Path:
    """The user's settings."""
    return home() / "settings.json"


def log_file() -> Path:
    """What went wrong, for support."""
    return home() / "fashionlens.log"


def resources_dir() -> Path:
    """Weights, icons and samples that come with the program."""
    return Path(resources.__path__[0])


def bundled_models_dir() -> Path:
    """Models that come with the program."""
    return resources_dir() / "models"


def icons_dir() -> Path:
    """SVG icons."""
    return resources_dir() / "icons"


def taxonomy_dir() -> Path:
    """What products can be called; see :mod:`trainer.taxonomy`."""
    return resources_dir() / "taxonomy"


def report_dir() -> Path:
    """The page that an evaluation is handed on as; see :mod:`trainer.evaluation.report.html`."""
    return resources_dir() / "report"


def samples_dir() -> Path:
    """Drawn sample photos."""
    return resources_dir() / "samples"


def model_folders() -> tuple[Path, ...]:
    """Where models are looked for; the user's own come first."""
    return models_dir(), bundled_models_dir()


def data_paths(chosen: str = "") -> DataPaths:
    """Data sets are looked for in the user's choice, ``FASHIONLENS_DATA`` and the application's own folder."""
    folders = [chosen, os.environ.get(_DATA_VARIABLE, ""), str(datasets_dir())]
    return DataPaths(tuple(Path(folder) for folder in folders if folder), datasets_dir(), taxonomy_dir())
