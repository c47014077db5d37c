"""Notes of a photo in a column of a database: a JSON list of [code, parameters], or "" for none.

Version 0.1 stored sentences there; :func:`legacy_notes` reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from fashionlens_gui.tagging.tag import Status, low_confidence
from trainer.preprocessing.photo import TOO_SMALL, PhotoNote

_LEGACY_NOTES = {
    "Animation: first frame used.": PhotoNote("first_frame"),
    "Several pages: first page used.": PhotoNote("first_page"),
    "Too small to trust.": TOO_SMALL,
}
_LEGACY_FORMAT = re.compile(r"Named (\.\w+) but is a (\w+) file\.")
_LEGACY_SENTENCES = re.compile("|".join([*map(re.escape, _LEGACY_NOTES), _LEGACY_FORMAT.pattern]))


def encode(notes: Sequence[PhotoNote]) -> str:
    """The column's text."""
    if not notes:
        return ""
    return json.dumps([[note.code, dict(note.parameters)] for note in notes], separators=(",", ":"))


@lru_cache(maxsize=4096)
def decode(text: str, status: Status, second_category: str) -> tuple[PhotoNote, ...]:
    """The notes of a row, from its columns of these names."""
    if not text:
        return ()
    try:
        return tuple(PhotoNote(code, _with_tuples(parameters)) for code, parameters in json.loads(text))
    except ValueError:  # no JSON: every sentence ends in a full stop
        return tuple(legacy_notes(text, status, second_category))


def _with_tuples(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}


def legacy_notes(text: str, status: Status, second_category: str) -> Iterator[PhotoNote]:
    """The codes of the sentences that version 0.1 stored; other sentences become notes ``text``."""
    if status == Status.ERROR:
        yield PhotoNote("text", {"text": text})
        return
    unsure = f"Unsure: could also be {second_category}." if second_category else "Unsure: please look."
    rest = text.removesuffix(unsure)
    end = 0
    for match in _LEGACY_SENTENCES.finditer(rest):
        yield from _other_text(rest[end : match.start()])
        suffix, format = match.groups()
        yield _LEGACY_NOTES.get(match.group()) or PhotoNote("other_format", {"suffix": suffix, "format": format})
        end = match.end()
    yield from _other_text(rest[end:])
    if rest != text:
        yield low_confidence(second_category)


def _other_text(text: str) -> Iterator[PhotoNote]:
    if text.strip():
        yield PhotoNote("text", {"text": text.strip()})
