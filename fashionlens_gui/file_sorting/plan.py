"""Where files go: folders and names by the tags of photos, without touching a file."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files.file_journal import Step
from fashionlens_gui.catalogue.own_names import own_names
from fashionlens_gui.file_sorting.photo_facts import FACTS, photo_facts
from fashionlens_gui.file_sorting.transfer import file_digest
from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.template import Template, read_template
from fashionlens_gui.tagging.tag import Status, Tag
from trainer.control import WorkControl
from trainer.data.photo_files import has_photo_suffix
from trainer.errors import Cancelled, DataError

DEFAULT_PATTERN = "{category}/{colour}"
_EMPTY = "Unknown"
_LONGEST_NAME = 120  # characters; 255 bytes is the limit of most file systems
_FORBIDDEN = re.compile('[<>:"/\\\\|?*\x00-\x1f\x7f]')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where photos go.

    Attributes:
        into: The folder with all of them.
        pattern: Folders below it, separated by ``/``, see :mod:`fashionlens_gui.shops.template`.
        name: Name of a file without its suffix; empty: as it is.
        sku: The pattern of SKUs, for the fact ``sku``.
    """

    into: Path
    pattern: str = DEFAULT_PATTERN
    name: str = ""
    sku: str = ""

    def check(self) -> None:
        """Raises DataError: a pattern cannot be used."""
        _templates(self)


@dataclass(frozen=True, slots=True)
class LeftFile:
    """A file that stays where it is. ``reason`` is a code: ``missing``, ``unreadable_photo``, ``link``,
    ``in_place``, ``copied_before``, or a reason of :func:`trainer.errors.os_reason`.
    """

    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done: the files, the folders to be made, outer ones first, and the files that stay."""

    steps: tuple[Step, ...]
    folders: tuple[Path, ...]
    left: tuple[LeftFile, ...]


def make_plan(
    catalogue: Catalogue, ids: Sequence[int], layout: Layout, moves: bool, control: WorkControl | None = None
) -> Plan:
    """The plan for photos of a catalogue, in their order. Existing files keep their names: a new one gets a number.

    Raises:
        DataError: A pattern cannot be used.
        Cancelled: ``control`` was stopped.
    """
    folder_templates, name_template = _templates(layout)
    own = Names(own_names(catalogue))
    into = Path(os.path.abspath(layout.into))
    names = _Names(catalogue)
    steps: list[Step] = []
    left: list[LeftFile] = []
    for photo, tag in catalogue.tags(ids).items():
        if control is not None and control.stopped:
            raise Cancelled
        if (reason := _stays(tag)) is not None:
            left.append(LeftFile(tag.path, reason))
            continue
        facts = {name: value.replace("/", "-") for name, value in photo_facts(tag, layout.sku).items()}.__getitem__
        folder = into.joinpath(*(_component(each.fill(facts, own)) for each in folder_templates))
        name = _component(name_template.fill(facts, own), tag.path.stem) if name_template else tag.path.stem
        target = names.free(folder, name, tag.path.suffix, tag.path, moves)
        if target is None:
            left.append(LeftFile(tag.path, "in_place" if names.in_place else "copied_before"))
            continue
        steps.append(_step(len(steps), photo, tag.path, target))
        for sidecar, beside in _companions(tag.path, target):
            if not os.path.lexists(beside):
                steps.append(_step(len(steps), None, sidecar, beside))
    return Plan(tuple(steps), tuple(_missing_folders(steps)), tuple(left))


def free_name(path: Path) -> Path:
    """A name that no file has: ``coat (2).jpg`` for ``coat.jpg``."""
    number = 2
    while os.path.lexists(found := path.with_name(f"{path.stem} ({number}){path.suffix}")):
        number += 1
    return found


def _templates(layout: Layout) -> tuple[list[Template], Template | None]:
    """The templates of the folders, outer ones first, and that of the name."""
    pattern = layout.pattern.replace("\\", "/").strip("/") if os.name == "nt" else layout.pattern.rstrip("/")
    levels = pattern.split("/")
    if pattern.startswith("/") or ".." in levels:
        raise DataError("pattern_leaves_folder", pattern=layout.pattern)
    if "/" in layout.name or "\\" in layout.name:
        raise DataError("name_pattern_has_folder", pattern=layout.name)
    return [_template(level) for level in levels], _template(layout.name) if layout.name else None


def _template(text: str) -> Template:
    template = read_template(text)
    if unknown := sorted(template.facts - set(FACTS)):
        raise DataError("pattern_unknown_fact", pattern=text, name=unknown[0], names=FACTS)
    return template


def _component(text: str, empty: str = _EMPTY) -> str:
    """A name that Windows, macOS and Linux allow."""
    name = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", text)).strip(" .")[:_LONGEST_NAME].rstrip(" .")
    if name.partition(".")[0].casefold() in _DEVICES:
        name = f"_{name}"
    return name or empty


def _stays(tag: Tag) -> str | None:
    if tag.status == Status.ERROR:
        return "unreadable_photo"
    if os.path.islink(tag.path):
        return "link"  # it may lead elsewhere from another folder
    return None if os.path.isfile(tag.path) else "missing"


class _Names:
    """Names that are not in use: by a file, a photo of the catalogue, or an earlier step of the plan."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._used: set[str] = set()
        self.in_place = False

    def free(self, folder: Path, stem: str, suffix: str, source: Path, moves: bool) -> Path | None:
        """The target of a file; None when it is there already."""
        number = 1
        while True:
            target = folder / f"{stem}{f' ({number})' if number > 1 else ''}{suffix}"
            number += 1
            if target == source:
                self.in_place = True
                return None
            key = os.path.normcase(unicodedata.normalize("NFC", str(target))).casefold()
            if key in self._used:
                continue
            if os.path.lexists(target):
                if not moves and _same_content(source, target):
                    self.in_place = False
                    return None
                continue
            if self._in_catalogue(target):
                continue
            self._used.add(key)
            return target

    def _in_catalogue(self, target: Path) -> bool:
        with self._catalogue.database.read() as database:
            found = database.execute("SELECT 1 FROM photos WHERE path = ?", (os.fsencode(target),)).fetchone()
        return found is not None


def _same_content(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_size == other.stat().st_size and file_digest(one) == file_digest(other)
    except OSError:
        return False


def _companions(photo: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """The sidecars of a photo: ``coat.jpg.xmp``, and ``coat.xmp`` where no other photo has that name."""
    full = photo.with_name(f"{photo.name}.xmp")
    if full.is_file():
        yield full, target.with_name(f"{target.name}.xmp")
    short = photo.with_suffix(".xmp")
    if short.is_file():
        try:
            others = [
                entry.name
                for entry in os.scandir(photo.parent)
                if os.path.splitext(entry.name)[0] == photo.stem and has_photo_suffix(entry.name)
            ]
        except OSError:
            return
        if others == [photo.name]:
            yield short, target.with_suffix(".xmp")


def _step(number: int, photo: int | None, source: Path, target: Path) -> Step:
    status = source.stat()
    return Step(number, photo, source, target, status.st_size, status.st_mtime_ns)


def _missing_folders(steps: Sequence[Step]) -> list[Path]:
    found: dict[Path, None] = {}
    for folder in dict.fromkeys(step.target.parent for step in steps):
        missing = []
        while folder not in found and not os.path.isdir(folder):
            missing.append(folder)
            folder = folder.parent
        found.update(dict.fromkeys(reversed(missing)))
    return list(found)
