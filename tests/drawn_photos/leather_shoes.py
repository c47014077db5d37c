"""Boots and sandals seen from the side, the toe to the left."""

from __future__ import annotations

import math

from tests.drawn_photos.cloth import leather, plain, ribbed
from tests.drawn_photos.shapes import Outline, moved, strip
from tests.drawn_photos.studio import Fold, Studio


def chelsea_boot(studio: Studio, hide: str, elastic: str, sole: str) -> None:
    """An ankle boot without laces."""
    skin = leather(hide)
    loop: Outline = [(650, 262), (690, 256), (700, 330), (690, 372), (664, 372), (656, 320)]
    studio.part(loop, plain(elastic), bulge=4, round_=6)
    lining: Outline = [(436, 322), (540, 300), (676, 322), (684, 356), (560, 372), (438, 352)]
    studio.part(lining, plain("#6b4a35"), light=0.5, bulge=3, cast=0)
    body: Outline = [
        (128, 776, 0),
        (126, 736),
        (150, 690),
        (214, 650),
        (310, 616),
        (384, 566),
        (424, 500),
        (432, 420),
        (432, 336, 0),
        (520, 352),
        (600, 352),
        (684, 336, 0),
        (690, 460),
        (704, 560),
        (716, 660),
        (722, 776, 0),
        (440, 800),
    ]
    folds = [
        Fold(((370, 596), (430, 610), (500, 590)), 26, 7),
        Fold(((400, 556), (456, 572), (520, 548)), 24, 6),
        Fold(((300, 640), (340, 680), (350, 740)), 26, 3),
        Fold(((640, 600), (690, 610), (714, 640)), 24, 5),
    ]
    studio.part(body, skin, bulge=20, round_=26, folds=folds, wrinkles=0.8)
    panel: Outline = [(496, 352, 0), (624, 352, 0), (612, 460), (578, 560), (556, 574), (534, 560), (506, 460)]
    studio.part(panel, ribbed(plain(elastic), 9, 1.0), bulge=5, round_=8, wrinkles=0.2, cast=0.25)
    studio.stitches(
        [(488, 356), (498, 462), (528, 568), (556, 586), (584, 568), (620, 462), (632, 356)], "#000000", opacity=0.5
    )
    studio.seam([(556, 584), (520, 680), (500, 790)], 0.9)
    welt: Outline = [
        (110, 780),
        (124, 766, 0),
        (300, 786),
        (500, 792),
        (732, 768, 0),
        (738, 800),
        (720, 812, 0),
        (560, 820),
        (400, 822),
        (180, 816),
        (116, 802),
    ]
    studio.part(welt, plain(sole), bulge=6, round_=7, wrinkles=0.1)
    studio.stitches([(128, 786), (300, 800), (500, 804), (726, 786)], "#d8b48a", opacity=0.6)
    heel: Outline = [(548, 812, 0), (734, 800, 0), (736, 872, 0), (560, 876, 0)]
    studio.part(heel, plain(sole), bulge=7, round_=8, wrinkles=0.1)
    front: Outline = [
        (116, 800),
        (300, 816),
        (500, 818),
        (552, 816, 0),
        (530, 846),
        (470, 872),
        (300, 877),
        (190, 875),
        (136, 852),
    ]
    studio.part(front, plain(sole), bulge=5, round_=6, wrinkles=0.1, light=0.85)


def strap_sandal(studio: Studio, hide: str, footbed: str, sole: str) -> None:
    """A flat sandal with buckled straps."""
    skin = leather(hide)
    base: Outline = [
        (104, 776),
        (150, 744),
        (300, 742),
        (450, 724),
        (600, 694),
        (740, 688),
        (806, 704),
        (812, 764),
        (796, 806, 0),
        (600, 814),
        (300, 828),
        (130, 820),
    ]
    far = strip([(628, 700), (660, 630), (700, 588), (752, 566)], 28)
    for shape in (
        [(236, 740, 0), (262, 668), (320, 640), (380, 660), (410, 730, 0)],
        [(470, 716, 0), (496, 640), (560, 596), (610, 620), (624, 700, 0)],
        far,
    ):
        studio.part(moved(shape, 26, -20), skin, light=0.6, bulge=4, round_=7, wrinkles=0.3, cast=0)
    studio.part(base, plain(sole), bulge=9, round_=11, wrinkles=0.2)
    bed: Outline = [
        (112, 764),
        (160, 738),
        (300, 736),
        (450, 718),
        (600, 688),
        (740, 682),
        (800, 698),
        (740, 716),
        (600, 728),
        (450, 752),
        (300, 772),
        (160, 780),
    ]
    studio.part(bed, leather(footbed, 0.1), bulge=5, round_=8, cast=0.15)
    studio.line([(106, 790), (300, 800), (560, 786), (808, 760)], footbed, 5, 0.7)
    toe: Outline = [
        (196, 792, 0),
        (204, 716),
        (238, 656),
        (290, 630),
        (340, 636),
        (372, 668),
        (384, 720),
        (384, 784, 0),
    ]
    instep: Outline = [(452, 776, 0), (460, 690), (492, 622), (540, 584), (586, 586), (604, 630), (604, 750, 0)]
    for band in (toe, instep):
        studio.part(band, skin, bulge=9, round_=12, wrinkles=0.4, cast=0.4)
        middle = sum(point[0] for point in band) / len(band), sum(point[1] for point in band) / len(band)
        inset = [(middle[0] + (x - middle[0]) * 0.84, middle[1] + (y - middle[1]) * 0.86) for x, y, *_ in band]
        studio.stitches(inset, "#f0dcc0", opacity=0.6)
    for line in ([(594, 640), (650, 590), (716, 560), (782, 556)], [(772, 714), (788, 650), (788, 590), (774, 536)]):
        studio.part(strip(line, 32), skin, bulge=7, round_=9, wrinkles=0.3, cast=0.4)
    _buckle(studio, 676, 578, -24)
    _buckle(studio, 532, 690, -78)


def _buckle(studio: Studio, x: float, y: float, degrees: float) -> None:
    """A brass frame with its pin."""
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))

    def at(across: float, along: float) -> tuple[float, float, float]:
        place = complex(across, along) * turn
        return x + place.real, y + place.imag, 0

    frame = [at(-20, -24), at(20, -24), at(20, 24), at(-20, 24)]
    studio.line(moved(frame, 2, 4), "#000000", 7, 0.35, closed=True)
    studio.line(frame, "#c8a765", 6, 1.0, closed=True)
    studio.line([at(-20, 0), at(22, 0)], "#e6cf97", 5, 1.0)
