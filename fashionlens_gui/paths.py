"""Paths: the user's own files, the program's resources, the data sets. No Qt, no torch."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import platformdirs

from fashionlens_gui import resources
from trainer.data.data_paths import DataPaths

_HOME_VARIABLE = "FASHIONLENS_HOME"
_DATA_VARIABLE = "FASHIONLENS_DATA"
_LONGEST_ANSWER_SECONDS = 0.04


def home() -> Path:
    """The user's FashionLens folder: ``FASHIONLENS_HOME``, else the platform's place for application data."""
    chosen = os.environ.get(_HOME_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_data_path("FashionLens", appauthor=False)


def models_dir() -> Path:
    """The user's own models."""
    return home() / "models"


def runs_dir() -> Path:
    """Checkpoints of trainings."""
    return home() / "runs"


def run_history_dir() -> Path:
    """A record of every training."""
    return runs_dir() / "history"


def datasets_dir() -> Path:
    """Data sets that were unpacked, or put there by the user."""
    return home() / "datasets"


def session_file() -> Path:
    """The list of the Tag tab as earlier versions kept it; see :mod:`fashionlens_gui.catalogue.upkeep.take_over`."""
    return home() / "session.sqlite"


def corrections_file() -> Path:
    """The corrections as earlier versions kept them."""
    return home() / "corrections.sqlite"


def catalogue_file() -> Path:
    """The user's catalogue."""
    return home() / "catalogue.sqlite"


def thumbnails_dir() -> Path:
    """Small pictures of photos, which can be made again; see :mod:`fashionlens_gui.catalogue.files.thumbnails`."""
    return home() / "thumbnails"


def similar_indexes_dir() -> Path:
    """Indexes of similar photos, which can be made again; see :mod:`fashionlens_gui.catalogue.search.similar_index`."""
    return home() / "similar_indexes"


def decisions_file(source: Path) -> Path:
    """Decisions on doubtful photos in this folder or list; see :mod:`trainer.data.decisions`."""
    name = hashlib.blake2b(os.fsencode(os.path.abspath(source)), digest_size=16).hexdigest()
    return home() / "decisions" / f"{name}.json"


def rescued_dir() -> Path:
    """Tables that could not be written where the user wanted them."""
    return home() / "rescued"


def settings_file() -> Path:
    """The user's settings."""
    return home() / "settings.json"


def log_file() -> Path:
    """The log, for support."""
    return home() / "fashionlens.log"


def resources_dir() -> Path:
    """Weights, icons and samples that come with the program."""
    return Path(resources.__path__[0])


def bundled_models_dir() -> Path:
    """The bundled models."""
    return resources_dir() / "models"


def backbones_dir() -> Path:
    """ImageNet weights from which trainings start."""
    return resources_dir() / "backbones"


def graph_folders() -> tuple[Path, ...]:
    """Folders of ONNX graphs of backbones; the user's own comes first."""
    return home() / "graphs", resources_dir() / "graphs"


def precision_choices_file() -> Path:
    """The faster precision of each graph on this computer; see :mod:`trainer.inference.open_predictor`."""
    return home() / "precisions.json"


def icons_dir() -> Path:
    """SVG icons."""
    return resources_dir() / "icons"


def taxonomy_dir() -> Path:
    """Files of the taxonomy; see :mod:`trainer.taxonomy`."""
    return resources_dir() / "taxonomy"


def translations_dir() -> Path:
    """Names of categories and values in other languages; see :mod:`fashionlens_gui.shops.translations`."""
    return resources_dir() / "translations"


def shops_dir() -> Path:
    """Export profiles and rules of shops; see :mod:`fashionlens_gui.shops`."""
    return resources_dir() / "shops"


def profiles_dir() -> Path:
    """The user's own export profiles."""
    return home() / "profiles"


def report_dir() -> Path:
    """Templates of the report; see :mod:`trainer.evaluation.report.html`."""
    return resources_dir() / "report"


def samples_dir() -> Path:
    """Drawn sample photos."""
    return resources_dir() / "samples"


def model_folders() -> tuple[Path, ...]:
    """Folders of models; the user's own comes first."""
    return models_dir(), bundled_models_dir()


def reachable_folder(*folders: str) -> str:
    """The first of the folders that is there, to start a file dialog in; else empty.

    Asked in a thread: a network drive that is off takes up to a minute to answer, and no answer counts as a no.
    """
    for folder in filter(None, folders):
        found: list[bool] = []
        asking = threading.Thread(
            target=lambda name, to: to.append(os.path.isdir(name)), args=(folder, found), daemon=True
        )
        asking.start()
        asking.join(_LONGEST_ANSWER_SECONDS)
        if found == [True]:
            return folder
    return ""


def data_paths(chosen: str = "") -> DataPaths:
    """Data sets are looked for in the user's choice, ``FASHIONLENS_DATA`` and the application's own folder."""
    folders = [chosen, os.environ.get(_DATA_VARIABLE, ""), str(datasets_dir())]
    search = tuple(Path(folder) for folder in folders if folder)
    return DataPaths(search, datasets_dir(), taxonomy_dir(), backbones_dir(), graph_folders())
