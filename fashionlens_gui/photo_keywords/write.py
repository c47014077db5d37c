"""Keywords are written into sidecars or photos, and the files are restored.

A file that was written before is restored first, in memory, and written anew from its original, so that it does not
grow and the original stays restorable. Where another program has changed it since, our words alone are replaced.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue import photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files import written_metadata
from fashionlens_gui.catalogue.files.written_metadata import WrittenFile
from fashionlens_gui.catalogue.own_columns import code_of, own_names
from fashionlens_gui.photo_keywords.container import KeywordError, Metadata
from fashionlens_gui.photo_keywords.formats import has_iptc, read_metadata, read_sidecar, sidecar_of, write_metadata
from fashionlens_gui.photo_keywords.pieces import Piece, digest_of, joined, restored, way_back
from fashionlens_gui.photo_keywords.tag_words import (
    ALL_WORDS,
    NO_WORDS,
    TagWords,
    WordChoice,
    has_own_words,
    with_words,
    words_of,
)
from fashionlens_gui.tagging.tag import Tag
from trainer.atomic_write import atomic_write, retry_while_held
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError, PhotoError, SaveError, os_reason
from trainer.preprocessing.photo import decode_photo

_SMALL = 64  # pixels: enough to find damage


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was done.

    Attributes:
        written: Files that were written, or would be.
        unchanged: Files that have the words already.
        cleaned: Of a restoration: files that another program has changed since, from which our words were removed.
        errors: Files that could not be written, each as it was.
        stopped: Whether it was stopped.
    """

    written: tuple[Path, ...]
    unchanged: int
    cleaned: tuple[Path, ...]
    errors: tuple[tuple[Path, FashionLensError], ...]
    stopped: bool


def write_keywords(
    catalogue: Catalogue,
    ids: Sequence[int],
    inside: bool,
    dry_run: bool,
    control: WorkControl,
    choice: WordChoice = ALL_WORDS,
) -> Generator[ProgressEvent, None, WriteResult]:
    """Write the tags of photos into their sidecars, or into the photos themselves.

    Args:
        catalogue: Open for writing, unless ``dry_run``.
        ids: Of the photos; those that cannot be read are left out.
        inside: Into JPEG, PNG, WebP and TIFF files; else beside every photo.
        dry_run: Write nothing.
        control: Stops it between two files.
        choice: Which words.
    """
    writer = _Writer(catalogue, dry_run)
    with catalogue.database.read() as database:
        names = {code_of(number): name for number, name in own_names(database)}
    for number, (photo, tag) in enumerate(catalogue.tags(ids).items()):
        yield ProgressEvent("writing_keywords", number, len(ids))
        if control.stopped:
            return writer.result(stopped=True)
        words = words_of(tag, choice, names)
        if words != NO_WORDS:
            writer.write(photo, tag, words, inside)
    return writer.result(stopped=False)


def restore_files(
    catalogue: Catalogue, ids: Sequence[int], dry_run: bool, control: WorkControl
) -> Generator[ProgressEvent, None, WriteResult]:
    """Restore photos and sidecars as they were before keywords were written, byte for byte; remove sidecars that were
    made. From files that another program has changed since, our words alone are removed.
    """
    writer = _Writer(catalogue, dry_run)
    for number, (photo, tag) in enumerate(catalogue.tags(ids).items()):
        yield ProgressEvent("restoring_files", number, len(ids))
        if control.stopped:
            return writer.result(stopped=True)
        writer.restore(photo, tag.path)
    return writer.result(stopped=False)


class _Writer:
    def __init__(self, catalogue: Catalogue, dry_run: bool) -> None:
        self._catalogue, self._dry_run = catalogue, dry_run
        self._written: list[Path] = []
        self._cleaned: list[Path] = []
        self._errors: list[tuple[Path, FashionLensError]] = []
        self._unchanged = 0

    def result(self, stopped: bool) -> WriteResult:
        return WriteResult(tuple(self._written), self._unchanged, tuple(self._cleaned), tuple(self._errors), stopped)

    def write(self, photo: int, tag: Tag, words: TagWords, inside: bool) -> None:
        file = tag.path if inside else sidecar_of(tag.path)
        try:
            if not tag.path.is_file():
                raise KeywordError("keyword_file_missing")
            now = tag.path.read_bytes() if inside else read_sidecar(file)
            record = None if now is None else written_metadata.written_file(self._catalogue, digest_of(now), file)
            base = now if record is None else _original(now or b"", record)
            if inside:
                assert base is not None
                decode_photo(base, file, short_side=_SMALL)  # a damaged file is not touched
            pieces = _with_words(base, words, inside)
            self._replace(photo if inside else None, file, now, base, pieces, record)
        except (KeywordError, PhotoError, SaveError) as error:
            self._errors.append((file, error))
        except OSError as error:
            self._errors.append((file, KeywordError("keyword_file_unreadable", repr(error), reason=os_reason(error))))

    def restore(self, photo: int, path: Path) -> None:
        for file, number in ((path, photo), (sidecar_of(path), None)):
            try:
                now = file.read_bytes() if number is not None else read_sidecar(file)
                if now is not None:
                    self._restore_one(file, number, now)
            except (KeywordError, SaveError) as error:
                if error.code != "keywords_not_in_this_format":
                    self._errors.append((file, error))
            except OSError as error:
                if not isinstance(error, FileNotFoundError):
                    reason = KeywordError("keyword_file_unreadable", repr(error), reason=os_reason(error))
                    self._errors.append((file, reason))

    def _restore_one(self, file: Path, photo: int | None, now: bytes) -> None:
        record = written_metadata.written_file(self._catalogue, digest_of(now), file)
        if record is None:
            metadata = Metadata(now) if photo is None else read_metadata(now)
            if has_own_words(metadata):  # another program has changed it since
                pieces = _with_words(now, NO_WORDS, photo is not None)
                self._put(file, photo, joined(now, pieces), now)
                self._cleaned.append(file)
            return
        base = _original(now, record)
        if not self._dry_run:
            if base is None:
                retry_while_held(lambda: os.unlink(file))
            else:
                self._put(file, photo, base, now)
            written_metadata.remove_written_file(self._catalogue, record)
        self._written.append(file)

    def _replace(
        self,
        photo: int | None,
        file: Path,
        now: bytes | None,
        base: bytes | None,
        pieces: list[Piece],
        record: WrittenFile | None,
    ) -> None:
        new = joined(base or b"", pieces)
        if new == now:
            self._unchanged += 1
            return
        if self._dry_run:
            self._written.append(file)
            return
        original = None if base is None else way_back(base, pieces)
        if original is not None and restored(new, original) != base:
            raise KeywordError("keyword_file_damaged", "the way back fails")
        written_metadata.add_written_file(self._catalogue, WrittenFile(digest_of(new), file, original))
        self._put(file, photo, new, now)
        self._written.append(file)
        if record is not None and record.digest != digest_of(new):
            written_metadata.remove_written_file(self._catalogue, record)

    def _put(self, file: Path, photo: int | None, new: bytes, now: bytes | None) -> None:
        """Replace a file that is still as it was read, in one step; the catalogue knows the new content."""
        if self._dry_run:
            return
        with atomic_write(file) as temporary:
            temporary.write_bytes(new)
            if (file.read_bytes() if file.exists() else None) != now:
                raise KeywordError("keyword_file_changed")
        if photo is not None:
            status = file.stat()
            photos.set_content(self._catalogue, photo, digest_of(new), (status.st_size, status.st_mtime_ns))


def _with_words(base: bytes | None, words: TagWords, inside: bool) -> list[Piece]:
    if not inside:
        packet = with_words(Metadata(base), words, iptc=False).xmp
        return [packet or b""]
    assert base is not None
    metadata = with_words(read_metadata(base), words, has_iptc(base))
    pieces = write_metadata(base, metadata)
    if read_metadata(joined(base, pieces)) != metadata:
        raise KeywordError("keyword_file_damaged", "what was written is not read back")
    return pieces


def _original(now: bytes, record: WrittenFile) -> bytes | None:
    if record.original is None:
        return None
    try:
        return restored(now, record.original)
    except ValueError as error:
        raise KeywordError("keyword_original_lost", str(error)) from error
