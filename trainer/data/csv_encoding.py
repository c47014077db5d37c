"""The encoding of a CSV: a byte-order mark, UTF-8, or the code page under which its photos are found on the disk.

Without such a proof there are only guesses, which a person has to choose from: charset-normalizer alone reads the bytes
of “Vêtement” as “Vętement”.
"""

from __future__ import annotations

import codecs
import itertools
import locale
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import DataError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CODE_PAGES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("cp932", "gb18030", "cp949", "cp950", "mac_roman", "mac_latin2", "mac_cyrillic", "cp850", "cp852", "cp866"),
)
"""What Excel saves plain CSV in, by language: of Windows, then of the Mac and of MS-DOS."""

_SAMPLE_LINES = 2_000
_SAMPLE_FILES = 50
_SHOWN_NAMES = 3

_chosen: dict[str, str] = {}  # by absolute path; "" for all


@dataclass(frozen=True, slots=True)
class Names:
    """What a table says in the columns that count.

    Attributes:
        files: The photos.
        all: Photos, categories and whatever else is read.
    """

    files: tuple[str, ...]
    all: tuple[str, ...]


def choose_encoding(encoding: str, source: Path | None = None) -> None:
    """Read a table (None: every table) in this encoding from now on, where it has no mark and is no UTF-8.
    Empty: as without a choice. Raises :class:`LookupError`: there is no such encoding.
    """
    if encoding:
        codecs.lookup(encoding)
    _chosen[os.path.abspath(source) if source else ""] = encoding


def decode(source: Path, data: bytes, names_in: Callable[[str], Names], exists: Callable[[str], bool]) -> str:
    """The text of a table.

    Args:
        source: Its file, for errors and for the choice of the user.
        data: Its bytes.
        names_in: Reads a table.
        exists: Whether a photo that the table names is there.

    Raises:
        DataError: ``csv_encoding_unsure``, ``csv_in_other_encoding`` (the chosen one does not fit), ``not_csv``.
    """
    marked = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    likely = [marked] if marked else ["utf-16-le", "utf-16-be"] if b"\0" in data else ["utf-8"]
    for encoding in likely:
        text = _decoded(data, encoding)
        if text is not None and "\0" not in text and (b"\0" not in data or re.search("[,;\t\r\n]", text)):
            return text
    if marked or b"\0" in data:
        raise DataError("not_csv", file=str(source))
    chosen = _chosen.get(os.path.abspath(source)) or _chosen.get("")
    if chosen:
        text = _decoded(data, chosen)
        if text is None:
            raise DataError("csv_in_other_encoding", file=str(source), encoding=chosen)
        return text
    return data.decode(_code_page(source, data, names_in, exists))


def _code_page(source: Path, data: bytes, names_in: Callable[[str], Names], exists: Callable[[str], bool]) -> str:
    lines = re.split(b"\r\n|\r|\n", data)
    first = 1 + next((number for number, line in enumerate(lines) if line.strip() and b"sep=" not in line[:5]), 0)
    foreign = [line for line in lines[first:] if not line.isascii()]
    sample = b"\n".join([*lines[:first], *foreign[:_SAMPLE_LINES]])
    guesses: dict[Names, str] = {}
    for encoding in CODE_PAGES:
        text = _decoded(sample, encoding)
        if text is not None and _decoded(data, encoding) is not None:
            guesses.setdefault(names_in(text), encoding)
    if not guesses:
        raise DataError("not_csv", file=str(source))
    found = {names: _found(names, exists) for names in guesses}
    best = [names for names, count in found.items() if count == max(found.values())]
    if len(best) == 1:
        return guesses[best[0]]
    ranked = _ranked(sample, {guesses[names]: names for names in best})
    foreign_names = [dict.fromkeys(name for name in names.all if not name.isascii()) for names in ranked.values()]
    shown = tuple(", ".join(itertools.islice(names, _SHOWN_NAMES)) for names in foreign_names)
    raise DataError("csv_encoding_unsure", file=str(source), encodings=tuple(ranked), names=shown)


def _found(names: Names, exists: Callable[[str], bool]) -> int:
    return sum(map(exists, [file for file in dict.fromkeys(names.files) if not file.isascii()][:_SAMPLE_FILES]))


def _ranked(sample: bytes, guesses: dict[str, Names]) -> dict[str, Names]:
    """The likeliest guesses first: that of this computer, then by charset-normalizer."""
    import charset_normalizer

    words = b" ".join(re.findall(rb'[^,;\t"\r\n]*[\x80-\xff][^,;\t"\r\n]*', sample))
    order = list(guesses)
    scores = {encoding: -_share_of_signs("".join(names.all)) for encoding, names in guesses.items()}
    for match in charset_normalizer.from_bytes(words, cp_isolation=order, threshold=1.0):
        scores[match.encoding] -= match.chaos
    for match in charset_normalizer.from_bytes(sample, cp_isolation=order, threshold=1.0):
        scores[match.encoding] += match.coherence
    scores[locale.getencoding()] = 2.0
    return {encoding: guesses[encoding] for encoding in sorted(order, key=lambda name: -scores[name])}


def _share_of_signs(text: str) -> float:
    """How much of what is not ASCII is neither a letter nor punctuation of texts."""
    foreign = [letter for letter in text if not letter.isascii() and letter not in "‘’“”„«»–—…°®™€£\u00a0"]
    return sum(not letter.isalpha() for letter in foreign) / max(1, len(foreign))


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
