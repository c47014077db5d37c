"""The models on this computer, by name. Lists them without importing torch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import ModelFileError
from trainer.model_files.metadata import ModelMetadata, parse_metadata, read_header

SUFFIX = ".safetensors"
REPLAY_SUFFIX = ".replay.safetensors"
"""Of the replay sample beside a model, which keeps it from forgetting when it is improved."""
SPLIT_SUFFIX = ".split.csv"
"""Of the list beside a model of its training, validation and held-out photos."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model file, with the model card beside it (Markdown), if there is one."""

    path: Path
    metadata: ModelMetadata
    card: Path | None


def read_metadata(path: Path) -> ModelMetadata:
    """The metadata of a model file, from its header alone.
    Raises :class:`ModelFileError`: absent, damaged, not a model of FashionLens, or of a newer version.
    """
    return parse_metadata(read_header(path, path.name)[0], path.name)


def companions(path: Path) -> list[Path]:
    """The files beside a model that belong to it, without the card; those that exist."""
    there = (path.with_suffix(suffix) for suffix in (REPLAY_SUFFIX, SPLIT_SUFFIX))
    return [companion for companion in there if companion.is_file()]


class ModelLibrary:
    """Model files in a few folders; an earlier folder wins where names clash.

    The folders are looked through at each call, so that new models appear. Missing folders are fine.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)

    def entries(self) -> list[ModelEntry]:
        """All readable models, folder by folder, by file name.

        Damaged files are left out and logged; opening one says why.
        """
        found: dict[str, ModelEntry] = {}
        for folder in self.folders:
            for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
                try:
                    metadata = read_metadata(path)
                except ModelFileError as error:
                    if not path.name.endswith(REPLAY_SUFFIX):
                        _log.warning("%s is left out of the list of models: %s", path, error.detail or error)
                    continue
                card = path.with_suffix(".md")
                found.setdefault(path.stem, ModelEntry(path, metadata, card if card.is_file() else None))
        return list(found.values())

    def find(self, name_or_path: str) -> Path:
        """The file of a model.

        Args:
            name_or_path: A name as :meth:`entries` lists it (the file name without suffix), or a file.

        Raises:
            ModelFileError: There is none; names those that there are.
        """
        for folder in self.folders:
            path = folder / f"{name_or_path}{SUFFIX}"
            if path.is_file():
                return path
        path = Path(name_or_path)
        if path.is_file():
            return path
        raise ModelFileError(
            "model_unknown", name=name_or_path, known=tuple(entry.path.stem for entry in self.entries())
        )
