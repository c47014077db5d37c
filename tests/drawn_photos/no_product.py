"""Draws pictures that show no product, as they lie among product photos: size charts, care labels, swatches, packaging,
mood pictures, screenshots and the like.

    python -m tests.drawn_photos.no_product FOLDER [--each N]

Each picture is drawn anew from its kind and a seed; the same seed draws the same picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from tests.drawn_photos import cloth
from tests.drawn_photos.light import noise, shading

Rng = np.random.Generator
Rgb = tuple[int, int, int]
Box = tuple[float, float, float, float]

_SIZES = ((300, 400), (320, 320), (400, 300), (240, 400), (340, 400))  # pixels, width and height
_TEXT = (
    "size chest waist length hip sleeve cotton polyester wash cold iron low made in sale new summer order total free "
    "delivery return shop now brand care do not bleach tumble dry 100% EU UK US S M L XL cm inch collection the and of"
)
_WORDS = _TEXT.split()


def draw(kind: str, seed: int) -> Image.Image:
    """The picture of a kind in :data:`KINDS`, RGB, as a camera or a screen gives it."""
    rng = np.random.default_rng([seed, *kind.encode()])
    size = _SIZES[rng.integers(len(_SIZES))]
    image = KINDS[kind](rng, size)
    return image if kind in _FROM_SCREENS else _photographed(image, rng)


def _colour(rng: Rng, low: int = 0, high: int = 256) -> Rgb:
    return tuple(int(value) for value in rng.integers(low, high, 3))  # type: ignore[return-value]


def _pale(rng: Rng) -> Rgb:
    return (255, 255, 255) if rng.random() < 0.5 else _colour(rng, 215)


def _dark(rng: Rng) -> Rgb:
    return (20, 20, 20) if rng.random() < 0.5 else _colour(rng, 0, 110)


def _code(rng: Rng) -> str:
    return "#{:02x}{:02x}{:02x}".format(*_colour(rng, 20, 245))


def _words(rng: Rng, count: int) -> str:
    return " ".join(rng.choice(_WORDS, count))


def _write(draw_: ImageDraw.ImageDraw, rng: Rng, box: Box, size: float, colour: Rgb, spacing: float = 1.5) -> None:
    """Fill a box with lines of words."""
    left, top, right, bottom = box
    font = ImageFont.load_default(max(6.0, size))
    while top + size <= bottom:
        text = _words(rng, int(rng.integers(1, 12)))
        fitting = text[: max(1, int((right - left) / (0.52 * size)))]
        draw_.text((left, top), fitting, colour, font)
        top += spacing * size


def _blank(size: tuple[int, int], colour: Rgb) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", size, colour)
    return image, ImageDraw.Draw(image)


def _cloth(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A fabric that fills the picture, from near or far, with a few folds."""
    width, height = size
    one, two, three = (_code(rng) for _ in range(3))
    period = float(rng.uniform(8, 90))
    choices: tuple[Callable[[], cloth.Cloth], ...] = (
        lambda: cloth.plain(one),
        lambda: cloth.stripes(one, two, period, period * rng.uniform(0.2, 0.6), upright=bool(rng.random() < 0.5)),
        lambda: cloth.checks(one, two, three, period),
        lambda: cloth.dots(one, two, period, period * rng.uniform(0.1, 0.3)),
        lambda: cloth.floral(one, (two, three), _code(rng), period + 15),
        lambda: cloth.denim(one),
        lambda: cloth.melange(one, rng.uniform(0.05, 0.3)),
        lambda: cloth.knitted(cloth.plain(one), rng.uniform(6, 22)),
        lambda: cloth.ribbed(cloth.melange(one), rng.uniform(6, 22)),
        lambda: cloth.cabled(cloth.plain(one)),
        lambda: cloth.tweed(one, two),
        lambda: cloth.leather(one),
    )
    material = choices[rng.integers(len(choices))]()
    y, x = np.mgrid[:height, :width].astype(np.float32) * rng.uniform(0.5, 2.0)
    angle = rng.uniform(0, 2 * np.pi)
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    relief = material.relief(u, v) if material.relief is not None else np.zeros_like(u)
    folds = rng.choice([0.0, 4.0, 14.0]) * noise((height, width), (float(rng.uniform(40, 150)), 90.0), rng)
    light, _ = shading((relief + folds).astype(np.float32), material.gloss)
    colours = material.pattern(u, v, rng) * np.clip(light, 0.3, 1.3)[..., None]
    return Image.fromarray(np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8))


def _surface(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A wall, floor, table, carpet or meadow."""
    width, height = size
    base = np.array(_colour(rng, 40, 235), np.float32)
    grain = (float(rng.choice([1.5, 4.0, 40.0])), float(rng.choice([1.5, 4.0, 90.0])))
    texture = noise((height, width), grain, rng) + 0.6 * noise((height, width), (90.0, 90.0), rng)
    pixels = base * (1 + rng.uniform(0.03, 0.3) * texture[..., None])
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if rng.random() < 0.5:  # tiles or boards
        lines, step = ImageDraw.Draw(image), int(rng.integers(25, 120))
        shade = tuple(int(0.7 * value) for value in base)
        for at in range(int(rng.integers(step)), width, step):
            lines.line([(at, 0), (at, height)], shade, 2)
        for at in range(int(rng.integers(step)), height, step) if rng.random() < 0.5 else ():
            lines.line([(0, at), (width, at)], shade, 2)
    return image


def _size_chart(rng: Rng, size: tuple[int, int]) -> Image.Image:
    width, height = size
    image, lines = _blank(size, _pale(rng))
    ink, head = _dark(rng), _colour(rng)
    rows, columns = int(rng.integers(4, 14)), int(rng.integers(3, 9))
    left, top = width * rng.uniform(0.02, 0.12), height * rng.uniform(0.05, 0.3)
    bottom = height * rng.uniform(0.6, 0.97)
    across, down = (width - 2 * left) / columns, (bottom - top) / rows
    text = ImageFont.load_default(max(7.0, min(0.5 * down, 0.3 * across)))
    lines.text((left, top * 0.3), _words(rng, 3).upper(), ink, ImageFont.load_default(max(8.0, top * 0.35)))
    banded = rng.random() < 0.5
    for row in range(rows):
        y = top + row * down
        fill = head if row == 0 else (_colour(rng, 228) if banded and row % 2 else None)
        lines.rectangle((left, y, width - left, y + down), fill)
        for column in range(columns):
            number = str(rng.choice(_WORDS)) if row == 0 or column == 0 else str(rng.integers(20, 130))
            at = (left + (column + 0.5) * across, y + 0.5 * down)
            lines.text(at, number[:5], (255, 255, 255) if row == 0 else ink, text, anchor="mm")
    if rng.random() < 0.7:
        for row in range(rows + 1):
            lines.line([(left, top + row * down), (width - left, top + row * down)], ink)
        for column in range(columns + 1):
            lines.line([(left + column * across, top), (left + column * across, bottom)], ink)
    _write(lines, rng, (left, bottom + 8, width - left, height), 9, ink)
    return image


def _care_symbol(lines: ImageDraw.ImageDraw, rng: Rng, x: float, y: float, r: float, ink: Rgb) -> None:
    which = rng.integers(5)
    if which == 0:
        tub = [(x - r, y - r / 2), (x - 0.7 * r, y + r), (x + 0.7 * r, y + r), (x + r, y - r / 2)]
        lines.polygon(tub, None, ink, 2)
        lines.text((x, y + r / 4), str(rng.choice(["30", "40", "60"])), ink, ImageFont.load_default(r), anchor="mm")
    elif which == 1:
        lines.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], None, ink, 2)
    elif which == 2:
        lines.rectangle((x - r, y - r, x + r, y + r), None, ink, 2)
        lines.ellipse((x - 0.7 * r, y - 0.7 * r, x + 0.7 * r, y + 0.7 * r), None, ink, 2)
    elif which == 3:
        lines.polygon([(x - r, y + r), (x - 0.4 * r, y - r / 2), (x + r, y - r / 2), (x + r, y + r)], None, ink, 2)
    else:
        lines.ellipse((x - r, y - r, x + r, y + r), None, ink, 2)
    if rng.random() < 0.4:
        lines.line([(x - r, y - r), (x + r, y + r)], ink, 2)
        lines.line([(x - r, y + r), (x + r, y - r)], ink, 2)


def _care_label(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A sewn label on cloth."""
    image = _cloth(rng, size)
    width, height = size
    dark = rng.random() < 0.25
    paper, ink = (_dark(rng), _pale(rng)) if dark else (_pale(rng), _dark(rng))
    w, h = int(width * rng.uniform(0.35, 0.95)), int(height * rng.uniform(0.4, 0.95))
    label, lines = _blank((w, h), paper)
    r = min(w, h) * rng.uniform(0.05, 0.11)
    symbols = int(rng.integers(0, 6))
    for index in range(symbols):
        _care_symbol(lines, rng, (index + 0.75) * w / (symbols + 0.5), 0.2 * h, r, ink)
    _write(lines, rng, (0.08 * w, (0.35 if symbols else 0.1) * h, 0.95 * w, 0.95 * h), rng.uniform(8, 20), ink)
    _paste(image, label, rng, 12)
    return image


def _paste(image: Image.Image, part: Image.Image, rng: Rng, degrees: float) -> None:
    """Lay a part on a picture, turned, with a soft shadow."""
    turned = part.convert("RGBA").rotate(rng.uniform(-degrees, degrees), Image.Resampling.BICUBIC, expand=True)
    x = int((image.width - turned.width) * rng.uniform(0.2, 0.8))
    y = int((image.height - turned.height) * rng.uniform(0.2, 0.8))
    shadow = Image.new("L", image.size)
    shadow.paste(turned.getchannel("A").point(lambda value: value * 2 // 5), (x + 4, y + 6))
    image.paste((0, 0, 0), (0, 0), shadow.filter(ImageFilter.GaussianBlur(6)))
    image.paste(turned, (x, y), turned)


def _swatches(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """One fabric, or a card of several."""
    if rng.random() < 0.6:
        return _cloth(rng, size)
    image, lines = _blank(size, _pale(rng)) if rng.random() < 0.6 else (_surface(rng, size), None)
    columns, rows = int(rng.integers(1, 5)), int(rng.integers(2, 6))
    across, down = size[0] // columns, size[1] // rows
    for row in range(rows):
        for column in range(columns):
            piece = _cloth(rng, (int(across * 0.86), int(down * 0.7)))
            image.paste(piece, (int((column + 0.07) * across), int((row + 0.08) * down)))
            if lines is not None:
                at = ((column + 0.5) * across, (row + 0.88) * down)
                lines.text(at, _words(rng, 1), _dark(rng), ImageFont.load_default(10), anchor="mm")
    return image


def _packaging(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A carton, a mailing bag or a hang tag on a surface."""
    image = _surface(rng, size) if rng.random() < 0.6 else _blank(size, _pale(rng))[0]
    width, height = size
    w, h = int(width * rng.uniform(0.4, 0.85)), int(height * rng.uniform(0.3, 0.8))
    kind = rng.integers(3)
    colour = (190, 150, 105) if rng.random() < 0.4 else _colour(rng, 30, 250)
    part = Image.new("RGBA", (w, h))
    lines = ImageDraw.Draw(part)
    shade = tuple(int(0.75 * value) for value in colour)
    if kind == 0:  # a carton, with lid and side
        depth, rise = 0.25 * w, 0.2 * h
        lines.polygon([(0, rise), (depth, 0), (w - 1, 0), (w - depth, rise)], tuple(min(255, c + 25) for c in colour))
        lines.polygon([(w - depth, rise), (w - 1, 0), (w - 1, h - rise), (w - depth, h - 1)], shade)
        lines.rectangle((0, rise, w - depth, h - 1), colour)
        lines.rectangle((0.4 * w, rise, 0.47 * w, h * rng.uniform(0.3, 1)), _colour(rng, 170))
        _write(lines, rng, (0.06 * w, 0.5 * h, 0.38 * w, 0.9 * h), rng.uniform(8, 22), _dark(rng))
    elif kind == 1:  # a mailing bag with an address label
        lines.rounded_rectangle((0, 0, w - 1, h - 1), 8, colour)
        lines.line([(0, 0.12 * h), (w, 0.12 * h)], shade, 3)
        lines.rectangle((0.2 * w, 0.3 * h, 0.8 * w, 0.7 * h), (250, 250, 250))
        _write(lines, rng, (0.24 * w, 0.33 * h, 0.76 * w, 0.66 * h), rng.uniform(7, 12), (20, 20, 20))
    else:  # a hang tag
        lines.rounded_rectangle((0, 0, w - 1, h - 1), 10, colour)
        lines.ellipse((0.45 * w, 0.05 * h, 0.55 * w, 0.05 * h + 0.1 * w), _dark(rng))
        _write(lines, rng, (0.12 * w, 0.3 * h, 0.9 * w, 0.8 * h), rng.uniform(10, 40), _pale(rng), 1.3)
    _paste(image, part, rng, 25)
    return image


def _landscape(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """Sky, sun, and hills, sea or a skyline."""
    width, height = size
    top, bottom = np.array(_colour(rng, 30, 240), float), np.array(_colour(rng, 120, 255), float)
    fade = np.linspace(0, 1, height)[:, None, None]
    sky = (top + (bottom - top) * fade) * (1 + 0.06 * noise((height, width), (120.0, 30.0), rng)[..., None])
    image = Image.fromarray(np.clip(np.broadcast_to(sky, (height, width, 3)), 0, 255).astype(np.uint8))
    lines = ImageDraw.Draw(image)
    if rng.random() < 0.6:
        x, y, r = width * rng.random(), height * rng.uniform(0.1, 0.5), width * rng.uniform(0.04, 0.15)
        lines.ellipse((x - r, y - r, x + r, y + r), (255, 240, 200))
    for layer in range(int(rng.integers(1, 5))):
        level = height * (0.45 + 0.14 * layer)
        if rng.random() < 0.3:  # houses
            x = 0.0
            while x < width:
                w, h = rng.uniform(12, 60), rng.uniform(10, 0.4 * height)
                lines.rectangle((x, level - h, x + w, height), _colour(rng, 20, 180))
                x += w
        else:
            xs = np.arange(0, width + 12, 12)
            ys = level + 0.12 * height * np.sin(xs * rng.uniform(0.005, 0.05) + rng.uniform(0, 6))
            ys += rng.uniform(0, 6) * rng.standard_normal(len(xs))
            ridge = list(zip(xs.tolist(), ys.tolist(), strict=True))
            lines.polygon([(0, height), *ridge, (width, height)], _colour(rng, 20, 190))
    return image


def _still_life(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A wall and a table with a cup, books, a plant, or lights out of focus."""
    width, height = size
    image = _surface(rng, size)
    lines = ImageDraw.Draw(image, "RGBA")
    edge = height * rng.uniform(0.5, 0.8)
    lines.rectangle((0, edge, width, height), _colour(rng, 60, 240))
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(8, 60))):
            x, y, r = width * rng.random(), height * rng.random(), width * rng.uniform(0.02, 0.12)
            lines.ellipse((x - r, y - r, x + r, y + r), (*_colour(rng, 90), int(rng.integers(40, 160))))
    for _ in range(int(rng.integers(1, 5))):
        x, w, h = width * rng.uniform(0.1, 0.9), width * rng.uniform(0.06, 0.2), height * rng.uniform(0.06, 0.3)
        foot, colour = edge + height * rng.uniform(0.02, 0.15), _colour(rng)
        which = rng.integers(4)
        if which == 0:  # a cup
            lines.ellipse((x + 0.7 * w, foot - 0.8 * h, x + 1.4 * w, foot - 0.2 * h), None, colour, 5)
            lines.rounded_rectangle((x - w, foot - h, x + w, foot), 0.3 * w, colour)
            lines.ellipse((x - w, foot - h - 0.2 * w, x + w, foot - h + 0.3 * w), _dark(rng))
        elif which == 1:  # a plant in a pot
            for _ in range(int(rng.integers(6, 24))):
                tip = (x + rng.uniform(-2, 2) * w, foot - h - rng.uniform(0.2, 2) * h)
                lines.line([(x, foot - h), tip], (int(rng.integers(20, 120)), int(rng.integers(80, 190)), 60), 6)
            lines.polygon([(x - w, foot - h), (x + w, foot - h), (x + 0.7 * w, foot), (x - 0.7 * w, foot)], colour)
        elif which == 2:  # books
            for number in range(int(rng.integers(2, 6))):
                top = foot - (number + 1) * 12
                lines.rectangle((x - w * rng.uniform(0.8, 1.2), top, x + 1.2 * w, top + 11), _colour(rng))
        else:  # a framed picture or window
            frame = (x - w, edge - 2.2 * h - 20, x + w, edge - 20)
            lines.rectangle(frame, _pale(rng), colour, 6)
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 3)))


def _screenshot(rng: Rng, size: tuple[int, int]) -> Image.Image:
    width, height = size
    dark = rng.random() < 0.3
    paper, ink = (_colour(rng, 10, 50), (230, 230, 230)) if dark else (_pale(rng), _dark(rng))
    image, lines = _blank(size, paper)
    accent, bar = _colour(rng), height * rng.uniform(0.04, 0.12)
    lines.rectangle((0, 0, width, bar), accent if rng.random() < 0.6 else tuple(min(255, c + 12) for c in paper))
    lines.text((8, bar / 2), _words(rng, 3), (255, 255, 255), ImageFont.load_default(max(7.0, 0.5 * bar)), anchor="lm")
    left = width * rng.uniform(0.15, 0.3) if rng.random() < 0.4 else 0.0
    if left:
        lines.rectangle((0, bar, left, height), tuple(max(0, c - 14) for c in paper))
        _write(lines, rng, (6, bar + 8, left - 4, height), 9, ink, 2.2)
    y = bar + 8
    while y < height - 20:
        which, h = rng.integers(4), height * rng.uniform(0.06, 0.25)
        if which == 0:
            _write(lines, rng, (left + 10, y, width - 10, y + h), rng.uniform(7, 14), ink)
        elif which == 1:  # cards
            count = int(rng.integers(1, 5))
            w = (width - left) / count
            for index in range(count):
                card = (left + index * w + 5, y, left + (index + 1) * w - 5, y + h)
                lines.rounded_rectangle(card, 5, _colour(rng, 120), accent)
        elif which == 2:  # a message or a button
            x = left + (width - left) * rng.uniform(0.03, 0.4)
            lines.rounded_rectangle((x, y, x + (width - left) * 0.55, y + 0.6 * h), 8, accent)
            _write(lines, rng, (x + 8, y + 4, x + (width - left) * 0.5, y + 0.6 * h), 8, (255, 255, 255))
        else:  # a line of a list
            lines.ellipse((left + 8, y, left + 28, y + 20), _colour(rng))
            _write(lines, rng, (left + 36, y, width - 8, y + 20), 9, ink)
            h = 22
        y += h + 8
    return image


def _document(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A printed page on a table."""
    image = _surface(rng, size)
    w, h = int(size[0] * rng.uniform(0.75, 1.1)), int(size[1] * rng.uniform(0.75, 1.1))
    page, lines = _blank((w, h), _pale(rng))
    lines.text((0.1 * w, 0.06 * h), _words(rng, 2), _dark(rng), ImageFont.load_default(rng.uniform(12, 26)))
    _write(lines, rng, (0.1 * w, 0.18 * h, 0.92 * w, h * rng.uniform(0.5, 0.95)), rng.uniform(6, 11), _dark(rng))
    _paste(image, page, rng, 8)
    return image


def _poster(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """Large words or a logo on a colour."""
    width, height = size
    image = _blank(size, _colour(rng))[0] if rng.random() < 0.6 else _landscape(rng, size)
    lines, ink = ImageDraw.Draw(image), _pale(rng) if rng.random() < 0.7 else _dark(rng)
    for _ in range(int(rng.integers(0, 4))):
        x, y, r = width * rng.random(), height * rng.random(), width * rng.uniform(0.05, 0.5)
        (lines.ellipse if rng.random() < 0.5 else lines.rectangle)((x - r, y - r, x + r, y + r), _colour(rng))
    for _ in range(int(rng.integers(1, 4))):
        font = ImageFont.load_default(width * rng.uniform(0.06, 0.24))
        at = (width / 2, height * rng.uniform(0.15, 0.85))
        lines.text(at, _words(rng, int(rng.integers(1, 3))).upper(), ink, font, anchor="mm")
    return image


def _bars(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A bar code or a matrix code on a sticker."""
    image = _surface(rng, size) if rng.random() < 0.6 else _blank(size, _pale(rng))[0]
    w, h = int(size[0] * rng.uniform(0.5, 0.95)), int(size[1] * rng.uniform(0.3, 0.8))
    sticker, lines = _blank((w, h), (252, 252, 252))
    if rng.random() < 0.5:
        x = 0.08 * w
        while x < 0.92 * w:
            lines.rectangle((x, 0.1 * h, x + rng.integers(1, 5), 0.75 * h), (10, 10, 10))
            x += rng.integers(3, 9)
        lines.text((0.2 * w, 0.8 * h), str(rng.integers(10**9, 10**12)), (10, 10, 10), ImageFont.load_default(14))
    else:
        modules, side = int(rng.integers(15, 35)), min(w, h) * 0.9
        for row, column in np.argwhere(rng.random((modules, modules)) < 0.5) * side / modules:
            at = (0.05 * w + column, 0.05 * h + row)
            lines.rectangle((*at, at[0] + side / modules, at[1] + side / modules), (10, 10, 10))
    _paste(image, sticker, rng, 15)
    return image


def _chart(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A chart or a street map."""
    width, height = size
    image, lines = _blank(size, _pale(rng))
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(2, 8))):
            x, y = width * rng.random(), height * rng.random()
            blob = (x, y, x + width * rng.uniform(0.1, 0.6), y + height * rng.uniform(0.1, 0.5))
            lines.rectangle(blob, _colour(rng, 160))
        for _ in range(int(rng.integers(8, 40))):
            points = (rng.random((2, 2)) * 1.6 - 0.3) * size
            lines.line([tuple(point) for point in points], _pale(rng), int(rng.integers(2, 9)))
        _write(lines, rng, (0.2 * width, 0.3 * height, 0.8 * width, 0.6 * height), 9, _dark(rng), 5)
    else:
        ink, count = _dark(rng), int(rng.integers(4, 14))
        lines.line([(0.1 * width, 0.1 * height), (0.1 * width, 0.88 * height), (0.95 * width, 0.88 * height)], ink, 2)
        step = 0.85 * width / count
        tops = 0.88 * height - 0.7 * height * rng.random(count)
        if rng.random() < 0.5:
            for index, top in enumerate(tops):
                x = 0.12 * width + index * step
                lines.rectangle((x, top, x + 0.7 * step, 0.88 * height), _colour(rng))
        else:
            for _ in range(int(rng.integers(1, 4))):
                ys = 0.88 * height - 0.7 * height * rng.random(count)
                lines.line([(0.12 * width + i * step, float(y)) for i, y in enumerate(ys)], _colour(rng), 3)
        _write(lines, rng, (0.1 * width, 0.91 * height, 0.95 * width, height), 9, ink)
    return image


def _photographed(image: Image.Image, rng: Rng) -> Image.Image:
    """As a camera sees it: a little turned and nearer, unevenly lit, blurred, noisy."""
    if rng.random() < 0.6:
        zoom = rng.uniform(1.0, 1.4)
        turned = image.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC, fillcolor=image.getpixel((2, 2)))
        image = turned.resize((int(image.width * zoom), int(image.height * zoom))).crop((0, 0, *image.size))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.2)))
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.75, 1.15))
    pixels = np.asarray(image, np.float32)
    light = 1 + rng.uniform(0, 0.15) * noise(pixels.shape[:2], (200.0, 200.0), rng)
    pixels = pixels * light[..., None] + rng.uniform(0, 6) * rng.standard_normal(pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


KINDS: Mapping[str, Callable[[Rng, tuple[int, int]], Image.Image]] = {
    "size chart": _size_chart,
    "care label": _care_label,
    "swatches": _swatches,
    "packaging": _packaging,
    "landscape": _landscape,
    "still life": _still_life,
    "screenshot": _screenshot,
    "document": _document,
    "poster": _poster,
    "bar code": _bars,
    "chart": _chart,
    "surface": _surface,
}
_FROM_SCREENS = ("size chart", "screenshot", "poster", "chart")


def main() -> None:
    """Draw pictures of all kinds into a folder for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=20)
    arguments = parser.parse_args()
    for kind in KINDS:
        folder = arguments.folder / kind.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        for seed in range(arguments.each):
            draw(kind, seed).save(folder / f"{seed:03}.jpg", quality=88)


if __name__ == "__main__":
    main()
