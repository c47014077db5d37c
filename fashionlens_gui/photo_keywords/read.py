"""Keywords that people have set in other programs become corrections: one operation, which undo reverts.

A word that FashionLens wrote itself says nothing new. A word that is not ours is a person's; one of ours that is no
longer there was removed by a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.photo_keywords.container import KeywordError, Metadata
from fashionlens_gui.photo_keywords.formats import other_sidecar_of, read_metadata, read_sidecar, sidecar_of
from fashionlens_gui.photo_keywords.iptc import IptcRecord
from fashionlens_gui.photo_keywords.tag_words import SEPARATOR
from fashionlens_gui.photo_keywords.xmp import DC, LIGHTROOM, OWN, XmpPacket
from fashionlens_gui.tagging.tag import Tag
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, FashionLensError, os_reason
from trainer.spelling import spelling_key
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES

_ROOTS = {**{spelling_key(name): name for name in CATEGORY_AND_ATTRIBUTES}, "color": "colour"}


@dataclass(frozen=True, slots=True)
class FoundKeywords:
    """What people have set.

    Attributes:
        values: By photo and attribute or ``category``; those that differ from what people had set before.
        unknown: Words that are no value of any attribute, with the number of photos.
        ambiguous: Words that are values of several attributes, and photos with several values of one, likewise.
        errors: Files that could not be read.
    """

    values: Mapping[int, Mapping[str, str]]
    unknown: Counter[str]
    ambiguous: Counter[str]
    errors: tuple[tuple[Path, FashionLensError], ...]


@dataclass(slots=True)
class _Words:
    """The words of one photo, from all its files."""

    flat: set[str] = field(default_factory=set)
    hierarchical: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)

    def add(self, metadata: Metadata) -> None:
        packet = XmpPacket(metadata.xmp)
        own, own_levels = set(packet.list_of(OWN, "subject")), set(packet.list_of(OWN, "hierarchicalSubject"))
        flat, levels = set(packet.list_of(DC, "subject")), set(packet.list_of(LIGHTROOM, "hierarchicalSubject"))
        if metadata.xmp is None:
            flat = set(IptcRecord(metadata.iptc).keywords)  # with XMP, that is the newer standard
        self.flat |= flat - own
        self.hierarchical |= levels - own_levels
        self.removed |= own - flat
        # Some programs set the upper levels as keywords, too.
        self.parents |= {each for level in levels | own_levels for each in level.split(SEPARATOR)[:-1]}


class _Meanings:
    """Which attribute's value a word is."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._taxonomy = bundled_taxonomy()
        self._added: dict[str, dict[str, str]] = {
            name: {spelling_key(value): value for value in values} for name, values in catalogue.vocabulary().items()
        }

    def of(self, word: str) -> dict[str, str]:
        """The values that a word may mean, by attribute."""
        return {name: value for name in CATEGORY_AND_ATTRIBUTES if (value := self.value(name, word))}

    def value(self, attribute: str, word: str) -> str:
        """The value of an attribute that a word means; empty for none."""
        key = spelling_key(word)
        if key in self._added.get(attribute, {}):
            return self._added[attribute][key]
        return (self._taxonomy and key and self._taxonomy.of_label(attribute, word)) or ""


def find_keywords(
    catalogue: Catalogue, ids: Sequence[int], control: WorkControl
) -> Generator[ProgressEvent, None, FoundKeywords]:
    """Read the sidecars and the photos. Raises Cancelled."""
    meanings = _Meanings(catalogue)
    unknown: Counter[str] = Counter()
    ambiguous: Counter[str] = Counter()
    errors: list[tuple[Path, FashionLensError]] = []
    values: dict[int, dict[str, str]] = {}
    for number, (photo, tag) in enumerate(catalogue.tags(ids).items()):
        yield ProgressEvent("reading_keywords", number, len(ids))
        if control.stopped:
            raise Cancelled
        words = _Words()
        for file, metadata in _files(tag.path, errors):
            try:
                words.add(metadata)
            except KeywordError as error:
                errors.append((file, error))
        found = _values(words, meanings, unknown, ambiguous)
        if news := {name: value for name, value in found.items() if not _set_already(tag, name, value)}:
            values[photo] = news
    return FoundKeywords(values, unknown, ambiguous, tuple(errors))


def correct_by_keywords(catalogue: Catalogue, found: FoundKeywords) -> Changes:
    """Store what was found, as one operation with one undo."""
    return operations.correct_photos(catalogue, found.values)


def _files(photo: Path, errors: list[tuple[Path, FashionLensError]]) -> Iterable[tuple[Path, Metadata]]:
    for sidecar in dict.fromkeys((sidecar_of(photo), other_sidecar_of(photo))):
        try:
            if (packet := read_sidecar(sidecar)) is not None:
                yield sidecar, Metadata(packet)
        except KeywordError as error:
            errors.append((sidecar, error))
        except OSError as error:
            errors.append((sidecar, KeywordError("keyword_file_unreadable", repr(error), reason=os_reason(error))))
    try:
        yield photo, read_metadata(photo.read_bytes())
    except FileNotFoundError:
        errors.append((photo, KeywordError("keyword_file_missing")))
    except KeywordError as error:
        if error.code != "keywords_not_in_this_format":
            errors.append((photo, error))
    except OSError as error:
        errors.append((photo, KeywordError("keyword_file_unreadable", repr(error), reason=os_reason(error))))


def _values(words: _Words, meanings: _Meanings, unknown: Counter[str], ambiguous: Counter[str]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    explained: set[str] = set()
    for levels in words.hierarchical:
        root, *_, last = (each.strip() for each in levels.split(SEPARATOR))
        attribute = _ROOTS.get(spelling_key(root))
        value = meanings.value(attribute, last) if attribute and root != last else ""
        if attribute and value:
            found.setdefault(attribute, set()).add(value)
            explained.add(last)
    for word in words.flat - explained - words.parents:
        meant = meanings.of(word)
        if len(meant) == 1:
            ((attribute, value),) = meant.items()
            found.setdefault(attribute, set()).add(value)
        else:
            (ambiguous if meant else unknown)[word] += 1
    result = {}
    for attribute, several in found.items():
        if len(several) == 1:
            (result[attribute],) = several
        else:
            ambiguous[" / ".join(sorted(several))] += 1
    for word in words.removed:
        for attribute in meanings.of(word):
            if attribute != CATEGORY and attribute not in found and len(meanings.of(word)) == 1:
                result[attribute] = ""
    return result


def _set_already(tag: Tag, name: str, value: str) -> bool:
    """Whether a person has set this value before."""
    if name == CATEGORY:
        return tag.source == "user" and tag.category == value
    attribute = tag.attributes.named(name)
    if attribute is None:
        return not value
    return attribute.source == "user" and attribute.value == value
