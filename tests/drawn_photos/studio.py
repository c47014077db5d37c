"""A photo in the making: parts of a garment are laid on one another, lit, and photographed on a light background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.drawn_photos.cloth import Cloth, rgb
from tests.drawn_photos.light import blurred, noise, shading
from tests.drawn_photos.shapes import HEIGHT, WIDTH, Outline, Point, circle, filled, smooth, stroked

_DEPTH = 1.7  # of all folds; more looks crumpled, less looks ironed


@dataclass(frozen=True)
class Fold:
    """A ridge (or, with negative height, a furrow) in cloth.

    Attributes:
        line: Where it runs.
        width: In pixels, at its middle; it tapers off to both ends.
        height: In pixels.
    """

    line: tuple[Point, ...]
    width: float = 26
    height: float = 5


class Studio:
    """Draws one photo. The same seed draws the same photo.

    Attributes:
        rng: All chance in the drawing comes from here.
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self._rgb = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        self._cover = np.zeros((HEIGHT, WIDTH), np.float32)

    def part(
        self,
        outline: Outline,
        cloth: Cloth,
        *,
        folds: Sequence[Fold] = (),
        angle: float = 0.0,
        round_: float = 16.0,
        bulge: float = 10.0,
        wrinkles: float = 1.0,
        light: float = 1.0,
        cast: float = 0.30,
    ) -> None:
        """Lay one part over what is there.

        Args:
            outline: Its closed outline.
            cloth: What it is made of.
            folds: Its folds.
            angle: Degrees that its cloth is turned by, clockwise, as in a sleeve.
            round_: Pixels over which its edge rounds off.
            bulge: How far its middle stands above its edge, in pixels.
            wrinkles: Strength of chance wrinkles, 0 for none.
            light: Brightness, below 1 for what lies inside or behind.
            cast: Strength of the shadow it casts on the parts below, [0, 1].
        """
        whole = filled(outline)
        window = _window(whole, margin=40)
        mask = whole[window]
        self._cast_shadow(window, mask, cast)
        height = self._height(window, mask, cloth, folds, round_, bulge, wrinkles)
        u, v = self._cloth_plane(window, height, angle)
        if cloth.relief is not None:
            height = height + cloth.relief(u, v).astype(np.float32)
        diffuse, highlight = shading(height, cloth.gloss)
        rim = np.clip(blurred(mask, 7.0) * 2 - 1, 0, 1)  # 0 at the edge: less light gets there
        brightness = light * np.clip(diffuse, 0.35, 1.3) * (0.80 + 0.20 * rim)
        if cloth.grain:
            brightness = brightness * (1 + cloth.grain * noise(mask.shape, (1.6, 1.6), self.rng))
        colours = cloth.pattern(u, v, self.rng) * _tinted(brightness) + highlight[..., None]
        self._lay(window, np.clip(colours, 0, 1), mask)

    def line(
        self,
        points: Outline,
        colour: str,
        width: float = 1.6,
        opacity: float = 0.6,
        *,
        closed: bool = False,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw a line on the parts: a seam, a print, a thread. Where no part lies it does not show."""
        mask = stroked(points, width, closed=closed, dash=dash) * opacity
        window = _window(mask, margin=2)
        self._paint(window, rgb(colour), mask[window])

    def seam(self, points: Outline, depth: float = 1.0, *, closed: bool = False) -> None:
        """Two cloths sewn together: a dark furrow with a lit edge below it."""
        self.line(points, "#000000", 2.0, 0.30 * depth, closed=closed)
        lit = [(point[0] + 1.2, point[1] + 1.8, *point[2:]) for point in points]
        self.line(lit, "#ffffff", 1.4, 0.20 * depth, closed=closed)

    def stitches(self, points: Outline, colour: str, *, closed: bool = False, opacity: float = 0.75) -> None:
        """A row of visible stitches."""
        self.line(points, colour, 1.7, opacity, closed=closed, dash=(6.0, 3.5))

    def print_(self, outline: Outline, colour: str, opacity: float = 0.9) -> None:
        """Print a flat shape on the parts below; folds and light show through."""
        mask = filled(outline) * opacity
        window = _window(mask, margin=2)
        under = self._rgb[window]
        light = under.mean(-1, keepdims=True) / max(float(under[mask[window] > 0.5].mean()), 0.05)
        ink = np.array(rgb(colour), np.float32) * np.clip(light, 0.6, 1.25)
        self._rgb[window] = under + (ink - under) * (mask[window] * (self._cover[window] > 0))[..., None]

    def button(self, x: float, y: float, radius: float, colour: str) -> None:
        """A button with four holes, sewn on."""
        self.part(circle(x, y, radius), _button_cloth(colour), round_=radius * 0.35, bulge=2.5, wrinkles=0, cast=0.45)
        self.line(circle(x, y, radius * 0.62), "#000000", 1.2, 0.18, closed=True)
        for dx in (-0.2, 0.2):
            for dy in (-0.2, 0.2):
                hole = (x + dx * radius, y + dy * radius)
                self.line([hole, (hole[0] + 0.6, hole[1])], "#201a18", max(1.6, radius * 0.2), 0.65)

    def cut_out(self) -> Image.Image:
        """What has been laid so far, on nothing: RGBA."""
        rgba = np.dstack([self._rgb, self._cover])
        return Image.fromarray(np.rint(rgba * 255).astype(np.uint8), "RGBA")

    def photo(self, paper: str, *, standing: bool = False) -> Image.Image:
        """The finished RGB photo.

        Args:
            paper: Colour of the background.
            standing: Whether the thing stands on a table, as shoes and bags do, instead of lying seen from above.
        """
        scene = _backdrop(paper, standing, self.rng)
        near, far = (14.0, 46.0) if standing else (16.0, 44.0)
        shadow = 0.22 * _shifted(blurred(self._cover, near), 9, 15) + 0.20 * _shifted(blurred(self._cover, far), 18, 34)
        if standing:
            shadow = 0.25 * shadow + 0.72 * _contact(self._cover)
        scene *= 1 - shadow[..., None] * np.array([0.92, 0.96, 1.0], np.float32)
        scene += (self._rgb - scene) * self._cover[..., None]
        return Image.fromarray(np.rint(np.clip(scene, 0, 1) * 255).astype(np.uint8))

    def _cast_shadow(self, window: tuple[slice, slice], mask: np.ndarray, strength: float) -> None:
        if strength:
            shadow = strength * _shifted(blurred(mask, 7.0), 3, 6)
            self._rgb[window] *= 1 - shadow[..., None]

    def _height(
        self,
        window: tuple[slice, slice],
        mask: np.ndarray,
        cloth: Cloth,
        folds: Sequence[Fold],
        round_: float,
        bulge: float,
        wrinkles: float,
    ) -> np.ndarray:
        height = bulge * (0.55 * blurred(mask, round_) + 0.45 * blurred(mask, round_ * 2.6)) * 2
        for fold in folds:
            height = height + cloth.softness * _DEPTH * fold.height * _ridge(fold, window)
        if wrinkles:
            strength = wrinkles * cloth.softness
            height = height + strength * (
                2.6 * noise(mask.shape, (70, 150), self.rng) + 0.7 * noise(mask.shape, (26, 52), self.rng)
            )
        return height.astype(np.float32)

    def _cloth_plane(
        self, window: tuple[slice, slice], height: np.ndarray, angle: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """The cloth's own coordinates: turned, and drawn together where it is steep, so that patterns follow folds."""
        y, x = np.mgrid[window].astype(np.float32)
        down, right = np.gradient(blurred(height, 4.0))
        x, y = x - WIDTH / 2 + 7 * right, y - HEIGHT / 2 + 7 * down
        cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        return cos * x + sin * y, -sin * x + cos * y

    def _lay(self, window: tuple[slice, slice], colours: np.ndarray, mask: np.ndarray) -> None:
        below, over = self._rgb[window], mask[..., None]
        cover = self._cover[window]
        together = mask + cover * (1 - mask)
        weight = (cover * (1 - mask))[..., None]
        self._rgb[window] = (colours * over + below * weight) / np.maximum(together, 1e-4)[..., None]
        self._cover[window] = together

    def _paint(self, window: tuple[slice, slice], colour: tuple[float, float, float], amount: np.ndarray) -> None:
        under = self._rgb[window]
        amount = amount * (self._cover[window] > 0.5)
        self._rgb[window] = under + (np.array(colour, np.float32) - under) * amount[..., None]


def _button_cloth(colour: str) -> Cloth:
    value = np.array(rgb(colour), np.float32)
    return Cloth(lambda u, v, rng: np.broadcast_to(value, (*u.shape, 3)), grain=0.0, gloss=0.25)


def _window(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return (
        slice(max(0, int(rows[0]) - margin), min(HEIGHT, int(rows[-1]) + margin + 1)),
        slice(max(0, int(columns[0]) - margin), min(WIDTH, int(columns[-1]) + margin + 1)),
    )


def _ridge(fold: Fold, window: tuple[slice, slice]) -> np.ndarray:
    """The fold's height, [0, 1], in the window."""
    curve = _evenly(np.array(smooth(fold.line, closed=False), np.float32), fold.width * 0.1)
    y, x = np.mgrid[window].astype(np.float32)
    result = np.zeros(x.shape, np.float32)
    along = np.linspace(0, 1, len(curve))
    for (px, py), t in zip(curve, along, strict=True):
        reach = fold.width * (0.35 + 0.65 * np.sin(np.pi * t)) * 0.5
        strength = np.sin(np.pi * (0.06 + 0.88 * t)) ** 0.8
        x0, x1 = px - 3 * reach - window[1].start, px + 3 * reach - window[1].start
        y0, y1 = py - 3 * reach - window[0].start, py + 3 * reach - window[0].start
        part = (slice(max(0, int(y0)), max(0, int(y1) + 1)), slice(max(0, int(x0)), max(0, int(x1) + 1)))
        bump = strength * np.exp(-((x[part] - px) ** 2 + (y[part] - py) ** 2) / (2 * reach * reach))
        np.maximum(result[part], bump, out=result[part])
    return blurred(result, max(2.0, fold.width * 0.12))


def _evenly(curve: np.ndarray, step: float) -> np.ndarray:
    """The same curve with a point every ``step`` pixels, so that no single point shows."""
    lengths = np.concatenate([[0], np.hypot(*np.diff(curve, axis=0).T).cumsum()])
    where = np.linspace(0, lengths[-1], max(8, round(lengths[-1] / step)))
    return np.stack([np.interp(where, lengths, curve[:, axis]) for axis in (0, 1)], axis=1)


def _tinted(brightness: np.ndarray) -> np.ndarray:
    """Shadows a little cooler than light, as in daylight."""
    dark = np.clip(1 - brightness, 0, 1)[..., None]
    return brightness[..., None] * (1 + dark * np.array([-0.10, -0.02, 0.10], np.float32))


def _shifted(field: np.ndarray, right: int, down: int) -> np.ndarray:
    result = np.zeros_like(field)
    result[down:, right:] = field[: field.shape[0] - down, : field.shape[1] - right]
    return result


def _backdrop(paper: str, standing: bool, rng: np.random.Generator) -> np.ndarray:
    """Paper with a soft pool of light; for standing things it bends from wall to table."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    pool = np.hypot((x - WIDTH * 0.44) / WIDTH, (y - HEIGHT * 0.42) / HEIGHT)
    light = 1.03 - 0.13 * pool**1.7
    if standing:
        light += 0.035 / (1 + np.exp(-(y - HEIGHT * 0.60) / 34)) - 0.015
    light += 0.0011 * noise((HEIGHT, WIDTH), (3, 3), rng)  # against visible steps
    return np.clip(np.array(rgb(paper), np.float32) * light[..., None], 0, 1)


def _contact(cover: np.ndarray) -> np.ndarray:
    """Shadow on the table: densest right under the thing, spreading to the side away from the lamp."""
    solid = cover > 0.5
    lowest = np.where(solid.any(0), HEIGHT - 1 - solid[::-1].argmax(0), -1)
    foot = int(lowest.max())
    touching = np.clip(1 - (foot - lowest) / 60, 0, 1) * (lowest >= 0)  # what stands higher throws less
    y = np.arange(HEIGHT)[:, None]
    tight = np.exp(-(((y - lowest - 4) / 8.0) ** 2)) * touching
    wide = np.exp(-(((y - foot - 16) / 24.0) ** 2)) * touching
    tight, wide = tight.astype(np.float32), wide.astype(np.float32)
    return np.clip(0.85 * blurred(tight, 4.0) + 0.68 * _shifted(blurred(wide, 26.0), 14, 2), 0, 1)
