"""The words that a photo's tags give, written into metadata beside those of others, and replaced later.

Keywords that were there before FashionLens belong to others, also when they are the same words: they stay when ours
are replaced. Ours are listed in a namespace of its own. A title and a colour label are only set where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from fashionlens_gui.photo_keywords.container import Metadata
from fashionlens_gui.photo_keywords.iptc import IptcRecord
from fashionlens_gui.photo_keywords.xmp import DC, LIGHTROOM, OWN, XMP, XmpPacket
from fashionlens_gui.tagging.tag import Status, Tag
from trainer.taxonomy import CATEGORY

LABELS = {Status.OK: "Green", Status.NEEDS_REVIEW: "Yellow"}
"""Colour labels by status, in the English words that Lightroom and digiKam use."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})

SEPARATOR = "|"
"""Between the levels of a hierarchical keyword."""


@dataclass(frozen=True, slots=True)
class TagWords:
    """What is written.

    Attributes:
        flat: Keywords, such as ``Dress`` and ``Navy blue``.
        hierarchical: The same with their levels, such as ``Category|Dresses|Dress`` and ``Colour|Navy blue``.
        title: Such as ``Navy blue Dress``.
        label: One of :data:`LABELS`.
    """

    flat: tuple[str, ...] = ()
    hierarchical: tuple[str, ...] = ()
    title: str = ""
    label: str = ""


NO_WORDS = TagWords()


@dataclass(frozen=True, slots=True)
class WordChoice:
    """Which words are written.

    Attributes:
        attributes_off: ``category`` and attributes that give no keywords.
        own: Whether attributes that people defined give keywords.
        title: Whether a title is set.
        label: Whether a colour label is set.
    """

    attributes_off: frozenset[str] = frozenset()
    own: bool = True
    title: bool = True
    label: bool = True


ALL_WORDS = WordChoice()


def words_of(tag: Tag, choice: WordChoice = ALL_WORDS, own_names: Mapping[str, str] = NO_NAMES) -> TagWords:
    """The words of a photo's tags; values that are only a guess are left out.

    Args:
        tag: The row.
        choice: Which words.
        own_names: Names of the attributes that people defined, by their code.
    """
    if tag.status == Status.ERROR:
        return NO_WORDS
    known = bundled_taxonomy()
    category = "" if CATEGORY in choice.attributes_off else tag.category
    tagged = {each.name: each.exported for each in tag.attributes if each.exported}
    values = {name: value for name, value in tagged.items() if name not in choice.attributes_off}
    if choice.own:
        values |= {own_names[each.name]: each.exported for each in tag.own if each.exported and each.name in own_names}
    group = known.place(tag.category).group if known else ""
    levels = ["Category", *([group] if group and group != tag.category else []), tag.category]
    hierarchical = [SEPARATOR.join(map(_level, levels))] if category else []
    hierarchical += [
        SEPARATOR.join((_level(name[:1].upper() + name[1:]), _level(value))) for name, value in values.items()
    ]
    flat = dict.fromkeys([*([category] if category else []), *values.values()])
    title = " ".join(filter(None, (tagged.get("colour", ""), tag.category))) if choice.title else ""
    return TagWords(tuple(flat), tuple(hierarchical), title, LABELS[tag.status] if choice.label else "")


def with_words(metadata: Metadata, words: TagWords, iptc: bool) -> Metadata:
    """Metadata with the words in place of those that were written before.

    Args:
        metadata: Of a file.
        words: Of its photo; :data:`NO_WORDS` removes ours.
        iptc: Whether the file has IPTC, too.

    Raises:
        KeywordError: The metadata are damaged.
    """
    packet = XmpPacket(metadata.xmp)
    before = packet.list_of(OWN, "subject")
    own = _replace_list(packet, DC, "subject", "subject", words.flat)
    _replace_list(packet, LIGHTROOM, "hierarchicalSubject", "hierarchicalSubject", words.hierarchical)
    titled = _replace_text(packet, DC, "title", words.title)
    _replace_text(packet, XMP, "Label", words.label)
    new_iptc = metadata.iptc
    if iptc:
        record = IptcRecord(metadata.iptc)
        record.replace_keywords(before, own)
        if titled and record.title in ("", titled[0]):
            record.set_title(titled[1])
        new_iptc = record.to_bytes()
    return Metadata(packet.to_bytes(), new_iptc)


def has_own_words(metadata: Metadata) -> bool:
    """Whether FashionLens has written into these metadata."""
    if metadata.xmp is None:
        return False
    packet = XmpPacket(metadata.xmp)
    return bool(packet.list_of(OWN, "subject") or packet.text_of(OWN, "title") or packet.text_of(OWN, "Label"))


def _replace_list(packet: XmpPacket, namespace: str, name: str, own_name: str, texts: tuple[str, ...]) -> list[str]:
    """Returns those that are ours now."""
    before = set(packet.list_of(OWN, own_name))
    others = [text for text in packet.list_of(namespace, name) if text not in before]
    own = [text for text in texts if text not in others]
    packet.set_list(namespace, name, [*others, *own])
    packet.set_list(OWN, own_name, own)
    return own


def _replace_text(packet: XmpPacket, namespace: str, name: str, text: str) -> tuple[str, str] | None:
    """Set a text where there is none but ours; returns ours before and now, None where it is another's."""
    there, before = packet.text_of(namespace, name), packet.text_of(OWN, name)
    if there and there != before:
        packet.set_text(OWN, name, "")
        return None
    (packet.set_default_text if name == "title" else packet.set_text)(namespace, name, text)
    packet.set_text(OWN, name, text)
    return before, text


def _level(text: str) -> str:
    return text.replace(SEPARATOR, "/")
