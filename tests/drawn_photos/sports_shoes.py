"""Sports shoes seen from the side, the toe to the left, as catalogues and Fashion-MNIST show them."""

from __future__ import annotations

from tests.drawn_photos.cloth import Cloth, plain
from tests.drawn_photos.shapes import Outline, circle
from tests.drawn_photos.studio import Fold, Studio


def sneaker(studio: Studio, upper: Cloth, accent: str, sole: str, lace: str) -> None:
    """A low sports shoe."""
    tongue: Outline = [(430, 552), (480, 470), (524, 440), (560, 452), (556, 510), (480, 600)]
    studio.part(tongue, upper, bulge=10, light=0.9)
    lining: Outline = [(532, 520), (580, 500), (660, 506), (712, 484), (746, 484), (748, 540), (640, 580)]
    studio.part(lining, plain(accent), light=0.5, bulge=3, cast=0)
    body: Outline = [
        (112, 724, 0),
        (116, 690),
        (150, 654),
        (214, 632),
        (300, 608),
        (384, 566),
        (452, 520),
        (520, 488),
        (548, 520),
        (600, 540),
        (664, 536),
        (712, 512),
        (742, 486),
        (772, 488),
        (784, 530),
        (782, 620),
        (796, 736, 0),
        (450, 770),
        (110, 760, 0),
    ]
    studio.part(
        body,
        upper,
        bulge=18,
        round_=24,
        folds=[Fold(((250, 640), (290, 680), (300, 740)), 26, 4), Fold(((300, 620), (340, 660), (356, 730)), 24, 3)],
    )
    toe: Outline = [
        (110, 730),
        (120, 692),
        (152, 660),
        (196, 644),
        (222, 672),
        (230, 716),
        (228, 762, 0),
        (112, 760, 0),
    ]
    studio.part(toe, plain(accent, gloss=0.1), bulge=9, round_=12, wrinkles=0.2, cast=0.25)
    heel: Outline = [
        (716, 514),
        (744, 486),
        (774, 490),
        (786, 540),
        (784, 640),
        (796, 740, 0),
        (704, 750, 0),
        (720, 660),
        (708, 580),
    ]
    studio.part(heel, plain(accent, gloss=0.1), bulge=9, round_=12, wrinkles=0.2, cast=0.25)
    for x in (500, 566):
        bar: Outline = [(x + 70, 596, 0), (x + 104, 588, 0), (x + 22, 754, 0), (x - 16, 756, 0)]
        studio.part(bar, plain(accent), bulge=3, round_=5, wrinkles=0, cast=0.2)
    stay: Outline = [
        (296, 620),
        (380, 572),
        (470, 512),
        (524, 490),
        (544, 512),
        (560, 556),
        (500, 580),
        (420, 640),
        (340, 670),
    ]
    studio.part(stay, upper, bulge=7, round_=9, wrinkles=0.2, cast=0.28)
    studio.stitches([(318, 652), (410, 622), (492, 566), (548, 544)], "#000000", opacity=0.3)
    _laces(studio, [(330, 604), (376, 580), (420, 552), (462, 524), (502, 500)], lace, 34)
    collar = [(546, 518), (600, 540), (664, 536), (712, 512), (744, 488)]
    studio.seam(collar, 1.0)
    studio.line([(x, y + 5) for x, y in collar], accent, 7, 0.9)
    _rubber_sole(studio, sole, accent)


def _rubber_sole(studio: Studio, sole: str, accent: str) -> None:
    outline: Outline = [
        (96, 752),
        (110, 738, 0),
        (300, 748),
        (560, 744),
        (800, 722, 0),
        (818, 740),
        (822, 786),
        (800, 812, 0),
        (560, 824),
        (300, 826),
        (150, 818),
        (108, 798),
    ]
    studio.part(outline, plain(sole, gloss=0.08), bulge=10, round_=12, wrinkles=0.1, cast=0.35)
    studio.line([(104, 784), (300, 796), (560, 794), (818, 774)], accent, 4, 0.85)
    for x in range(150, 800, 26):
        studio.line([(x, 812 - 6 * abs(x - 460) / 460), (x, 824)], "#000000", 3, 0.22)


def canvas_high_top(studio: Studio, cloth: Cloth, rubber: str, lace: str) -> None:
    """A canvas shoe that covers the ankle."""
    tongue: Outline = [(404, 480), (430, 380), (462, 330), (520, 318), (530, 380), (470, 520)]
    studio.part(tongue, cloth, bulge=10, light=0.9)
    lining: Outline = [(480, 360), (560, 346), (690, 338), (704, 392), (600, 420), (490, 420)]
    studio.part(lining, plain(rubber), light=0.55, bulge=3, cast=0)
    body: Outline = [
        (128, 770, 0),
        (140, 706),
        (200, 660),
        (290, 622),
        (360, 572),
        (416, 500),
        (462, 404),
        (484, 352, 0),
        (560, 372),
        (640, 366),
        (706, 344, 0),
        (716, 480),
        (726, 620),
        (744, 770, 0),
        (440, 790),
    ]
    folds = [
        Fold(((560, 460), (630, 500), (712, 490)), 30, 6),
        Fold(((540, 520), (620, 540), (716, 560)), 28, 5),
        Fold(((280, 640), (330, 690), (340, 760)), 26, 4),
    ]
    studio.part(body, cloth, bulge=17, round_=22, folds=folds)
    cap: Outline = [(122, 776, 0), (134, 712), (196, 664), (250, 668), (276, 720), (280, 790, 0)]
    studio.part(cap, plain(rubber, gloss=0.12), bulge=10, round_=12, wrinkles=0, cast=0.3)
    stay = [(330, 668), (420, 600), (484, 500), (520, 372)]
    studio.stitches(stay, "#ffffff", opacity=0.7)
    studio.seam([(560, 376), (556, 560), (520, 780)], 0.8)
    studio.stitches([(570, 380), (566, 560), (532, 776)], "#ffffff", opacity=0.6)
    for x, y in ((344, 606), (388, 560), (424, 508), (450, 456), (472, 402)):
        studio.button(x + 26, y + 18, 8, "#c9ccd0")
    _laces(studio, [(340, 600), (384, 552), (420, 500), (446, 448), (470, 392)], lace, 40)
    studio.part(circle(632, 470, 44), plain(rubber), bulge=3, round_=6, wrinkles=0, cast=0.2)
    leaf: Outline = [(632, 438), (652, 462), (646, 492), (632, 504), (618, 492), (612, 462)]
    studio.print_(leaf, "#3d6b58")
    sole: Outline = [
        (104, 776),
        (116, 762, 0),
        (300, 774),
        (560, 774),
        (752, 760, 0),
        (770, 776),
        (772, 826),
        (752, 844, 0),
        (440, 852),
        (150, 846),
        (108, 830),
    ]
    studio.part(sole, plain(rubber, gloss=0.08), bulge=9, round_=11, wrinkles=0.1, cast=0.3)
    studio.line([(108, 796), (300, 806), (560, 806), (770, 794)], "#b03a36", 5, 0.9)


def _laces(studio: Studio, eyes: Outline, colour: str, length: float) -> None:
    for x, y, *_ in eyes:
        end = (x + length * 1.25, y + length * 0.62)
        middle = (x + length * 0.5, y + length * 0.05)
        studio.line([(x + 2, y + 7), (middle[0] + 2, middle[1] + 7), (end[0] + 2, end[1] + 6)], "#000000", 13, 0.20)
        studio.line([(x, y), middle, end], colour, 12, 1.0)
        studio.line([(x + 2, y + 3), (middle[0], middle[1] + 3), (end[0], end[1] + 3)], "#000000", 2, 0.18)
