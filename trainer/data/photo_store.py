"""Photos in a folder or a zip file, whichever the user has, by their names inside it."""

from __future__ import annotations

import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType

from trainer.data.photo_files import PhotoWalk, Unreadable, has_photo_suffix
from trainer.data.skipped_files import HEAD_BYTES, skipped_content, skipped_file, skipped_folder
from trainer.errors import DataError, PhotoError, os_reason
from trainer.preprocessing.input_spec import DEFAULT_SHORT_SIDE
from trainer.preprocessing.photo import MAX_FILE_BYTES, Photo, decode_photo, load_photo, printable_name


class PhotoStore(ABC):
    """A folder or zip file of photos. A context manager; close it after use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def names(self) -> Iterator[str]:
        """All photos by the rules of :mod:`trainer.data.photo_files`, relative to the store, parts joined by ``/``.
        Raises :class:`DataError`: a folder cannot be listed.
        """

    @abstractmethod
    def load(self, name: str, short_side: int = DEFAULT_SHORT_SIDE) -> Photo:
        """One of these photos, as :func:`trainer.preprocessing.photo.load_photo` reads it, also in several threads.
        Raises :class:`PhotoError`: it cannot be read.
        """

    def close(self) -> None:  # noqa: B027
        """Close the file."""

    def __enter__(self) -> PhotoStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_store(path: Path) -> PhotoStore:
    """Open a folder or a zip file of photos.
    Raises :class:`DataError`: it is neither, is damaged, or cannot be opened.
    """
    if path.is_dir():
        return _Folder(path)
    try:
        return _Zip(path)
    except FileNotFoundError as error:
        raise DataError("photo_store_missing", repr(error), path=str(path)) from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise DataError("not_a_photo_store", repr(error), path=str(path)) from error
    except OSError as error:
        raise DataError("file_unreadable", repr(error), file=str(path), reason=os_reason(error)) from error


class _Folder(PhotoStore):
    def names(self) -> Iterator[str]:
        for item in PhotoWalk().below(self.path):
            if isinstance(item, Unreadable):
                raise DataError(item.error.code, item.error.detail, **item.error.parameters)
            yield item.relative_to(self.path).as_posix()

    def load(self, name: str, short_side: int = DEFAULT_SHORT_SIDE) -> Photo:
        return load_photo(self.path / name, short_side=short_side, display_name=name)


_ENCRYPTED = 1  # the first of a member's flags
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_METHOD_NAMES = {9: "Deflate64", 93: "Zstandard", 95: "XZ", 98: "PPMd"}


class _Zip(PhotoStore):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._zip = zipfile.ZipFile(path)
        self._photos = [entry for entry in self._zip.infolist() if self._is_photo(entry)]
        problem = self._problem_of_all()
        if problem is not None:
            self._zip.close()
            raise problem

    def _is_photo(self, entry: zipfile.ZipInfo) -> bool:
        *folders, name = PurePosixPath(entry.filename).parts or ("",)
        if entry.is_dir() or skipped_file(name) or any(map(skipped_folder, folders)):
            return False
        if has_photo_suffix(name):
            return True
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
            return False
        try:
            with self._zip.open(entry) as member:
                return not skipped_content(member.read(HEAD_BYTES), PurePosixPath(name).suffix)
        except Exception:  # as in load; what cannot be unpacked and does not end like a photo is left out
            return False

    def _problem_of_all(self) -> DataError | None:
        """Why none of the photos can be unpacked, if so."""
        if self._photos and all(photo.flag_bits & _ENCRYPTED for photo in self._photos):
            return DataError("zip_locked", path=str(self.path))
        if self._photos and all(photo.compress_type not in _METHODS for photo in self._photos):
            return DataError("zip_compression", path=str(self.path), method=_method(self._photos[0]))
        return None

    def names(self) -> Iterator[str]:
        return (photo.filename for photo in self._photos)

    def load(self, name: str, short_side: int = DEFAULT_SHORT_SIDE) -> Photo:
        shown = printable_name(Path(name), name)
        entry = self._zip.getinfo(name)
        if entry.flag_bits & _ENCRYPTED:
            raise PhotoError("photo_locked_in_zip", name=shown, archive=self.path.name)
        if entry.compress_type not in _METHODS:
            archive, method = self.path.name, _method(entry)
            raise PhotoError("photo_compression_in_zip", name=shown, archive=archive, method=method)
        try:
            with self._zip.open(name) as member:
                data = member.read(MAX_FILE_BYTES + 1)  # no more, whatever a “zip bomb” unpacks to
        except Exception as error:  # zipfile and zlib raise many kinds for damaged, encrypted or exotic members
            raise PhotoError("photo_damaged_in_zip", repr(error), name=shown, archive=self.path.name) from error
        if len(data) > MAX_FILE_BYTES:
            raise PhotoError("photo_too_large_in_zip", name=shown, limit=MAX_FILE_BYTES)
        return decode_photo(data, Path(name), short_side=short_side, display_name=name)

    def close(self) -> None:
        self._zip.close()


def _method(entry: zipfile.ZipInfo) -> str:
    return _METHOD_NAMES.get(entry.compress_type, f"method {entry.compress_type}")
