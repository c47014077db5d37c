"""Fabrics: what colour and relief a material has at each point of its own plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tests.drawn_photos.light import noise

Field = np.ndarray
Colour = tuple[float, float, float]
"""sRGB, [0, 1]."""
Pattern = Callable[[Field, Field, np.random.Generator], np.ndarray]
"""(u, v in pixels across and along the cloth, random numbers) to H×W×3 colours."""


@dataclass(frozen=True)
class Cloth:
    """A material.

    Attributes:
        pattern: Its colours.
        relief: Height of its weave or stitches in pixels, from (u, v); None for smooth cloth.
        grain: Strength of fine irregular light and dark, [0, 1].
        gloss: Strength of the highlight, [0, 1]: leather and satin have one.
        softness: How strongly it wrinkles, 1 for cotton.
    """

    pattern: Pattern
    relief: Callable[[Field, Field], Field] | None = None
    grain: float = 0.008
    gloss: float = 0.0
    softness: float = 1.0


def rgb(code: str) -> Colour:
    """``#rrggbb`` as three numbers [0, 1]."""
    return tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def plain(colour: str, **other: float) -> Cloth:
    """One colour."""
    value = np.array(rgb(colour), np.float32)
    return Cloth(lambda u, v, rng: np.broadcast_to(value, (*u.shape, 3)), **other)  # type: ignore[arg-type]


def stripes(base: str, stripe: str, period: float, width: float, *, upright: bool = False, **other: float) -> Cloth:
    """Stripes ``width`` wide every ``period`` pixels, across the cloth or along it."""
    return Cloth(lambda u, v, rng: _mix(rgb(base), rgb(stripe), _band(u if upright else v, period, width)), **other)  # type: ignore[arg-type]


def checks(base: str, second: str, line: str, period: float) -> Cloth:
    """A woven check: broad bands that cross, and a thin line between them."""

    def pattern(u: Field, v: Field, rng: np.random.Generator) -> np.ndarray:
        across, along = _band(u, period, period * 0.5), _band(v, period, period * 0.5)
        colours = _mix(rgb(base), rgb(second), (across + along) / 2)
        thin = np.maximum(
            _band(u - period * 0.375, period, period * 0.06), _band(v - period * 0.375, period, period * 0.06)
        )
        return colours + (np.array(rgb(line), np.float32) - colours) * (0.75 * thin)[..., None]

    return Cloth(pattern)


def dots(base: str, dot: str, period: float, radius: float) -> Cloth:
    """Dots in staggered rows."""

    def pattern(u: Field, v: Field, rng: np.random.Generator) -> np.ndarray:
        row = np.floor(v / period)
        x = (u / period + 0.5 * (row % 2)) % 1 - 0.5
        y = (v / period) % 1 - 0.5
        return _mix(rgb(base), rgb(dot), _inside(radius - np.hypot(x, y) * period))

    return Cloth(pattern)


def floral(base: str, petals: tuple[str, ...], leaf: str, cell: float) -> Cloth:
    """Strewn flowers of five petals with leaves, one in each of the staggered cells, all a little different."""

    def pattern(u: Field, v: Field, rng: np.random.Generator) -> np.ndarray:
        chance = np.random.default_rng(int(rng.integers(2**32)))
        table = chance.random((97, 5)).astype(np.float32)
        colours = np.broadcast_to(np.array(rgb(base), np.float32), (*u.shape, 3)).copy()
        for layer, (shift, scale) in enumerate(((0.0, 1.0), (0.53, 0.62))):
            row = np.floor(v / cell + shift)
            x0 = u / cell + shift + 0.5 * (row % 2)
            column = np.floor(x0)
            pick = table[((row * 31 + column * 17 + layer * 7) % 97).astype(np.int64)]
            x = (x0 - column - 0.5 - 0.2 * (pick[..., 0] - 0.5)) * cell
            y = (v / cell + shift - row - 0.5 - 0.2 * (pick[..., 1] - 0.5)) * cell
            _paint_flower(colours, x, y, pick, cell * 0.31 * scale, [rgb(p) for p in petals], rgb(leaf))
        return colours

    return Cloth(pattern)


def denim(colour: str, worn: float = 0.35) -> Cloth:
    """Twill of dyed and undyed thread: diagonal lines, uneven threads, pale where it is worn."""

    def pattern(u: Field, v: Field, rng: np.random.Generator) -> np.ndarray:
        threads = noise(u.shape, (2.2, 60), rng) * 0.06 + noise(u.shape, (1.6, 1.6), rng) * 0.05
        twill = 0.05 * np.sin((u + v) * 1.25)
        fading = worn * 0.5 * noise(u.shape, (160, 220), rng)
        return _lighter(np.array(rgb(colour), np.float32), threads + twill + 0.25 * fading)

    return Cloth(pattern, grain=0.0, softness=0.8)


def melange(colour: str, strength: float = 0.12, **other: float) -> Cloth:
    """Spun from fibres of several shades."""

    def pattern(u: Field, v: Field, rng: np.random.Generator) -> np.ndarray:
        fibres = noise(u.shape, (5, 1.8), rng) * strength + noise(u.shape, (1.8, 5), rng) * strength * 0.5
        return _lighter(np.array(rgb(colour), np.float32), fibres * 0.6)

    return Cloth(pattern, grain=0.0, **other)  # type: ignore[arg-type]


def knitted(cloth: Cloth, stitch: float = 11.0, depth: float = 1.1) -> Cloth:
    """The same colours in stocking stitch: columns of small Vs."""

    def relief(u: Field, v: Field) -> Field:
        across = (u / stitch) % 1 - 0.5
        slanted = np.sin((v + np.abs(across) * stitch * 1.1) * (2 * np.pi / (stitch * 0.8)))
        return depth * (np.cos(across * 2 * np.pi) * 0.7 + slanted * 0.45 * np.cos(across * np.pi) ** 2)

    return replace(cloth, relief=relief, softness=0.7)


def cabled(cloth: Cloth, period: float = 104.0) -> Cloth:
    """Knitted, with plaited cables along it."""
    ground = knitted(cloth, 13.0, 0.35).relief
    assert ground is not None

    def relief(u: Field, v: Field) -> Field:
        x = (u / period) % 1 - 0.5
        turn = np.sin(v * 2 * np.pi / 82)
        left, right = x - 0.11 * turn, x + 0.11 * turn
        front = 0.86 + 0.14 * np.tanh(2.5 * np.cos(v * 2 * np.pi / 82))  # which strand lies above
        cable = np.maximum(front * np.exp(-((left / 0.075) ** 2)), (1.72 - front) * np.exp(-((right / 0.075) ** 2)))
        furrow = np.exp(-(((np.abs(x) - 0.26) / 0.03) ** 2))
        return 4.6 * cable - 1.8 * furrow + ground(u, v) * (1 - cable)

    return replace(cloth, relief=relief, softness=0.5)


def ribbed(cloth: Cloth, period: float = 11.0, depth: float = 1.5) -> Cloth:
    """The same colours in ribs along the cloth, as cuffs have them."""
    return replace(cloth, relief=lambda u, v: depth * np.sin(u * 2 * np.pi / period), softness=0.4)


def tweed(colour: str, fleck: str) -> Cloth:
    """Wool in a herringbone weave with flecks."""

    def pattern(u: Field, v: Field, rng: np.random.Generator) -> np.ndarray:
        zigzag = np.abs((u / 34) % 1 - 0.5) * 34
        lines = np.sin((v + zigzag * 1.1) * (2 * np.pi / 9))
        amount = np.clip(0.22 + 0.2 * lines + 0.16 * noise(u.shape, (3, 3), rng), 0, 1)
        return _mix(rgb(colour), rgb(fleck), amount)

    return Cloth(pattern, grain=0.0, softness=0.6)


def leather(colour: str, gloss: float = 0.35) -> Cloth:
    """Smooth, with a soft highlight and hardly a fold."""

    def pattern(u: Field, v: Field, rng: np.random.Generator) -> np.ndarray:
        return _lighter(np.array(rgb(colour), np.float32), 0.05 * noise(u.shape, (40, 40), rng))

    return Cloth(pattern, grain=0.012, gloss=gloss, softness=0.35)


def _paint_flower(
    colours: np.ndarray, x: Field, y: Field, pick: Field, size: float, petals: list[Colour], leaf: Colour
) -> None:
    """One flower and two leaves at the origin of (x, y), over ``colours`` in place."""
    turn = pick[..., 2] * 2 * np.pi
    radius, angle = np.hypot(x, y), np.arctan2(y, x) + turn
    leaf_edge = size * 1.26 * np.abs(np.sin(angle + 0.6)) ** 4 - radius
    _cover(colours, leaf, _inside(leaf_edge) * 0.9)
    petal_edge = size * (0.72 + 0.28 * np.cos(5 * angle)) - radius
    shade = np.clip(radius / size, 0, 1)[..., None]
    which = (pick[..., 3] * len(petals)).astype(np.int64) % len(petals)
    colour = np.array(petals, np.float32)[which] * (0.82 + 0.18 * shade)
    inside = _inside(petal_edge)[..., None]
    colours += (colour - colours) * inside
    _cover(colours, (0.96, 0.80, 0.36), _inside(size * 0.2 - radius))


def _cover(colours: np.ndarray, colour: Colour, amount: Field) -> None:
    colours += (np.array(colour, np.float32) - colours) * amount[..., None]


def _mix(first: Colour, second: Colour, amount: Field) -> np.ndarray:
    a, b = np.array(first, np.float32), np.array(second, np.float32)
    return a + (b - a) * amount[..., None].astype(np.float32)


def _lighter(colour: np.ndarray, amount: Field) -> np.ndarray:
    return np.clip(colour * (1 + amount[..., None]) + 0.12 * np.maximum(amount[..., None], 0), 0, 1).astype(np.float32)


def _inside(distance: Field) -> Field:
    """1 inside, 0 outside, smooth over one pixel at the edge."""
    return np.clip(distance + 0.5, 0, 1).astype(np.float32)


def _band(position: Field, period: float, width: float) -> Field:
    """1 on bands, 0 between them, with edges one pixel soft."""
    return _inside(width / 2 - np.abs((position / period) % 1 - 0.5) * period)
