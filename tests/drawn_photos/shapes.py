"""Outlines and lines as points in pixels of the finished photo, 900 wide and 1200 high."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 900, 1200
_FINER = 4  # shapes are drawn so many times larger and scaled down, which makes their edges smooth

Point = tuple[float, ...]
"""(x, y) where the outline is smooth, (x, y, 0) where it has a corner."""
Outline = Sequence[Point]


def mirrored(right_half: Outline, middle: float = WIDTH / 2) -> list[Point]:
    """A symmetric outline from its right half, which goes from the top to the bottom."""
    left_half = [(2 * middle - point[0], *point[1:]) for point in reversed(right_half) if point[0] != middle]
    return [*right_half, *left_half]


def flipped(outline: Outline, middle: float = WIDTH / 2) -> list[Point]:
    """The outline seen in a mirror: a left sleeve from a right one."""
    return [(2 * middle - point[0], *point[1:]) for point in outline]


def moved(outline: Outline, right: float, down: float) -> list[Point]:
    """The outline shifted, in pixels."""
    return [(point[0] + right, point[1] + down, *point[2:]) for point in outline]


def strip(line: Outline, width: float) -> list[Point]:
    """The outline of a band of even ``width`` along ``line``, with square ends."""
    points = np.array([(point[0], point[1]) for point in line], float)
    tangents = np.gradient(points, axis=0)
    sides = np.stack([-tangents[:, 1], tangents[:, 0]], 1) / np.hypot(tangents[:, 0], tangents[:, 1])[:, None]
    there = [(float(x), float(y)) for x, y in points + sides * width / 2]
    back = [(float(x), float(y)) for x, y in (points - sides * width / 2)[::-1]]
    corners: list[list[Point]] = [[(*part[0], 0.0), *part[1:-1], (*part[-1], 0.0)] for part in (there, back)]
    return corners[0] + corners[1]


def circle(x: float, y: float, radius: float) -> list[Point]:
    """A circle's outline."""
    return [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in np.linspace(0, 2 * np.pi, 17)[:-1]]


def smooth(points: Outline, closed: bool) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through ``points``, straight into and out of corners."""
    curve: list[tuple[float, float]] = []
    count = len(points)
    for index in range(count if closed else count - 1):
        p1, p2 = points[index], points[(index + 1) % count]
        p0 = p1 if _corner(p1) or (not closed and index == 0) else points[index - 1]
        p3 = p2 if _corner(p2) or (not closed and index == count - 2) else points[(index + 2) % count]
        for step in range(12):
            t = step / 12
            curve.append((_catmull_rom(p0[0], p1[0], p2[0], p3[0], t), _catmull_rom(p0[1], p1[1], p2[1], p3[1], t)))
    if not closed:
        curve.append((points[-1][0], points[-1][1]))
    return curve


def _corner(point: Point) -> bool:
    return len(point) > 2


def _catmull_rom(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def filled(outline: Outline) -> np.ndarray:
    """How much of each pixel lies inside: float32 H×W, [0, 1]."""
    return _rasterised(lambda draw, curve: draw.polygon(curve, fill=255), smooth(outline, closed=True), 2)


def stroked(
    points: Outline, width: float, *, closed: bool = False, dash: tuple[float, float] | None = None
) -> np.ndarray:
    """How much of each pixel a line covers: float32 H×W, [0, 1].

    Args:
        points: The line.
        width: In pixels.
        closed: Whether its end joins its beginning.
        dash: Lengths of dash and gap in pixels, for stitches.
    """
    curve = smooth(points, closed)
    if closed:
        curve.append(curve[0])
    parts = [curve] if dash is None else _dashes(curve, *dash)

    def draw_all(draw: ImageDraw.ImageDraw, _: object) -> None:
        for part in parts:
            line = [(x * _FINER - left * _FINER, y * _FINER - top * _FINER) for x, y in part]
            draw.line(line, fill=255, width=max(1, round(width * _FINER)), joint="curve")

    left, top = _origin(curve, width + 2)
    return _rasterised(draw_all, curve, width + 2)


def _dashes(curve: list[tuple[float, float]], dash: float, gap: float) -> list[list[tuple[float, float]]]:
    points = np.array(curve)
    lengths = np.concatenate([[0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    parts = []
    for start in np.arange(0, lengths[-1], dash + gap):
        where = np.linspace(start, min(start + dash, lengths[-1]), 4)
        parts.append(
            [(float(np.interp(w, lengths, points[:, 0])), float(np.interp(w, lengths, points[:, 1]))) for w in where]
        )
    return parts


def _origin(curve: list[tuple[float, float]], margin: float) -> tuple[int, int]:
    return int(min(x for x, _ in curve) - margin), int(min(y for _, y in curve) - margin)


def _rasterised(draw_it, curve: list[tuple[float, float]], margin: float) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Draw into the curve's own box only, since most parts are small, and put that into a whole photo's mask."""
    left, top = _origin(curve, margin)
    right = int(max(x for x, _ in curve) + margin) + 1
    bottom = int(max(y for _, y in curve) + margin) + 1
    fine = Image.new("L", ((right - left) * _FINER, (bottom - top) * _FINER), 0)
    draw_it(ImageDraw.Draw(fine), [((x - left) * _FINER, (y - top) * _FINER) for x, y in curve])
    small = np.asarray(fine.reduce(_FINER), np.float32) / 255
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(right, WIDTH), min(bottom, HEIGHT)
    if x1 > x0 and y1 > y0:
        mask[y0:y1, x0:x1] = small[y0 - top : y1 - top, x0 - left : x1 - left]
    return mask
