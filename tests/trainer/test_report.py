"""The report that is kept, and how figures are said."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from tests.window.results_sample import CLASSES, evaluation
from trainer.evaluation import report, wording


class Page(HTMLParser):
    """Checks that tags close, and collects the cells of tables and the sources of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.pictures.append(dict(attrs)["src"] or "")
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag not in ("img", "br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.tables[-1][-1][-1] += data


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


def test_the_page_holds_matrix_figures_mistakes_and_unreadable_photos() -> None:
    shown = evaluation()
    text = report.html_report(shown)
    page = parsed(text)
    matrix, figures = page.tables
    cells = [[int(cell.replace(",", "") or 0) for cell in row[1:-1]] for row in matrix[1:-1]]
    assert cells == shown.confusion_KK.tolist()
    assert [row[0] for row in figures[1:]] == list(CLASSES)
    assert figures[1][2] == "60.0\u00a0%"  # recall of Shirt: 9 of 15
    assert len(page.pictures) == 9  # every mistake, as there are few
    assert "/photos/Shirt/broken.jpg" in text and "cut off" in text
    assert "79.55\u00a0%" in text and "35 of 44 test images were named correctly" in text


def test_the_page_needs_nothing_from_elsewhere_and_its_pictures_are_real() -> None:
    shown = evaluation()
    text = report.html_report(shown)
    assert not re.search(r"https?://|<link|<script|@import|src=\"(?!data:)", text)
    first = parsed(text).pictures[0].removeprefix("data:image/png;base64,")
    picture = Image.open(io.BytesIO(base64.b64decode(first)))
    assert picture.size == (28, 28)
    assert picture.getpixel((3, 3)) == shown.mistakes_by_confidence()[0]  # image i is of brightness i


def test_names_cannot_break_out_of_the_page() -> None:
    nasty = ('<script>alert("x")</script>', "a & b", "\udcff not UTF-8")
    text = report.html_report(evaluation(name="<b>model", classes=nasty))
    text.encode("utf-8")
    parsed(text)
    assert "<script>" not in text and "&lt;script&gt;" in text and "<b>model" not in text


def test_without_images_the_page_still_stands() -> None:
    page = parsed(report.html_report(replace(evaluation(), images=None, unreadable=())))
    assert len(page.tables) == 2 and page.pictures == []


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_tables_read_back_as_what_they_were() -> None:
    shown = evaluation(classes=("=cmd|' /C calc'!A0", 'a "quoted", name', "line\nbreak"))
    matrix = rows(report.matrix_csv(shown))
    assert matrix[0][1:4] == ["'=cmd|' /C calc'!A0", 'a "quoted", name', "line\nbreak"]
    counts = np.array([[int(cell) for cell in row[1:]] for row in matrix[1:]])
    assert (counts[:3, :3] == shown.confusion_KK).all()
    assert counts[3, 3] == 44 and (counts[3, :3] == shown.confusion_KK.sum(axis=0)).all()
    figures = rows(report.per_class_csv(shown))
    assert figures[1][1:] == ["0.7500", "0.6000", "0.6667", "15"]
    predictions = rows(report.predictions_csv(shown))
    assert len(predictions) == 45
    assert [row[5] for row in predictions[1:]].count("no") == 9


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # Newcombe 1998, “Two-sided confidence intervals for the single proportion”, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(right: int, n: int, low: float, high: float) -> None:
    assert wording.wilson_interval(right, n) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_of_nothing_is_everything() -> None:
    assert wording.wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.9312, "93.1 %"), (1.0, "100.0 %"), (0.99996, "> 99.9 %"), (0.0, "0.0 %"), (0.0001, "< 0.1 %")],
)
def test_shares_are_never_rounded_to_perfection(share: float, said: str) -> None:
    assert wording.percent(share).replace("\u00a0", " ") == said


def test_cells_are_said_in_plain_words() -> None:
    def said(*cell: object) -> str:
        return wording.cell_sentence(*cell).replace("\u00a0", " ")  # type: ignore[arg-type]

    assert said("Shirt", "Coat", 128, 1000) == "128 of 1,000 Shirt images were called Coat (12.8 %)."
    assert said("Shirt", "Coat", 1, 1) == "1 of 1 Shirt image was called Coat (100.0 %)."
    assert said("Shirt", "Shirt", 2, 4) == "2 of 4 Shirt images were rightly called Shirt (50.0 %)."
    assert said("Shirt", "Coat", 0, 9) == "None of 9 Shirt images were called Coat."
    assert said("Shirt", "Coat", 0, 0) == "There are no Shirt images in this test set."
