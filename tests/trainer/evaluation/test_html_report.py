"""The HTML report: complete, self-contained, with all names escaped."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from PIL import Image

from fashionlens_gui import messages
from tests.tiny_model import tiny_model
from tests.trainer.evaluation.test_product_list import result
from tests.trainer.scripted_predictor import ScriptedPredictor, answer, photo, taxonomy
from tests.window.results.results_sample import CLASSES, evaluation, large_evaluation
from trainer.control import WorkControl
from trainer.data.data_paths import DatasetInfo
from trainer.data.folder_categories import FolderCategories
from trainer.data.photo_store import open_store
from trainer.data_quality.findings import Finding
from trainer.errors import SaveError
from trainer.evaluation.class_folders import evaluate_folders
from trainer.evaluation.evaluation import Evaluation
from trainer.evaluation.report.charts import curves, nice_ticks, whole_ticks
from trainer.evaluation.report.html import html_report, middle, save_report
from trainer.evaluation.report.model_settings import settings
from trainer.evaluation.report.sources import of_evaluation, of_folders
from trainer.evaluation.tallies import Mistake, WorstMistakes
from trainer.model_files.library import read_metadata
from trainer.model_files.metadata import EpochMetrics

TEMPLATES = Path(__file__).resolve().parents[3] / "resources" / "report"
VOID = ("img", "br", "meta")


class Page(HTMLParser):
    """Checks that all tags are closed; collects cells, headings, image sources, and tags with attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.headings: list[str] = []
        self.pictures: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "img":
            self.pictures.append(dict(attrs)["src"] or "")
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "h2":
            self.headings.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.tables[-1][-1][-1] += data
        if "h2" in self.open:
            self.headings[-1] += data


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


def page_of(shown: Evaluation, findings: list[Finding] | None = None) -> str:
    return html_report(of_evaluation(shown, messages, datetime(2026, 5, 4, 3, 2), findings), TEMPLATES)


def history(count: int, loss: float = 1.0) -> tuple[EpochMetrics, ...]:
    return tuple(
        EpochMetrics(k, loss / k, 1 - 0.5 / k, loss / k + 0.1, 0.9 - 0.4 / k, 1.0) for k in range(1, count + 1)
    )


def test_the_page_has_matrix_metrics_mistakes_and_unreadable_photos() -> None:
    shown = evaluation()
    text = page_of(shown)
    page = parsed(text)
    matrix, figures = page.tables
    cells = [[int(cell.replace(",", "") or 0) for cell in row[1:-1]] for row in matrix[1:-1]]
    assert cells == shown.confusion_KK.tolist()
    assert [row[0] for row in figures[1:]] == list(CLASSES)
    assert figures[1][2] == "60.0\u00a0%"  # recall of Shirt: 9 of 15
    assert len(page.pictures) == 9  # all mistakes, as there are few
    assert "/photos/Shirt/broken.jpg" in page.text and "cut short" in page.text
    assert "79.55\u00a0%" in page.text and "35 of 44 test photos were named correctly" in page.text
    assert "Its confidence is off by" in page.text and "4 May 2026, 03:02" in page.text
    assert "Shirt predicted as T-shirt/top: 5 (33.3\u00a0% of them)" in page.text


def test_the_page_is_self_contained_and_its_images_are_valid() -> None:
    shown = evaluation()
    text = page_of(shown, [Finding("Heading", ("Sentence.",), ("a.jpg",))])
    assert not re.search(r"https?://|<link|<script|@import|url\(|src=\"(?!data:)", text)
    first = parsed(text).pictures[0].removeprefix("data:image/png;base64,")
    picture = Image.open(io.BytesIO(base64.b64decode(first)))
    assert picture.size == (28, 28)
    assert picture.getpixel((3, 3)) == shown.mistakes_by_confidence()[0]  # image i is of brightness i


def test_photos_become_small_jpegs_and_cropped_photos_are_shown_as_model_input(tmp_path: Path) -> None:
    shown = evaluation()
    assert shown.images is not None
    Image.new("RGB", (900, 1200), (200, 30, 30)).save(tmp_path / "large.jpg")
    worst, next_worst = shown.mistakes_by_confidence()[:2]
    files = [str(tmp_path / "moved.jpg")] * shown.n
    files[int(worst)] = str(tmp_path / "large.jpg")
    page = parsed(page_of(replace(shown, images=replace(shown.images, files=tuple(files)))))
    large = Image.open(io.BytesIO(base64.b64decode(page.pictures[0].removeprefix("data:image/jpeg;base64,"))))
    assert large.size == (150, 200)
    assert large.getpixel((75, 100))[0] > 180  # type: ignore[index]
    moved = Image.open(io.BytesIO(base64.b64decode(page.pictures[1].removeprefix("data:image/png;base64,"))))
    assert moved.getpixel((0, 0)) == next_worst
    assert str(tmp_path) not in page.text  # the page contains no local paths


def test_names_are_escaped_in_the_page(tmp_path: Path) -> None:
    nasty = ('<script>alert("x")</script>', "a & b", "\udcff not UTF-8 \x1b")
    shown = evaluation(name="<b>model", classes=nasty)
    assert shown.images is not None
    file = f'<img src=x onerror=alert(1)>&"{"x" * 200}.jpg'
    shown = replace(shown, images=replace(shown.images, files=(str(tmp_path / file),) * shown.n))
    text = page_of(shown, [Finding("<i>heading", ('1 < 2 & "so"',), ("<u>.jpg",))])
    text.encode("utf-8")
    page = parsed(text)
    assert {tag for tag, _ in page.tags} & {"script", "u"} == set()
    assert [tag for tag, _ in page.tags].count("img") == 9
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert nasty[0] in page.text and "<b>model" in page.text and '1 < 2 & "so"' in page.text and "<u>.jpg" in page.text
    assert "\x1b" not in text and "? not UTF-8 \ufffd" in page.text
    title = next(attributes["title"] for tag, attributes in page.tags if tag == "img")
    assert title == file  # complete in the tooltip, and shortened in the text
    assert file not in page.text and "xxx.jpg" in page.text


def test_many_classes_become_an_svg_with_every_count() -> None:
    shown = large_evaluation(4000, 79)
    page = parsed(page_of(shown))
    assert len(page.tables) == 1  # the matrix is none
    cells = [attributes for tag, attributes in page.tags if tag == "rect" and attributes.get("class") != "ground"]
    off_diagonal = shown.confusion_KK.copy()
    np.fill_diagonal(off_diagonal, 0)
    assert len(cells) == 79 + np.count_nonzero(off_diagonal)
    widest = max(float(cell["x"] or 0) + float(cell["width"] or 0) for cell in cells)
    box = next(svg["viewbox"] for tag, svg in page.tags if tag == "svg" and svg.get("class") == "heatmap")
    assert widest <= float((box or "").split()[2])
    assert len(page.tables[0]) == 80 and len(page.pictures) == 24


def test_the_page_works_without_images_metadata_and_check() -> None:
    page = parsed(page_of(replace(evaluation(), images=None, unreadable=())))
    assert len(page.tables) == 2 and page.pictures == []
    assert page.headings == ["Confusion matrix", "Figures per category"]


def test_curves_settings_and_the_check_of_the_data_are_on_it(tmp_path: Path) -> None:
    metadata = structs.replace(
        read_metadata(tiny_model(tmp_path / "m.safetensors")),
        history=history(7),
        figures={"best_epoch": 6.0, "validation_ok_share": 0.5},
        data=DatasetInfo(name="my <shop>"),
    )
    found: list[Finding] = [
        Finding("Few photos", ("“Hats” has 4.",), ()),
        Finding("Broken", ("2.",), tuple(f"{k}.jpg" for k in range(230))),
    ]
    page = parsed(page_of(replace(evaluation(), metadata=metadata), found))
    lines = [attributes for tag, attributes in page.tags if tag == "polyline"]
    assert [line["class"] for line in lines] == ["training", "validation"] * 2
    assert all(len((line["points"] or "").split()) == 7 for line in lines)
    assert "my <shop>" in page.text and "saved" in page.text
    assert "Share marked ok (validation)" in page.text and "mirrored, shifted by up to 1 px" in page.text
    assert "“Hats” has 4." in page.text and "199.jpg" in page.text and "and 30 more" in page.text
    nothing = parsed(page_of(evaluation(), []))
    assert "No issues found." in nothing.text


def test_curves_stay_in_their_axes_and_stop_at_nan() -> None:
    bad = replace(history(3)[1], training_loss=float("nan"), validation_loss=float("inf"))
    loss, accuracy = curves((history(3)[0], bad, history(3)[2]), 2.0)
    for chart in (loss, accuracy):
        for line in chart.lines:
            points = [tuple(map(float, pair.split(","))) for pair in line.points.split()]
            assert all(chart.left <= x <= chart.right and 0 <= y <= chart.bottom for x, y in points)
            assert points == sorted(points)
    assert len(loss.lines[0].points.split()) == 2 and len(accuracy.lines[0].points.split()) == 3
    falling = [float(pair.split(",")[1]) for pair in loss.lines[0].points.split()]
    assert falling[0] < falling[1]  # a smaller loss is lower in the chart
    assert curves(()) == ()
    assert len(curves(history(1))[0].lines[0].points.split()) == 1
    assert curves(history(3), 9.0)[0].kept is None


def test_ticks_are_round_and_enclose_the_values() -> None:
    assert nice_ticks(0.13, 0.97) == pytest.approx((0, 0.2, 0.4, 0.6, 0.8, 1.0))
    assert nice_ticks(0.905, 0.932) == pytest.approx((0.90, 0.91, 0.92, 0.93, 0.94))
    for low, high in ((1.0, 1.0), (0.0, 0.0), (0.2, 0.2000001), (3, 4000)):
        ticks = nice_ticks(low, high)
        assert len(ticks) >= 2 and ticks[0] <= low + 1e-9 and ticks[-1] >= high - 1e-9
    assert list(whole_ticks(1, 30)) == [1, 5, 10, 15, 20, 25, 30]
    assert list(whole_ticks(1, 1)) == [1]
    assert list(whole_ticks(1, 3)) == [1, 2, 3]


def test_settings_at_their_defaults_are_omitted(tmp_path: Path) -> None:
    shown = dict(settings(read_metadata(tiny_model(tmp_path / "m.safetensors")), messages))
    assert shown["Started from"] == "random weights"
    assert shown["Photos changed at random"] == "mirrored, shifted by up to 1 px"
    assert shown["Accuracy (validation)"] == "10.00\u00a0%"
    assert {"Made", "Weight decay", "Epochs done", "Fingerprint of the data"} & set(shown) == set()


def test_folders_of_a_product_model(tmp_path: Path) -> None:
    for name, number in (("pants/0", 0), ("pants/1", 1), ("t-shirt/2", 2), ("t-shirt/3", 3), ("odds <b>/4", 0)):
        photo(tmp_path / "tree" / f"{name}.png", number, (90, 120))
    predictor = ScriptedPredictor(
        [
            answer("Jeans"),
            answer("T-shirt", confidence=0.7),
            answer("Watch", "T-shirt", confidence=0.9, needs_review=True),
            answer("T-shirt"),
        ]
    )
    with open_store(tmp_path / "tree") as store:
        meanings = FolderCategories(taxonomy())
        figures = result(evaluate_folders(predictor, meanings, store, WorkControl(), data_name="tree"))
        content = of_folders(figures, predictor.metadata, store, messages)
    assert content.matrix is not None
    assert content.matrix.predicted == ("pants", "t-shirt", "Watch")
    assert content.matrix.counts_RC.tolist() == [[1, 1, 0], [0, 1, 1]]
    assert [(each.file, each.actual, each.predicted) for each in content.mistakes or ()] == [
        ("2.png", "t-shirt", "Watch"),
        ("1.png", "pants", "T-shirt"),
    ]
    page = parsed(html_report(content, TEMPLATES))
    assert page.pictures[0].startswith("data:image/jpeg")
    assert "It is sure of 75.0\u00a0% of them, and correct on 66.7\u00a0% of those." in page.text
    assert page.tables[1][2] == ["t-shirt", "50.0\u00a0%", "100.0\u00a0%", "2", "Watch 1"]
    assert "1 photo skipped" in page.headings and "1 photo in “odds <b>”" in page.text
    # Both predictions of 0.6 are correct, those of 0.7 and 0.9 are wrong: (2 · 0.4 + 0.7 + 0.9) / 4
    assert figures.bins.error() == pytest.approx(0.6)


def test_only_the_worst_mistakes_are_kept_the_first_of_equals() -> None:
    worst = WorstMistakes(3)
    for number, confidence in enumerate((0.5, 0.9, 0.7, 0.7, 0.2, 0.7)):
        worst.add(Mistake(f"{number}", "a", "b", confidence))
    assert [each.file for each in worst.in_order()] == ["1", "2", "3"]


def test_the_page_is_saved_atomically(tmp_path: Path) -> None:
    target = tmp_path / "new" / "report.html"
    save_report(target, of_evaluation(evaluation(), messages), TEMPLATES)
    assert target.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [file.name for file in target.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(SaveError, match="file_not_saved"):
        save_report(tmp_path / "file" / "report.html", of_evaluation(evaluation(), messages), TEMPLATES)


def test_long_names_keep_their_beginning_and_end() -> None:
    assert middle("short", 9) == "short"
    assert middle("0123456789", 9) == "0123…6789"
    assert len(middle("x" * 500, 40)) == 40
