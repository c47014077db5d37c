"""Reading the taxonomy's JSON files: each thing checked, and each mistake said in plain words.

Every function raises ``DataError`` with a sentence that names the file and what is wrong in it.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

from trainer.errors import DataError


def spelling_key(text: str) -> str:
    """Letters and digits only, without accents or case: how two spellings are compared.

    The vowels that Hindi, Thai and other scripts write as marks on a letter stay: they make other words.
    """
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    return "".join(sign for sign in plain if sign.isalnum() or _is_vowel(sign))


def _is_vowel(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M") and not "\u0300" <= sign <= "\u036f"


def wrong(file: Path, what: str, detail: str = "") -> DataError:
    """The error that names the file and says what is wrong with it."""
    return DataError(
        f"The taxonomy file “{file.name}” in “{file.parent}” is damaged: {what}. Install FashionLens again.", detail
    )


def read_object(file: Path, *keys: str) -> dict[str, Any]:
    """The JSON object in a file, which must hold the keys.

    Raises:
        DataError: There is no such file, it is not JSON, or a key is missing.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(
            f"The taxonomy file “{file.name}” is missing from “{file.parent}”. Install FashionLens again.", str(error)
        ) from error
    except OSError as error:
        raise wrong(file, "it cannot be read", str(error)) from error
    except (ValueError, RecursionError) as error:  # bad JSON, JSON nested too deeply and bad UTF-8 alike
        raise wrong(file, "it is not valid JSON", str(error)) from error
    if not isinstance(content, dict):
        raise wrong(file, "it does not hold an object")
    for key in keys:
        if key not in content:
            raise wrong(file, f"“{key}” is missing")
    return content


def texts(file: Path, value: object, what: str) -> tuple[str, ...]:
    """A list of words, none of them blank."""
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise wrong(file, f"{what} is not a list of words")
    return tuple(value)


def entries(file: Path, value: object, fields: set[str], what: str) -> list[dict[str, Any]]:
    """A list of objects with exactly these fields, each with a name of its own where it has one."""
    if not isinstance(value, list) or not value:
        raise wrong(file, f"{what} is not a list with something in it")
    names: set[str] = set()
    for number, entry in enumerate(value, 1):
        if not isinstance(entry, dict) or set(entry) != fields:
            raise wrong(file, f"entry {number} of {what} does not have the fields {', '.join(sorted(fields))}")
        if "name" in fields:
            (name,) = texts(file, [entry["name"]], f"the name of entry {number} of {what}")
            if spelling_key(name) in names:
                raise wrong(file, f"“{name}” is there twice")
            names.add(spelling_key(name))
    return value
