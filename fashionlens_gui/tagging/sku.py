"""The SKU of a photo, from the name of its file: ``A-123_front.jpg`` belongs to the product ``A-123``.

A pattern is a regular expression that is searched in the name without its suffix; if the pattern has a slash, in the
name with its folder in front, such as ``A-123/front``. The SKU is the first group, or all that matched.
"""

from __future__ import annotations

import re
from pathlib import Path

from fashionlens_gui.tagging.tag import printable
from trainer.errors import DataError

BEFORE_FIRST_SIGN = "[^_-]+"
BEFORE_LAST_SIGN = "(.+)[_-]"
WHOLE_NAME = ".+"
FOLDER = "(.+)/"


def check_pattern(pattern: str) -> str:
    """The pattern. Raises DataError (``sku_pattern_invalid``) if it is no regular expression."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise DataError("sku_pattern_invalid", pattern=pattern, reason=str(error)) from error
    return pattern


def sku_of(path: Path, pattern: str) -> str:
    """The SKU of a photo; empty where the pattern finds nothing."""
    name = f"{path.parent.name}/{path.stem}" if "/" in pattern else path.stem
    found = re.search(pattern, printable(name))
    return "" if found is None else (found.group(1) or "" if found.re.groups else found.group()).strip()
