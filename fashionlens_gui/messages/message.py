"""A message of a table, and how its parameters are filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Message = str | Callable[..., str]
"""A sentence with ``{parameter}`` fields, or a function that makes it from the parameters."""

Table = Mapping[str, Message]
"""Messages by code."""


def filled(table: Table, code: str, parameters: Mapping[str, object]) -> str | None:
    """The message of a code with its parameters; None where the table has none for it."""
    message = table.get(code)
    if message is None:
        return None
    return message(**parameters) if callable(message) else message.format(**parameters)


def quoted(names: Sequence[str]) -> str:
    """``“a”, “b”``."""
    return ", ".join(f"“{name}”" for name in names)


def and_more(count: int, most: int) -> str:
    """What follows the first ``most`` of ``count`` names; empty when these are all."""
    return f" and {count - most:,} more" if count > most else ""
