"""Bags and things for the head."""

from __future__ import annotations

import numpy as np

from tests.drawn_photos.cloth import Cloth, leather, plain, ribbed
from tests.drawn_photos.shapes import Outline, Point, circle, flipped, mirrored, strip
from tests.drawn_photos.studio import Fold, Studio


def handbag(studio: Studio, hide: str, metal: str) -> None:
    """A leather bag with a flap and a handle."""
    skin = leather(hide)
    _handle(studio, [(312, 560), (318, 420), (372, 330), (450, 306), (528, 330), (582, 420), (588, 560)], hide, 24)
    body = mirrored([(450, 530), (600, 528, 0), (662, 560), (704, 760), (716, 900, 0), (690, 930), (450, 942)])
    studio.part(body, skin, bulge=20, round_=26, wrinkles=0.8)
    for side in (1, -1):
        gusset: Outline = [
            (450 + side * x, y, *rest)
            for x, y, *rest in [(190, 548, 0), (222, 580), (262, 880), (262, 910, 0), (236, 922), (214, 760)]
        ]
        studio.part(gusset, skin, bulge=7, round_=10, light=0.82, wrinkles=0.5, cast=0.1)
    flap = mirrored([(450, 516), (596, 514, 0), (652, 540), (660, 640), (630, 716), (540, 756), (450, 766)])
    studio.part(flap, skin, bulge=12, round_=16, wrinkles=0.5, cast=0.5)
    inner = mirrored([(450, 532), (588, 530), (636, 552), (644, 638), (616, 704), (534, 742), (450, 750)])
    studio.stitches(inner, "#f1d9c4", closed=True, opacity=0.5)
    for x in (318, 582):
        _ring(studio, x, 548, 19, metal)
    plate: Outline = [(416, 728, 0), (484, 728, 0), (484, 786, 0), (416, 786, 0)]
    studio.part(plate, plain(metal, gloss=0.5), bulge=6, round_=6, wrinkles=0, cast=0.5)
    studio.part(
        [(438, 744, 0), (462, 744, 0), (462, 772, 0), (438, 772, 0)],
        plain(metal, gloss=0.6),
        bulge=5,
        round_=4,
        wrinkles=0,
        cast=0.4,
    )
    studio.stitches([(246, 906), (450, 924), (654, 906)], "#f1d9c4", opacity=0.45)


def tote(studio: Studio, cloth: Cloth, handle: str, ink: str) -> None:
    """A canvas shopper with a printed sun over waves."""
    _handle(
        studio,
        [(356, 520), (360, 340), (400, 250), (450, 236), (500, 250), (540, 340), (544, 520)],
        handle,
        26,
        dark=0.7,
    )
    inside = mirrored([(450, 470), (640, 462, 0), (636, 510), (450, 520)])
    studio.part(inside, cloth, light=0.6, bulge=3, cast=0)
    body = mirrored([(450, 486), (642, 470, 0), (660, 700), (668, 968, 0), (560, 988), (450, 992)])
    folds = [
        Fold(((270, 560), (300, 740), (276, 940)), 40, 6),
        Fold(((640, 540), (606, 720), (630, 950)), 40, 6),
        Fold(((300, 900), (440, 930), (600, 900)), 40, 4),
        Fold(((380, 520), (366, 620), (390, 700)), 34, 4),
    ]
    studio.part(body, cloth, folds=folds, bulge=15, round_=20)
    studio.stitches([(262, 500), (450, 514), (638, 500)], "#000000", opacity=0.3)
    for x in (362, 538):
        strap: Outline = [(x - 15, 470, 0), (x + 15, 470, 0), (x + 15, 600, 0), (x - 15, 600, 0)]
        studio.part(strap, plain(handle), bulge=4, round_=6, wrinkles=0.2, cast=0.35)
        for pair in ([(x - 10, 560), (x + 10, 594)], [(x + 10, 560), (x - 10, 594)]):
            studio.stitches(pair, "#f4ead6", opacity=0.7)
    _handle(studio, [(362, 500), (352, 380), (392, 292), (450, 274), (508, 292), (548, 380), (538, 500)], handle, 28)
    studio.print_(circle(450, 726, 84), ink)
    for k, y in enumerate((758, 788, 818, 848)):
        wave: list[Point] = [(330 + 20 * i, y + 9 * np.sin(i * 1.2 + k)) for i in range(13)]
        studio.line(wave, "#f6efdf" if k < 2 else ink, 9, 0.9)


def backpack(studio: Studio, cloth: Cloth, trim: str, zip_: str) -> None:
    """A rucksack with a front pocket."""
    for strap in ([(262, 430), (212, 560), (206, 760), (260, 900), (296, 900), (262, 760), (262, 580), (300, 470)],):
        for side in (strap, flipped(strap)):
            studio.part(side, plain(trim), bulge=7, round_=9, light=0.85)
    _handle(studio, [(400, 280), (404, 214), (450, 196), (496, 214), (500, 280)], trim, 22)
    body = mirrored([(450, 250), (560, 262), (636, 330), (664, 480), (672, 760), (660, 930), (606, 980), (450, 990)])
    studio.part(
        body,
        cloth,
        bulge=22,
        round_=28,
        folds=[Fold(((280, 520), (340, 560), (420, 556)), 36, 4), Fold(((620, 500), (570, 560), (500, 570)), 36, 4)],
    )
    arch = [(262, 640), (266, 450), (320, 340), (450, 304), (580, 340), (634, 450), (638, 640)]
    studio.line([(x, y + 4) for x, y in arch], "#000000", 12, 0.25)
    studio.line(arch, zip_, 9, 1.0)
    studio.line(arch, "#ffffff", 3, 0.35, dash=(3, 4))
    pocket = mirrored([(450, 640), (560, 642), (612, 668), (624, 780), (618, 910), (580, 944), (450, 950)])
    studio.part(
        pocket, cloth, bulge=16, round_=18, folds=[Fold(((330, 830), (420, 860), (520, 840)), 36, 4)], cast=0.45
    )
    line = [(306, 716), (450, 722), (594, 716)]
    studio.line([(x, y + 4) for x, y in line], "#000000", 12, 0.25)
    studio.line(line, zip_, 9, 1.0)
    studio.line(line, "#ffffff", 3, 0.35, dash=(3, 4))
    for x, y in ((594, 716), (638, 640)):
        studio.line([(x, y), (x + 6, y + 44)], trim, 9, 1.0)
    patch: Outline = [(414, 420, 0), (486, 420, 0), (486, 492, 0), (414, 492, 0)]
    studio.part(patch, leather("#9a6a42"), bulge=4, round_=6, wrinkles=0.1, cast=0.35)
    studio.stitches([(422, 428, 0), (478, 428, 0), (478, 484, 0), (422, 484, 0)], "#f0dcc0", closed=True)
    studio.seam(
        mirrored([(450, 262), (552, 274), (624, 338), (650, 480), (658, 760), (646, 924), (600, 966), (450, 976)]),
        0.7,
        closed=True,
    )


def baseball_cap(studio: Studio, cloth: Cloth, brim: Cloth, thread: str) -> None:
    """A cap seen from the side, its brim to the left."""
    under: Outline = [(118, 760), (180, 718), (330, 690), (480, 700), (470, 742), (300, 752), (180, 780)]
    studio.part(under, brim, light=0.5, bulge=3, cast=0)
    dome: Outline = [
        (330, 720, 0),
        (336, 600),
        (390, 480),
        (490, 412),
        (590, 406),
        (700, 460),
        (762, 560),
        (786, 700),
        (790, 750, 0),
        (640, 772),
        (470, 764),
    ]
    studio.part(dome, cloth, bulge=26, round_=34, wrinkles=0.6)
    for seam in ([(560, 408), (500, 520), (470, 764)], [(564, 408), (650, 540), (680, 768)]):
        studio.seam(seam, 1.0)
        for offset in (-8, 8):
            studio.stitches([(x + offset, y) for x, y in seam], thread, opacity=0.6)
    knob: Outline = [(540, 408), (556, 390), (580, 392), (590, 410), (566, 418)]
    studio.part(knob, brim, bulge=6, round_=6, wrinkles=0)
    for x, y in ((452, 560), (610, 540)):
        studio.line(circle(x, y, 9), thread, 4, 0.9, closed=True)
        studio.line([(x, y), (x + 1, y)], "#14171c", 8, 0.7)
    band: Outline = [(332, 706), (470, 744), (640, 752), (790, 734), (792, 766), (640, 786), (470, 780), (330, 742)]
    studio.part(band, cloth, bulge=5, round_=7, wrinkles=0.1, cast=0.2)
    top: Outline = [
        (96, 772),
        (150, 716),
        (250, 680),
        (336, 676),
        (420, 714),
        (480, 752),
        (470, 784),
        (380, 770),
        (270, 768),
        (170, 790),
        (110, 800),
    ]
    studio.part(top, brim, bulge=14, round_=18, wrinkles=0.2, cast=0.4)
    for k in range(4):
        t = 12 + 15 * k
        studio.stitches(
            [
                (118 + t, 780 - t * 0.22),
                (176 + t, 728 + t * 0.28),
                (262 + t * 0.6, 694 + t * 0.5),
                (344 + t * 0.4, 694 + t * 0.6),
                (424, 730 + t * 0.5),
            ],
            thread,
            opacity=0.55,
        )


def beanie(studio: Studio, cloth: Cloth, pompom: str) -> None:
    """A knitted hat with a turned-up rim."""
    tufts = studio.rng
    for ring in range(4, -1, -1):
        for k in range(18):
            angle, radius = k / 18 * 2 * np.pi + ring * 0.4, 21.0 * ring
            x, y = 450 + radius * np.cos(angle), 316 + radius * np.sin(angle) * 0.92
            size = 17 + 6 * tufts.random()
            tuft: Outline = [
                (x + size * np.cos(a), y + size * np.sin(a) * 0.8)
                for a in np.linspace(0, 2 * np.pi, 9)[:-1] + tufts.random()
            ]
            if ring > 1 or k % 4 == 0:
                studio.part(
                    tuft, plain(pompom), bulge=5, round_=6, wrinkles=0.3, cast=0.16, light=0.9 + 0.18 * tufts.random()
                )
    dome = mirrored([(450, 386), (560, 402), (652, 484), (694, 620), (704, 780, 0), (450, 800)])
    folds = [
        Fold(((450 + d * 0.25, 410), (450 + d * 0.8, 560), (450 + d, 780)), 50, 5) for d in (-190, -96, 0, 96, 190)
    ]
    studio.part(dome, ribbed(cloth, 22, 2.4), folds=folds, bulge=26, round_=34, wrinkles=0.5)
    rim = mirrored([(450, 770), (600, 764), (708, 744), (722, 780), (722, 880), (704, 912), (600, 928), (450, 932)])
    studio.part(rim, ribbed(cloth, 26, 3.0), bulge=16, round_=18, wrinkles=0.4, cast=0.5)
    label: Outline = [(560, 826, 0), (622, 820, 0), (626, 876, 0), (564, 882, 0)]
    studio.part(label, leather("#8a5a38"), bulge=3, round_=5, wrinkles=0.1, cast=0.35)
    studio.stitches([(567, 833, 0), (616, 828, 0), (619, 869, 0), (570, 874, 0)], "#f0dcc0", closed=True)


def _handle(studio: Studio, line: Outline, colour: str, width: float, *, dark: float = 1.0) -> None:
    """A round handle along ``line``."""
    studio.part(strip(line, width), leather(colour, 0.25), bulge=8, round_=7, wrinkles=0.2, light=dark)


def _ring(studio: Studio, x: float, y: float, radius: float, metal: str) -> None:
    studio.line(circle(x + 2, y + 4, radius), "#000000", 8, 0.35, closed=True)
    studio.line(circle(x, y, radius), metal, 7, 1.0, closed=True)
    studio.line(circle(x - 1, y - 2, radius)[8:14], "#ffffff", 2.5, 0.6)
