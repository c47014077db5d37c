"""Numbers of a training run in words that people use."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """``40 seconds``, ``12 minutes``, ``3 hours 20 minutes``: as exact as somebody who waits wants to know."""
    seconds = max(seconds, 0.0)
    if seconds < 55:
        return _count(max(round(seconds), 1), "second")
    minutes = max(round(seconds / 60), 1)
    if minutes < 60:
        return _count(minutes, "minute")
    hours, minutes = divmod(int(5 * round(minutes / 5)), 60)
    if hours >= 10 or not minutes:
        return _count(hours + (minutes >= 30), "hour")
    return f"{_count(hours, 'hour')} {_count(minutes, 'minute')}"


def short_duration(seconds: float) -> str:
    """``40 s``, ``12 min``, ``3 h 20 min``: as :func:`duration`, for a column of a table."""
    words = duration(seconds)
    for unit, sign in (("second", "s"), ("minute", "min"), ("hour", "h")):
        words = words.replace(f"{unit}s", sign).replace(unit, sign)
    return words.replace(" ", "\u00a0")


def time_left(seconds: float) -> str:
    """``about 12 minutes``, in steps that do not flicker; the first and last seconds are not counted out."""
    if seconds < 5:
        return "a few seconds"
    if seconds < 55:
        return f"about {max(5 * round(seconds / 5), 5)} seconds"
    return f"about {duration(seconds)}"


def percent(share: float) -> str:
    """``93.4 %`` from 0.934, with a no-break space."""
    return f"{100 * share:.1f}\u00a0%"


def speed(images_per_second: float) -> str:
    """Three digits are enough: ``1,230`` images a second, ``8.4``."""
    if images_per_second >= 100:
        digits = 10 if images_per_second >= 1000 else 1
        return f"{round(images_per_second / digits) * digits:,}"
    return f"{images_per_second:.1f}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
