"""The theme: contrast, changes at run time, icons."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import cast

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QIcon, QImage, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QRadioButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.theme import Tokens

GROUNDS = ("window", "surface", "surface_raised")
PAIRS = (
    *((text, ground) for text in ("text", "text_muted") for ground in (*GROUNDS, "hover", "selection")),
    *((text, ground) for text in ("accent", "ok", "review", "error") for ground in GROUNDS),
    ("accent_text", "accent"),
)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, two: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_text_is_readable(qapp: QApplication, choice: str) -> None:
    theme.apply(qapp, choice)
    colours = theme.tokens()
    weak = {
        f"{text} on {ground}": round(ratio, 2)
        for text, ground in PAIRS
        if (ratio := _contrast(getattr(colours, text), getattr(colours, ground))) < 4.5
    }
    assert not weak


class _Hints:
    """Records what the system is asked for; the offscreen platform has no color scheme."""

    def __init__(self) -> None:
        self.schemes: list[Qt.ColorScheme | None] = []

    def setColorScheme(self, scheme: Qt.ColorScheme) -> None:
        self.schemes.append(scheme)

    def unsetColorScheme(self) -> None:
        self.schemes.append(None)


def test_title_bars_and_dialogs_of_the_system_have_the_look_of_the_window(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints, apply_scheme = _Hints(), theme._set_colour_scheme
    monkeypatch.setattr(theme, "_set_colour_scheme", lambda _, choice: apply_scheme(cast("QStyleHints", hints), choice))
    for choice in ("dark", "light", "system"):
        theme.apply(qapp, choice)
    assert hints.schemes == [Qt.ColorScheme.Dark, Qt.ColorScheme.Light, None]


@pytest.mark.parametrize("points", [10.0, 13.0, 15.0], ids=["usual", "macOS", "text at 150 %"])
def test_headings_grow_with_the_font_of_the_system(points: float, qapp: QApplication, qtbot: QtBot) -> None:
    before = qapp.font()
    font = QFont(before)
    font.setPointSizeF(points)
    qapp.setFont(font)
    theme.apply(qapp, "light")
    try:
        sizes = []
        for label in (QLabel("plain"), theme.heading("Heading"), theme.title("Title")):
            qtbot.addWidget(label)
            label.ensurePolished()
            sizes.append(label.font().pointSizeF())
        assert sizes == pytest.approx([points, points * 1.2, points * 2], abs=0.06)
    finally:
        qapp.setFont(before)
        theme.apply(qapp, "light")


def test_the_font_of_the_system_is_made_readable_and_is_in_points() -> None:
    small, pixels = QFont(), QFont()
    small.setPointSizeF(8)
    pixels.setPixelSize(20)
    assert theme._font(small).pointSizeF() == 10
    assert theme._font(pixels).pointSizeF() == pytest.approx(QFontInfo(pixels).pointSizeF()) and pixels.pointSizeF() < 0


def test_contrast_ratios_match_wcag() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_icons_of_the_style_sheet_have_the_themes_colours(qapp: QApplication, choice: str) -> None:
    theme.apply(qapp, choice)
    colours = {getattr(theme.tokens(), each.name) for each in fields(Tokens)}
    drawings = list((paths.resources_dir() / "themes" / choice).glob("*.svg"))
    assert drawings
    for file in drawings:
        assert set(re.findall(r"#[0-9a-f]{6}", file.read_text(encoding="utf-8"))) <= colours, file.name


def test_every_icon_of_the_style_sheet_exists() -> None:
    folder = paths.resources_dir() / "themes"
    named = set(re.findall(r"\$\{theme\}/([\w.-]+)", (folder / "window.qss").read_text(encoding="utf-8")))
    assert named
    for choice in ("light", "dark"):
        assert named == {file.name for file in (folder / choice).glob("*.svg")}


def test_a_change_of_theme_is_applied_at_once_and_emitted(qapp: QApplication, qtbot: QtBot) -> None:
    label = QLabel("text")
    qtbot.addWidget(label)
    with qtbot.waitSignal(theme.notifier().changed):
        theme.apply(qapp, "dark")
    assert theme.is_dark()
    assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.tokens().text)
    theme.apply(qapp, "light")
    assert not theme.is_dark()
    assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.tokens().text)


def test_the_theme_of_the_system_is_used_only_when_chosen(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "system_is_dark", lambda: True)
    theme.apply(qapp, "light")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert not theme.is_dark()
    theme.apply(qapp, "system")
    assert theme.is_dark()
    monkeypatch.setattr(theme, "system_is_dark", lambda: False)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert not theme.is_dark()


def _colours(image: QImage) -> set[str]:
    """The colours of all opaque pixels."""
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.parametrize("file", sorted(paths.icons_dir().glob("*.svg")), ids=lambda file: file.stem)
def test_every_icon_draws_something_in_the_asked_colour(qapp: QApplication, file) -> None:  # type: ignore[no-untyped-def]
    if file.stem == "app":
        assert len(_colours(icons.app_icon().pixmap(64, 64).toImage())) > 1
        return
    drawn = _colours(icons.icon(file.stem, "error").pixmap(48, 48).toImage())
    assert theme.tokens().error in drawn
    assert all(_contrast(colour, theme.tokens().error) < 1.2 for colour in drawn), "only one colour"


def test_an_icon_follows_the_theme_and_its_state(qapp: QApplication) -> None:
    icon = icons.icon("tag")
    side = QSize(32, 32)
    light = _colours(icon.pixmap(side).toImage())
    theme.apply(qapp, "dark")
    dark = _colours(icon.pixmap(side).toImage())
    assert theme.tokens().text in dark
    assert not light & dark
    chosen = _colours(icon.pixmap(side, QIcon.Mode.Normal, QIcon.State.On).toImage())
    assert theme.tokens().accent in chosen
    faded = _colours(icon.pixmap(side, QIcon.Mode.Disabled).toImage())
    assert not faded & dark


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_icons_are_drawn_for_the_screens_own_pixels(qapp: QApplication, ratio: float) -> None:
    picture = icons.icon("tag").pixmap(QSize(24, 24), ratio)
    assert picture.width() == round(24 * ratio)
    assert picture.devicePixelRatio() == ratio


def test_a_missing_icon_raises_at_once(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no such icon")


@pytest.mark.parametrize("choice", ["light", "dark"])
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_focus_is_seen_as_a_ring(
    qapp: QApplication, qtbot: QtBot, choice: str, kind: type[QCheckBox | QRadioButton]
) -> None:
    theme.apply(qapp, choice)
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    first, other = kind("One"), kind("Two")
    layout.addWidget(first)
    layout.addWidget(other)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    sizes = []
    for focused in (False, True):
        (first if focused else other).setFocus()
        image = first.grab().toImage()
        sizes.append(first.sizeHint())
        edge = QColor(image.pixel(image.width() // 2, 0)).name()
        assert (edge == QColor(theme.tokens().accent).name()) == focused
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_open_list_of_a_combo_box_has_one_frame(choice: str, qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, choice)
    box = QComboBox()
    box.addItems(["One", "Two"])
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    box.showPopup()
    popup = box.view().window()
    image = popup.grab().toImage()
    middle = [image.pixelColor(image.width() - 12, y).name() for y in range(image.height())]
    border, surface = theme.tokens().border, theme.tokens().surface
    assert middle[0] == middle[-1] == border
    assert set(middle[1:4]) == set(middle[-4:-1]) == {surface}
    assert theme.tokens().selection in set(middle) <= {border, surface, theme.tokens().selection}  # the current line
    box.hidePopup()
