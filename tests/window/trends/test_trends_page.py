"""Trends in the real window: chosen, drawn, compared, opened as a list, saved."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.search.trends import TAKEN
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell import file_choice
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.trends.page import TrendsPage
from tests.catalogue.catalogue_rows import add, item

DAYS = ("2026-01-05", "2026-02-03", "2026-02-10", "2026-02-11", "2026-02-20")


@pytest.fixture
def photo_ids(own_home: object) -> list[int]:
    """A dress in January; two dresses, a coat and a category with a name like HTML in February."""
    with Catalogue(paths.catalogue_file(), write=True, who="Ada") as catalogue:
        ids = add(catalogue, item("1.jpg"), item("2.jpg", "Coat"), item("3.jpg"), item("4.jpg"), item("5.jpg"))
        with catalogue.database.transaction(durable=False) as database:
            for id_, day in zip(ids, DAYS, strict=True):
                database.execute("UPDATE photos SET added_at = ? WHERE id = ?", (f"{day}T12:00:00+00:00", id_))
            database.execute("UPDATE photos SET category = '<b>Cape' WHERE id = ?", (ids[3],))
            database.execute("UPDATE photos SET taken_at = ''")
        return ids


@pytest.fixture
def page(qtbot: QtBot, photo_ids: list[int]) -> Iterator[TrendsPage]:
    settings = Settings()
    window = MainWindow(settings, ActiveModel(settings))
    window.resize(1280, 800)
    window.show()
    qtbot.waitUntil(lambda: not window.catalogue_access.busy, timeout=30_000)
    window.photo_tools.trends.show_page.trigger()
    made = window.photo_tools.trends.page
    assert made is not None
    settle(made, qtbot)
    yield made
    window.destroy_now()


def settle(page: TrendsPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not page.busy and page.answer is not None, timeout=30_000)


def choose(page: TrendsPage, qtbot: QtBot, data: object) -> None:
    box = page.controls.dates
    box.setCurrentIndex(next(place for place in range(box.count()) if box.itemData(place) == data))
    settle(page, qtbot)


def test_a_trend_is_drawn_compared_and_its_photos_are_listed(
    page: TrendsPage, photo_ids: list[int], qtbot: QtBot
) -> None:
    assert page.periods.currentText() == "2026-02"
    assert page.table.texts() == [
        ("Dress", "2", "50 %", "+100 %"),
        ("<b>Cape", "1", "25 %", "–"),
        ("Coat", "1", "25 %", "–"),
    ]
    assert page.chart.points("Dress").tolist() == [[0, 1], [1, 2]]
    page.figures.button(True).click()
    assert page.chart.points("Dress").tolist() == [[0, 1], [100, 50]]
    page.table.setFocus()
    page.table.selectRow(0)
    QTest.keyClick(page.table, Qt.Key.Key_Space)
    assert page.table.drawn == ["<b>Cape", "Coat"]

    canvas = page.chart.plot.canvas
    scene = canvas.getViewBox().mapViewToScene(QPointF(1, 25))
    found: list[tuple[str, str]] = []
    page.chart.point_chosen.connect(lambda period, value: found.append((period, value)))
    window = page.window()
    assert isinstance(window, MainWindow)
    photo_list = window.tag_panel.photo_list
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.mapFromScene(scene))
    qtbot.waitUntil(lambda: bool(found) and photo_list.state.figures.photos == 1, timeout=30_000)
    assert found[0] in {("2026-02", "Coat"), ("2026-02", "<b>Cape")} and window.tag_panel.browser.page is None


def test_an_empty_chart_says_what_is_missing_and_another_choice_fills_it(page: TrendsPage, qtbot: QtBot) -> None:
    choose(page, qtbot, TAKEN)
    assert page.trend is None and not page.csv_button.isEnabled()
    assert "5 photos without a date" in page.empty.lead.text() and "EXIF" in page.empty.lead.text()
    page.controls.over.setCurrentIndex(page.controls.over.findText("Folder"))
    settle(page, qtbot)
    assert page.trend is not None and not page.controls.dates.isEnabled()


def test_figures_and_picture_are_saved(
    page: TrendsPage, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(button: Callable[[], object], file: Path) -> None:
        monkeypatch.setattr(file_choice, "save_file", lambda *_: file)
        button()
        qtbot.waitUntil(lambda: not page.busy and page.notice.has_message, timeout=30_000)

    save(page.csv_button.click, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert rows[3] == {"period": "2026-02", "value": "Dress", "amount": "2", "share": "0.5", "change": "1.0"}
    save(page.png_button.click, tmp_path / "t.png")
    assert QImage(str(tmp_path / "t.png")).width() == 2 * page.chart.width()
    page.notice.dismiss()
    (tmp_path / "file").write_text("")
    save(page.csv_button.click, tmp_path / "file" / "t.csv")
    assert "Saved" not in page.notice.text.text()
