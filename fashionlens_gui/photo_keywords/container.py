"""What the modules for JPEG, PNG, WebP and TIFF share."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.errors import FashionLensError


class KeywordError(FashionLensError):
    """Keywords cannot be written to a file, or read from it; it is as it was."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of a file: an XMP packet and IPTC-IIM datasets; None for none."""

    xmp: bytes | None = None
    iptc: bytes | None = None


def damaged(detail: str) -> KeywordError:
    """The error for a file whose structure is not in order."""
    return KeywordError("keyword_file_damaged", detail)
