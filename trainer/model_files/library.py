"""The models on this computer, by name. Lists them without importing torch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.data.split_file import has_test_photos
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
    """One model file, with the model card beside it (Markdown), if there is one.

    Attributes:
        size: Of the file, in bytes.
        changed: Its modification time, ns: another file under the same name is another model.
        has_test_photos: The split beside it names held-out photos, in a folder that is still there.
    """

    path: Path
    metadata: ModelMetadata
    card: Path | None
    size: int = 0
    changed: int = 0
    has_test_photos: bool = False


def read_metadata(path: Path) -> ModelMetadata:
    """The metadata of a model file, from its header alone.
    Raises :class:`ModelFileError`: absent, damaged, not a model of FashionLens, or of a newer version.
    """
    return parse_metadata(read_header(path, path.name)[0], path.name)


def read_entry(path: Path) -> ModelEntry:
    """The entry of a model file. Raises as :func:`read_metadata`."""
    metadata, card = read_metadata(path), path.with_suffix(".md")
    try:
        status = path.stat()
    except OSError as error:
        raise ModelFileError("model_file_missing", repr(error), file=str(path)) from error
    card_or_none, has_test = card if card.is_file() else None, has_test_photos(path.with_suffix(SPLIT_SUFFIX))
    return ModelEntry(path, metadata, card_or_none, status.st_size, status.st_mtime_ns, has_test)


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
                    entry = read_entry(path)
                except ModelFileError as error:
                    if not path.name.endswith(REPLAY_SUFFIX):
                        _log.warning("%s is left out of the list of models: %s", path, error.detail or error)
                    continue
                found.setdefault(path.stem, entry)
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
