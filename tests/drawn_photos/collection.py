"""Which sample photos there are, and how each is saved."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.drawn_photos import accessories, bottoms, knitwear, leather_shoes, outerwear, sports_shoes, tops
from tests.drawn_photos.cloth import (
    cabled,
    checks,
    denim,
    dots,
    floral,
    knitted,
    melange,
    plain,
    ribbed,
    stripes,
    tweed,
)
from tests.drawn_photos.shapes import Outline, circle
from tests.drawn_photos.studio import Studio
from trainer.atomic_write import atomic_write

_BEST_QUALITY, _LEAST_QUALITY = 88, 60
_MOST_BYTES = 80_000
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Sample:
    """One sample photo.

    Attributes:
        name: File name.
        paper: Colour of the background.
        draw: Lays the garment.
        standing: Whether it stands on a table, instead of lying seen from above.
        sideways: Stored turned, with an EXIF note how to turn it back, as a phone held sideways does.
    """

    name: str
    paper: str
    draw: Callable[[Studio], None]
    standing: bool = False
    sideways: bool = False

    def image(self) -> Image.Image:
        """The drawing; always the same. RGBA without background for a PNG, else RGB."""
        studio = Studio(sum(ord(letter) * (place + 1) for place, letter in enumerate(self.name)))
        self.draw(studio)
        return studio.cut_out() if self.name.endswith(".png") else studio.photo(self.paper, standing=self.standing)

    def save(self, folder: Path) -> Path:
        """Draw into ``folder``. Raises :class:`trainer.errors.SaveError`."""
        data = _png(self.image()) if self.name.endswith(".png") else _jpeg(self.image(), self.sideways)
        target = folder / self.name
        with atomic_write(target) as temporary:
            temporary.write_bytes(data)
        return target


def _jpeg(image: Image.Image, sideways: bool) -> bytes:
    """The best quality that fits into :data:`_MOST_BYTES`."""
    exif = Image.Exif()
    if sideways:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[_ORIENTATION] = 6  # turn clockwise to see it upright
    for quality in range(_BEST_QUALITY, _LEAST_QUALITY - 1, -2):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, optimize=True, progressive=True, exif=exif)
        if file.tell() <= _MOST_BYTES:
            break
    return file.getvalue()


def _png(image: Image.Image) -> bytes:
    """With a palette of 255 colours and see-through, as shops' cut-outs often are."""
    file = io.BytesIO()
    image.resize((600, 800), Image.Resampling.LANCZOS).quantize(255, Image.Quantize.FASTOCTREE).save(
        file, "PNG", optimize=True
    )
    return file.getvalue()


def _chest_pocket(studio: Studio) -> None:
    patch: Outline = [(508, 420, 0), (600, 420, 0), (600, 510, 0), (554, 534, 0), (508, 510, 0)]
    studio.part(patch, plain("#ef7f66"), bulge=2, wrinkles=0.2, cast=0.18)
    studio.stitches([(512, 434), (596, 434)], "#000000", opacity=0.3)
    studio.stitches(
        [(514, 424, 0), (514, 506, 0), (554, 527, 0), (594, 506, 0), (594, 424, 0)], "#000000", opacity=0.25
    )


def _mountains(studio: Studio) -> None:
    studio.print_(circle(450, 470, 96), "#e9a23b")
    studio.print_([(318, 640, 0), (404, 486, 0), (456, 566, 0), (500, 502, 0), (582, 640, 0)], "#2f5d62")
    studio.print_([(404, 486, 0), (430, 526, 0), (410, 540, 0), (394, 524, 0), (380, 530, 0)], "#f3efe6")
    studio.print_([(500, 502, 0), (521, 538, 0), (504, 552, 0), (490, 536, 0), (480, 532, 0)], "#f3efe6")
    for y, reach in ((662, 132), (682, 104), (702, 66)):
        studio.line([(450 - reach, y), (450 + reach, y)], "#2f5d62", 7, 0.9)


_CREAM = plain("#e9dfca")
_WAVY = stripes("#e6dcc6", "#2f5249", 128, 64)

COLLECTION: tuple[Sample, ...] = (
    Sample(
        "striped-t-shirt-navy.jpg",
        "#eceae6",
        lambda s: tops.t_shirt(s, stripes("#ece7dc", "#1f3157", 44, 20), "#1f3157"),
    ),
    Sample("plain-t-shirt-coral.jpg", "#edf0f1", lambda s: tops.t_shirt(s, plain("#ef7f66"), "#e06f57", _chest_pocket)),
    Sample("printed-t-shirt-white.jpg", "#dfe3e6", lambda s: tops.t_shirt(s, plain("#efede8"), "#2f5d62", _mountains)),
    Sample(
        "dotted-tank-top-teal.jpg", "#f1ece6", lambda s: tops.tank_top(s, dots("#2f7f83", "#f1ead9", 46, 9), "#f1ead9")
    ),
    Sample(
        "checked-shirt-red.jpg",
        "#eceae6",
        lambda s: tops.shirt(s, checks("#b8433f", "#5d1f26", "#f0dcc8", 64), "#efe6d8"),
    ),
    Sample(
        "oxford-shirt-sky-blue.jpg",
        "#efece8",
        lambda s: tops.shirt(s, stripes("#a9c4e0", "#bdd3e9", 7, 3, upright=True), "#f3efe6"),
    ),
    Sample(
        "floral-summer-shirt-green.jpg",
        "#f0ebe3",
        lambda s: tops.shirt(
            s, floral("#1f5a4c", ("#f3a683", "#f7d794", "#e77f67"), "#63a375", 96), "#efe6d8", short=True, pocket=False
        ),
    ),
    Sample("cable-pullover-cream.jpg", "#dfe2e2", lambda s: knitwear.pullover(s, cabled(_CREAM), ribbed(_CREAM))),
    Sample(
        "striped-pullover-forest.jpg",
        "#eeebe5",
        lambda s: knitwear.pullover(s, knitted(_WAVY, 13, 0.6), ribbed(plain("#2f5249"))),
    ),
    Sample("hoodie-grey.jpg", "#eff0ee", lambda s: knitwear.hoodie(s, melange("#989ea5", 0.07), "#f2f2f0")),
    Sample(
        "wool-coat-camel.jpg",
        "#e9ecee",
        lambda s: outerwear.wool_coat(s, tweed("#b88d5e", "#cba679"), "#5b4636", "#3b2a20"),
    ),
    Sample(
        "denim-jacket-blue.jpg", "#f0ece7", lambda s: outerwear.denim_jacket(s, denim("#5a7ba6"), "#d9a860", "#b8a07a")
    ),
    Sample(
        "jeans-indigo.jpg",
        "#eceae6",
        lambda s: bottoms.trousers(s, denim("#2c4a78"), "#d59b4f", "#b98b4e", crease=False),
    ),
    Sample(
        "chinos-sand-sideways.jpg",
        "#e8ebec",
        lambda s: bottoms.trousers(s, plain("#c9ab7f"), "#8a7048", "#6b5334"),
        sideways=True,
    ),
    Sample("shorts-olive.jpg", "#efece6", lambda s: bottoms.shorts(s, plain("#7b8456"), "#3c422a", "#efe9da")),
    Sample("pleated-skirt-plum.jpg", "#eeeae8", lambda s: bottoms.pleated_skirt(s, plain("#74405f"))),
    Sample(
        "floral-dress-rose.jpg",
        "#e6e9e6",
        lambda s: bottoms.a_line_dress(
            s, floral("#f0d9d6", ("#c8506b", "#e58f9b", "#b0405c"), "#7f9c74", 88), "#b0405c"
        ),
    ),
    Sample(
        "dotted-dress-navy.jpg",
        "#f0ece8",
        lambda s: bottoms.shift_dress(s, dots("#20294a", "#f3efe6", 54, 10), "#f3efe6"),
    ),
    Sample(
        "sneaker-white-green.jpg",
        "#e4e7e8",
        lambda s: sports_shoes.sneaker(s, plain("#e6e4df"), "#3f8f6b", "#efede8", "#ffffff"),
        standing=True,
    ),
    Sample(
        "high-top-sneaker-red.jpg",
        "#eceae6",
        lambda s: sports_shoes.canvas_high_top(s, plain("#b8403a"), "#ece8df", "#f8f6f1"),
        standing=True,
    ),
    Sample(
        "chelsea-boot-brown.jpg",
        "#efebe6",
        lambda s: leather_shoes.chelsea_boot(s, "#7a4a2b", "#33261f", "#2b211c"),
        standing=True,
    ),
    Sample(
        "strap-sandal-tan.jpg",
        "#e8ecee",
        lambda s: leather_shoes.strap_sandal(s, "#a86a38", "#d9b48a", "#4d3423"),
        standing=True,
    ),
    Sample("handbag-burgundy.jpg", "#f0ebe7", lambda s: accessories.handbag(s, "#7a2237", "#d8b468"), standing=True),
    Sample(
        "tote-bag-ochre.jpg",
        "#e9ebea",
        lambda s: accessories.tote(s, melange("#d0ab66", 0.04), "#6d4a2c", "#b4532f"),
        standing=True,
    ),
    Sample(
        "backpack-teal-cut-out.png",
        "#ffffff",
        lambda s: accessories.backpack(s, melange("#2f7f83", 0.04), "#1d3f45", "#e2b65a"),
    ),
    Sample(
        "baseball-cap-navy.jpg",
        "#edeae5",
        lambda s: accessories.baseball_cap(s, plain("#2b3a5e"), plain("#c65b3c"), "#e9e4d8"),
        standing=True,
    ),
    Sample(
        "knit-beanie-rust.jpg",
        "#e7eaec",
        lambda s: accessories.beanie(s, melange("#c4673a", 0.06), "#e9ddc8"),
        standing=True,
    ),
)
