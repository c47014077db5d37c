"""Rows of a list."""

from __future__ import annotations

from dataclasses import replace

from fashionlens_gui.tagging.tag import Tag


def with_values(tag: Tag, **values: str) -> Tag:
    """The same row with attributes that a person set."""
    return replace(tag, attributes=tag.attributes.with_user_values(values))
