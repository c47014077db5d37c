"""When a photo was taken, by its EXIF."""

from __future__ import annotations

import re
from datetime import datetime

from PIL import Image

_EXIF_IFD = 0x8769
_ORIGINAL, _DIGITIZED = 0x9003, 0x9004  # DateTimeOriginal, DateTimeDigitized
_FORMAT = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")


def date_taken(image: Image.Image) -> str:
    """The camera's date and time, such as ``2026-12-24T18:30:05``; empty when the photo has none or it makes no sense.

    It is the time of the place where the photo was taken; EXIF seldom says which time zone that is.
    """
    try:
        found = image.getexif().get_ifd(_EXIF_IFD)
        texts = [str(found.get(tag, "")) for tag in (_ORIGINAL, _DIGITIZED)]
    except Exception:  # damaged EXIF fails in many ways in Pillow's parser; the pixels are good without it
        return ""
    for text in texts:
        if match := _FORMAT.match(text.strip()):
            try:
                return datetime(*map(int, match.groups())).isoformat()  # type: ignore[arg-type]
            except ValueError:  # a camera whose clock was never set writes zeros
                continue
    return ""
