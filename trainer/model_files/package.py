"""A model as one file to hand on: a zip of the weights, card, replay sample and a manifest with the SHA-256 of each.

Writing is deterministic: the same model gives the same bytes. Reading trusts nothing: members are counted before the
zip is opened, names are compared and never used as paths, and no more is unpacked than the manifest and limits allow.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from trainer.atomic_write import atomic_write
from trainer.errors import ModelFileError, os_reason
from trainer.model_files.checks import LARGEST_MODEL, refuse_pickle, refuse_unusual_file
from trainer.model_files.library import REPLAY_SUFFIX, SUFFIX, ModelEntry
from trainer.model_files.names import CARD_SUFFIX, name_error

if TYPE_CHECKING:
    from trainer.model_files.replay_file import Replay

LARGEST_CARD = 256 * 2**10
"""Bytes; that of the product model has 7 kB."""

MANIFEST = "manifest.json"
KIND = "fashionlens-model"
FORMAT = 1

_MOST_MEMBERS = 4
_LARGEST_MANIFEST = 64 * 2**10
_LARGEST_SAMPLE = 64 * 2**20  # one of 4,000 photos has 4 MB, or 17 of the network with the longest embeddings
_LARGEST = {MANIFEST: _LARGEST_MANIFEST, CARD_SUFFIX: LARGEST_CARD, REPLAY_SUFFIX: _LARGEST_SAMPLE}
_LARGEST_DIRECTORY = 64 * 2**10
_MOST_SQUEEZED = 200  # weights shrink by a tenth, words to a fifth; only a bomb shrinks to a two-hundredth
_END = struct.Struct("<4s4H2LH")  # end of central directory record (APPNOTE.TXT of PKWARE, 4.3.16)
_END_64 = b"PK\x06\x07"
_CHUNK = 2**20
_UNPACKING_FAILED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say; a real date would change the bytes each time

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Package:
    """An opened package whose members are known to be what the manifest says, though not yet read.

    ``sha256`` has the expected hexadecimal digest of each member, by its name.
    """

    archive: zipfile.ZipFile
    name: str
    weights: zipfile.ZipInfo
    card: zipfile.ZipInfo | None
    sample: zipfile.ZipInfo | None
    sha256: dict[str, str]

    def unpack(self, member: zipfile.ZipInfo, target: Path) -> None:
        """Write a member to ``target``. Raises :class:`ModelFileError` when it is not what it was."""
        with target.open("wb") as file:
            self._unpack(member, file)

    def read_card(self) -> str | None:
        """The card's Markdown. Raises :class:`ModelFileError` when it is not what it was, or no text."""
        if self.card is None:
            return None
        held = io.BytesIO()
        self._unpack(self.card, held)
        try:
            return held.getvalue().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ModelFileError("package_card_not_text", repr(error), member=self.card.filename) from error

    def _unpack(self, member: zipfile.ZipInfo, into: IO[bytes]) -> None:
        digest = hashlib.sha256()
        try:
            with self.archive.open(member) as packed:
                while chunk := packed.read(_CHUNK):  # never more than the size that was checked; zipfile sees to that
                    digest.update(chunk)
                    into.write(chunk)
        except _UNPACKING_FAILED as error:
            raise _changed(member.filename, repr(error)) from error
        if digest.hexdigest() != self.sha256[member.filename]:
            raise _changed(member.filename, f"sha256 {digest.hexdigest()}")


def write(target: Path, entry: ModelEntry) -> dict[str, str]:
    """Put a model into one zip; an older file of the name is replaced as one step.

    Args:
        entry: The model, with its card where it has one. The replay sample beside it is packed when it is valid.

    Returns:
        The SHA-256 of each member as hexadecimal digits, by its name in the zip.

    Raises:
        SaveError: It could not be written; what was there is unchanged.
        ModelFileError: The model or card could not be read.
    """
    name = entry.path.stem
    files = {name + SUFFIX: entry.path}
    if entry.card is not None:
        files[name + CARD_SUFFIX] = entry.card
    sample = entry.path.with_suffix(REPLAY_SUFFIX)
    if sample_beside(entry.path, entry.path) is not None and sample.stat().st_size <= _LARGEST_SAMPLE:
        files[name + REPLAY_SUFFIX] = sample
    try:
        digests = {member: _digest(file) for member, file in files.items()}
        sizes = {member: file.stat().st_size for member, file in files.items()}
    except OSError as error:
        raise ModelFileError("model_file_unreadable", repr(error), name=name, reason=os_reason(error)) from error
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "name": name,
        "members": {member: {"sha256": digests[member], "bytes": sizes[member]} for member in files},
    }
    with atomic_write(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(_member(MANIFEST), json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        for member, file in files.items():
            with file.open("rb") as source, archive.open(_member(member), "w") as packed:
                while chunk := source.read(_CHUNK):
                    packed.write(chunk)
    return digests


def sample_beside(model: Path, weights: Path) -> Replay | None:
    """The replay sample beside a model; a damaged or foreign one is ignored, since it is optional.

    ``weights`` is the model file that it has to fit, ``model`` or a copy of it.
    """
    sample = model.with_suffix(REPLAY_SUFFIX)
    if not sample.is_file():
        return None
    from trainer.model_files import model_file, replay_file

    try:
        refuse_unusual_file(sample)
        return replay_file.load_for(sample, model.name, model_file.load(weights))
    except ModelFileError as error:
        _log.warning("the sample beside %s is ignored: %s", model.name, error)
        return None


def is_package(path: Path) -> bool:
    """Whether a file is a zip by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a package and check everything about it but its members' contents.
    Raises :class:`ModelFileError`: with the first reason why it is refused.
    """
    refuse_unusual_file(path)
    _check_directory(path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _truncated(path, repr(error)) from error
    with archive:
        members = archive.infolist()
        refuse_pickle(path.name, b"", archive_members=tuple(member.orig_filename for member in members))
        by_name = _validated_members(members, path)
        if MANIFEST not in by_name:
            raise ModelFileError("zip_not_model", name=path.name, manifest=MANIFEST)
        yield _read_manifest(archive, by_name, path)


def _check_directory(path: Path) -> None:
    """The number of members, from the last bytes alone: to list millions of them would take all memory."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END.size - 20))
        tail = file.read()
    if len(tail) < _END.size or tail[-_END.size :][:4] != b"PK\x05\x06":
        raise _truncated(path, "no end of central directory at the end")
    refuse_pickle(path.name, b"", archive_members=(_first_member(path),))
    *_, count, directory, _, comment = _END.unpack(tail[-_END.size :])
    if comment:
        raise _truncated(path, "a comment of which nothing is there")
    if count > _MOST_MEMBERS or directory > _LARGEST_DIRECTORY or tail.startswith(_END_64):
        raise ModelFileError("package_with_too_many_files", name=path.name, count=count, limit=_MOST_MEMBERS)


def _first_member(path: Path) -> str:
    """The name of the first member, by its own header; PyTorch puts the pickle there."""
    with path.open("rb") as file:
        start = file.read(30)
        length = int.from_bytes(start[26:28], "little") if len(start) == 30 else 0
        return file.read(length).decode("utf-8", "replace")


def _validated_members(members: list[zipfile.ZipInfo], path: Path) -> dict[str, zipfile.ZipInfo]:
    by_name: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        name = member.orig_filename
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":":
            raise ModelFileError("package_path_escapes", name=path.name, member=name)
        refuse_pickle(name, b"")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ModelFileError("package_holds_link", name=path.name, member=name)
        if name_error(name) or "/" in name:
            raise ModelFileError("package_member_unexpected", name=path.name, member=name)
        if name in by_name:
            raise ModelFileError("package_member_twice", name=path.name, member=name)
        if member.flag_bits & 1:
            raise ModelFileError("package_encrypted", name=path.name)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelFileError("package_compression_unknown", name=path.name)
        limit = next((limit for ending, limit in _LARGEST.items() if name.endswith(ending)), LARGEST_MODEL)
        if member.file_size > limit or member.file_size > _MOST_SQUEEZED * max(member.compress_size, 1_000):
            raise ModelFileError("package_too_large", name=path.name, member=name, bytes=member.file_size)
        by_name[name] = member
    return by_name


def _read_manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], path: Path) -> Package:
    try:
        manifest = json.loads(archive.read(members[MANIFEST]))
        kind, format_, name, listed = (manifest[key] for key in ("kind", "format", "name", "members"))
        sha256 = {str(member): str(about["sha256"]) for member, about in listed.items()}
        sizes = {str(member): int(about["bytes"]) for member, about in listed.items()}
    except (*_UNPACKING_FAILED, KeyError, TypeError, AttributeError, OverflowError) as error:
        # RecursionError is a RuntimeError; the whole number of “Infinity” overflows.
        raise _changed(MANIFEST, repr(error)) from error
    if kind != KIND:
        raise ModelFileError("package_of_another_kind", name=path.name, kind=str(kind)[:40])
    if format_ != FORMAT:
        raise ModelFileError("file_from_newer_version", name=path.name)
    if not isinstance(name, str) or name_error(name):
        raise _changed(MANIFEST, f"name {name!r}"[:200])
    allowed = {name + suffix for suffix in (SUFFIX, CARD_SUFFIX, REPLAY_SUFFIX)}
    if extra := sorted(members.keys() - {MANIFEST, *(sha256.keys() & allowed)}):
        raise ModelFileError("package_member_not_in_manifest", name=path.name, member=extra[0])
    if missing := sorted({name + SUFFIX, *sha256} - members.keys()):
        raise ModelFileError("package_member_missing", name=path.name, member=missing[0])
    for member, size in sizes.items():
        if members[member].file_size != size:
            raise _changed(member, f"{members[member].file_size} bytes instead of {size}")
    card, sample = members.get(name + CARD_SUFFIX), members.get(name + REPLAY_SUFFIX)
    return Package(archive, name, members[name + SUFFIX], card, sample, sha256)


def _changed(member: str, detail: str) -> ModelFileError:
    return ModelFileError("package_changed", detail, member=member)


def _truncated(path: Path, detail: str) -> ModelFileError:
    return ModelFileError("package_truncated", detail, name=path.name)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DATE)
    member.external_attr = (stat.S_IFREG | 0o644) << 16
    return member


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
