"""Installs and renames models in the folder of the library. On an error the folder is unchanged."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from trainer.atomic_write import atomic_write, retry_while_held, write_text
from trainer.errors import ModelFileError, SaveError, os_reason
from trainer.model_files import names, package
from trainer.model_files.checks import refuse_pickle, refuse_unusual_file, validate_model_file
from trainer.model_files.library import REPLAY_SUFFIX, SUFFIX, ModelEntry, ModelLibrary, companions, read_metadata
from trainer.model_files.metadata import HEADER
from trainer.model_files.names import CARD_SUFFIX

if TYPE_CHECKING:
    from trainer.model_files.package import Package
    from trainer.model_files.replay_file import Replay

_log = logging.getLogger(__name__)


class NameTaken(ModelFileError):
    """The library already has a model of that name; ``free`` is a similar one that is free."""

    def __init__(self, name: str, free: str) -> None:
        super().__init__("name_taken", name=name, free=free)
        self.name = name
        self.free = free


def install(source: Path, library: ModelLibrary, name: str = "") -> ModelEntry:
    """Install a model file or package in the library's first folder.

    Args:
        source: A ``.zip`` of :func:`trainer.model_files.package.write`, or a ``.safetensors`` file, with the card and
            replay sample beside it.
        library: The installed models; the first folder gets the new one.
        name: The name of the model; empty for that of the file.

    Raises:
        NameTaken: Another name is needed.
        ModelFileError: The file is refused; nothing was installed.
        SaveError: The folder cannot be written to; nothing was installed.
    """
    refuse_unusual_file(source)
    try:
        packed = package.is_package(source)
        with source.open("rb") as file:
            first_bytes = file.read(2)
    except OSError as error:
        raise ModelFileError("model_file_unreadable", repr(error), name=source.name, reason=os_reason(error)) from error
    if packed:
        with package.open_package(source) as opened:
            target = _target(library, name or opened.name)
            return _install(
                target,
                name,
                opened.weights.filename,
                lambda temporary: opened.unpack(opened.weights, temporary),
                opened.read_card(),
                lambda weights: _packed_sample(opened, weights),
            )
    refuse_pickle(source.name, first_bytes)
    if source.suffix.casefold() == ".zip":
        raise ModelFileError("file_not_zip", name=source.name)
    if source.suffix.casefold() != SUFFIX:
        raise ModelFileError("file_not_model", name=source.name)
    target = _target(library, name or source.stem)
    return _install(
        target,
        name,
        source.name,
        lambda temporary: shutil.copyfile(source, temporary),
        _read_card(source),
        lambda weights: package.sample_beside(source, weights),
    )


def rename(entry: ModelEntry, name: str, library: ModelLibrary) -> ModelEntry:
    """Rename a model of the library's first folder: its file, its card, and the name in its metadata.

    Raises:
        NameTaken, ModelFileError: The name cannot be used, or the file could not be read; nothing changed.
        SaveError: The folder cannot be written to; nothing changed.
    """
    if name == entry.path.stem:
        return entry
    only_case = name.casefold() == entry.path.stem.casefold()
    target = entry.path.with_name(name + SUFFIX) if only_case else _target(library, name)
    names.validate_name(name)
    with atomic_write(target) as temporary:
        try:
            shutil.copyfile(entry.path, temporary)
        except FileNotFoundError as error:
            raise ModelFileError("model_gone", repr(error), name=entry.path.stem) from error
        _rename_in_metadata(temporary, name)
        if not only_case:
            _clear_leftovers(target)
    card = entry.card
    try:
        if entry.card is not None:
            card = target.with_suffix(CARD_SUFFIX)
            _move(entry.card, card)
            _rename_in_card(card, entry.path.stem, name)
        for companion in companions(entry.path):
            _move(companion, target.with_suffix(companion.name.removeprefix(entry.path.stem)))
        # Not by inodes: some file systems say 0 for all.
        if not only_case or {target.name, entry.path.name} <= set(os.listdir(target.parent)):
            retry_while_held(entry.path.unlink)
        else:
            _move(entry.path, target)  # a file system that ignores case keeps the old spelling otherwise
    except OSError as error:
        raise SaveError(
            "model_renamed_in_part",
            repr(error),
            name=entry.path.stem,
            reason=os_reason(error),
            folder=str(target.parent),
        ) from error
    return ModelEntry(target, read_metadata(target), card)


def _move(source: Path, target: Path) -> None:
    retry_while_held(lambda: os.replace(source, target))


def _target(library: ModelLibrary, name: str) -> Path:
    names.validate_name(name)
    if names.is_taken(name, library.folders):
        raise NameTaken(name, names.free_name(name, library.folders))
    return library.folders[0] / (name + SUFFIX)


def _install(
    target: Path,
    new_name: str,
    shown: str,
    copy_weights: Callable[[Path], object],
    card_text: str | None,
    read_sample: Callable[[Path], Replay | None],
) -> ModelEntry:
    """Copy the weights to a temporary name, validate them there, then move them in place.

    ``read_sample`` takes the path of the weights and returns their replay sample, or None.
    """
    card = target.with_suffix(CARD_SUFFIX) if card_text is not None else None
    written: list[Path] = []
    try:
        with atomic_write(target) as temporary:
            copy_weights(temporary)
            metadata = validate_model_file(temporary, shown)
            if new_name:
                _rename_in_metadata(temporary, new_name)
            sample = read_sample(temporary)
            _clear_leftovers(target)
            if card is not None and card_text is not None:
                written.append(card)
                new_text = _with_heading(card_text, metadata.name, new_name) if new_name else card_text
                write_text(card, new_text)
            if sample is not None:
                from trainer.model_files import replay_file

                written.append(target.with_suffix(REPLAY_SUFFIX))
                replay_file.save(written[-1], sample)
            metadata = replace(metadata, name=new_name or metadata.name)
    except BaseException:
        for file in written:
            file.unlink(missing_ok=True)
        raise
    return ModelEntry(target, metadata, card)


def _clear_leftovers(target: Path) -> None:
    """Remove files of an interrupted installation, which would be taken for those of the new model."""
    for file in (target.with_suffix(CARD_SUFFIX), *companions(target)):
        file.unlink(missing_ok=True)


def _packed_sample(packed: Package, weights: Path) -> Replay | None:
    """The replay sample in a package; a damaged one is refused."""
    if packed.sample is None:
        return None
    from trainer.model_files import model_file, replay_file

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "sample"
        packed.unpack(packed.sample, file)
        try:
            return replay_file.load_for(file, weights.name, model_file.load(weights))
        except ModelFileError as error:
            raise ModelFileError(
                "package_sample_invalid", f"{error!r} {error.detail}", member=packed.sample.filename
            ) from error


def _read_card(model: Path) -> str | None:
    """The Markdown of the card ``NAME.md`` beside ``NAME.safetensors``; None when it is missing or unusable."""
    card = model.with_suffix(CARD_SUFFIX)
    try:
        refuse_unusual_file(card)
        if card.stat().st_size > package.LARGEST_CARD:
            _log.warning("%s is ignored: it is too large for a card", card)
            return None
        return card.read_text(encoding="utf-8")
    except (ModelFileError, OSError, UnicodeDecodeError) as error:
        if card.exists():
            _log.warning("%s is ignored: %r", card, error)
        return None


def _with_heading(text: str, old: str, new: str) -> str:
    """The card with the new name in its first heading, when that is just the old name; else unchanged."""
    first, line_end, rest = text.partition("\n")
    return f"# {new}{line_end}{rest}" if first.startswith("# ") and first[2:].strip() == old else text


def _rename_in_card(card: Path, old: str, new: str) -> None:
    text = _read_card(card)
    if text is not None and (renamed := _with_heading(text, old, new)) != text:
        write_text(card, renamed)


def _rename_in_metadata(path: Path, name: str) -> None:
    """Change the name in the metadata of a model file; the bytes of the weights stay the same."""
    # Matches the pattern of atomic_write, which removes abandoned files.
    sibling = path.with_name(f"{path.stem}-named.part")
    try:
        with path.open("rb") as old, sibling.open("wb") as new:
            (length,) = struct.unpack("<Q", old.read(8))
            header = json.loads(old.read(length))
            about = json.loads(header["__metadata__"][HEADER])
            header["__metadata__"][HEADER] = json.dumps({**about, "name": name})
            text = json.dumps(header, separators=(",", ":")).encode()
            text += b" " * (-len(text) % 8)  # the format wants the weights to begin at a multiple of 8
            new.write(struct.pack("<Q", len(text)) + text)
            shutil.copyfileobj(old, new, 2**20)
        _move(sibling, path)
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError("model_not_renamable", repr(error)) from error
    finally:
        with contextlib.suppress(OSError):
            sibling.unlink(missing_ok=True)
