"""The model card (Markdown) beside a model file."""

from __future__ import annotations

import logging
from pathlib import Path

from trainer.errors import ModelFileError
from trainer.model_files.checks import refuse_unusual_file
from trainer.model_files.names import CARD_SUFFIX

LARGEST_CARD = 256 * 2**10
"""Bytes; that of the product model has 7 kB."""

_log = logging.getLogger(__name__)


def read_card(model: Path) -> str | None:
    """The Markdown of the card ``NAME.md`` beside ``NAME.safetensors``; None when it is missing or unusable."""
    card = model.with_suffix(CARD_SUFFIX)
    try:
        refuse_unusual_file(card)
        if card.stat().st_size > LARGEST_CARD:
            _log.warning("%s is ignored: it is too large for a card", card)
            return None
        return card.read_text(encoding="utf-8")
    except (ModelFileError, OSError, UnicodeDecodeError) as error:
        if card.exists():
            _log.warning("%s is ignored: %r", card, error)
        return None


def with_heading(text: str, old: str, new: str) -> str:
    """The card with the new name in its first heading, when that is just the old name; else unchanged."""
    first, line_end, rest = text.partition("\n")
    return f"# {new}{line_end}{rest}" if first.startswith("# ") and first[2:].strip() == old else text
