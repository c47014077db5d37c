"""The main window: views, keys, drops, the model, closing and saved settings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QFont, QFontMetrics, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MODELS, RESULTS, TAG, TRAIN, MainWindow
from fashionlens_gui.window.model_button import ModelButton
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.drop_overlay import DropOverlay
from fashionlens_gui.window.shell.keys import NEXT_VIEW, PREVIOUS_VIEW, native
from fashionlens_gui.window.shell.widgets import LazyPage
from fashionlens_gui.window.shell.workers import WorkerSlot, busy_slots
from fashionlens_gui.window.tag.review import attribute_chips
from fashionlens_gui.window.train.form.form import TrainForm
from tests.window.conftest import RecordedDialogs
from trainer.control import WorkControl
from trainer.model_files import library
from trainer.model_files.metadata import ModelMetadata
from trainer.recipe import DEFAULTS
from trainer.training.runs.job import TrainingJob, write_note


@pytest.fixture
def window(qtbot: QtBot, own_home: Path) -> Iterator[MainWindow]:
    settings = Settings()
    made = MainWindow(settings, ActiveModel(settings))
    made.resize(1280, 720)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.shut_down()
    made.close()
    made.deleteLater()


def _menu(window: MainWindow, name: str) -> dict[str, QAction]:
    menu = next(action.menu() for action in window.menuBar().actions() if action.text().replace("&", "") == name)
    return {action.text().replace("&", ""): action for action in menu.actions() if action.text()}


def _files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def _drag(window: MainWindow, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(
        QPoint(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(window.windowHandle(), event)
    return event


def _drop(window: MainWindow, data: QMimeData, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, modifiers)
    QApplication.sendEvent(window.windowHandle(), event)


# -- views ------------------------------------------------------------------------------------------------------------
def test_it_opens_with_the_tag_view_and_builds_the_others_when_shown(window: MainWindow) -> None:
    views = window.views
    assert [views.tabText(place) for place in range(views.count())] == ["Tag", "Train", "Results", "Models"]
    assert views.currentIndex() == TAG
    assert len(window.panels()) == 1
    views.setCurrentIndex(TRAIN)
    views.setCurrentIndex(TAG)
    views.setCurrentIndex(TRAIN)
    assert len(window.panels()) == 2
    views.setCurrentIndex(RESULTS)
    assert len(window.panels()) == 3
    views.setCurrentIndex(MODELS)
    assert len(window.panels()) == 4


def test_keys_switch_the_views(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    for key, place in ((Qt.Key.Key_3, RESULTS), (Qt.Key.Key_2, TRAIN), (Qt.Key.Key_1, TAG)):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.views.currentIndex() == place


def test_a_trained_model_can_be_evaluated_at_once(
    window: MainWindow, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.views.setCurrentIndex(TRAIN)
    window.views.setCurrentIndex(RESULTS)
    shown: list[Path] = []
    train, results = window.panels()[1:]
    monkeypatch.setattr(results, "show_model", shown.append)
    window.views.setCurrentIndex(TRAIN)
    train.model_trained.emit(model_file)  # type: ignore[attr-defined]
    assert window.views.currentIndex() == RESULTS
    assert shown == [model_file]


def test_an_unfinished_training_is_named_beside_its_tab_until_that_is_opened(
    window: MainWindow, own_home: Path, qtbot: QtBot
) -> None:
    (own_home / "runs").mkdir()
    checkpoint = own_home / "runs" / "shop.checkpoint"
    write_note(TrainingJob("shop", DEFAULTS["cnn"], "fashion-mnist", own_home / "shop.safetensors", checkpoint))
    assert window.views.tabText(TRAIN) == "Train"
    with qtbot.waitSignal(window.started, timeout=60_000):
        window._active_model.begin()
    assert window.views.tabText(TRAIN) == "Train (1 unfinished)"
    window.views.setCurrentIndex(TRAIN)
    assert window.views.tabText(TRAIN) == "Train"


def test_first_painted_is_emitted_once(qtbot: QtBot) -> None:
    settings = Settings()
    window = MainWindow(settings, ActiveModel(settings))
    painted: list[int] = []
    window.first_painted.connect(lambda: painted.append(1))
    window.show()
    qtbot.waitUntil(lambda: painted == [1])
    window.resize(1000, 700)
    window.repaint()
    qtbot.wait(50)
    assert painted == [1]
    window.close()
    window.deleteLater()


@pytest.mark.parametrize("size", [(1280, 720), (960, 600), (960, 528)])
def test_it_fits_small_screens(window: MainWindow, size: tuple[int, int]) -> None:
    for place in (TAG, TRAIN, RESULTS, MODELS):
        window.views.setCurrentIndex(place)
        window.resize(*size)
        QApplication.processEvents()
        assert (window.width(), window.height()) == size, f"view {place} does not fit"


@pytest.mark.parametrize("points", [13.0, 15.0], ids=["macOS", "text at 150 %"])
def test_large_text_is_not_cut(points: float, qapp: QApplication, qtbot: QtBot) -> None:
    before = qapp.font()
    font = QFont(before)
    font.setPointSizeF(points)
    qapp.setFont(font)
    theme.apply(qapp, "light")
    try:
        settings = Settings()
        window = MainWindow(settings, ActiveModel(settings))
        qtbot.addWidget(window)
        window.resize(1366, 700)
        window.show()
        window.views.setCurrentIndex(TRAIN)
        QApplication.processEvents()
        assert window.minimumSizeHint().width() <= 1366
        for button in window.statusBar().findChildren(QToolButton):
            assert button.height() >= button.fontMetrics().height()
        titles = [QFontMetrics(qapp.font()).horizontalAdvance(title) for title in attribute_chips.TITLES.values()]
        assert max(titles) <= theme.scaled(attribute_chips._TITLE_WIDTH)
        form = window.views.currentWidget().findChild(TrainForm)
        assert form.widget().minimumSizeHint().width() <= form.viewport().width(), "it is cut at the right"
        window.shut_down()
    finally:
        qapp.setFont(before)
        theme.apply(qapp, "light")


# -- menus ------------------------------------------------------------------------------------------------------------
def test_the_menus_hold_the_actions_of_the_tag_view(window: MainWindow) -> None:
    tag = window.tag_panel.tag_actions
    assert tag.export in _menu(window, "File").values()
    assert tag.add_files in _menu(window, "File").values()
    assert tag.undo in _menu(window, "Edit").values()
    assert tag.copy in _menu(window, "Edit").values()


def test_actions_on_tags_switch_to_the_tag_view(window: MainWindow) -> None:
    window.views.setCurrentIndex(RESULTS)
    window.tag_panel.tag_actions.copy.triggered.emit()
    assert window.views.currentIndex() == TAG


def test_the_theme_is_chosen_in_the_menu_and_kept(window: MainWindow) -> None:
    themes = _menu(window, "View")
    themes["Dark"].trigger()
    assert theme.is_dark()
    assert Settings.load().theme == "dark"
    assert themes["Dark"].isChecked()
    themes["Light"].trigger()
    assert not theme.is_dark()
    assert not themes["Dark"].isChecked()


def test_attributes_are_switched_off_in_the_menu_and_stay_off(window: MainWindow) -> None:
    attributes = _menu(window, "View")["Attributes"].menu()
    assert isinstance(attributes, QMenu)
    ticks = {action.text(): action for action in attributes.actions() if action.text()}
    assert all(ticks[name].isChecked() for name in ("Colour", "Pattern", "Fabric", "Occasion", "Season", "Audience"))
    ticks["Season"].trigger()
    kept = Settings.load()
    assert kept.attributes == ("colour", "pattern", "fabric", "occasion", "audience")
    ticks["Season"].trigger()
    assert "season" in Settings.load().attributes


def test_help_lists_every_key_of_the_menus(window: MainWindow, qtbot: QtBot) -> None:
    _menu(window, "Help")["Keyboard shortcuts"].trigger()
    dialog = next(child for child in window.findChildren(QDialog) if child.isVisible())
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    keys = {
        action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        for name in ("File", "Edit", "View", "Help")
        for action in _menu(window, name).values()
        if not action.shortcut().isEmpty()
    }
    assert {native("Ctrl+1"), "F1"} <= keys
    assert keys <= shown
    dialog.reject()


def test_the_system_s_keys_show_the_next_and_the_previous_view(window: MainWindow) -> None:
    for standard_key, expected in ((NEXT_VIEW, "Train"), (PREVIOUS_VIEW, "Tag"), (PREVIOUS_VIEW, "Models")):
        combination = QKeySequence(standard_key)[0]
        QTest.keyClick(window, combination.key(), combination.keyboardModifiers())
        assert window.views.tabText(window.views.currentIndex()) == expected


def test_quit_has_a_key_where_the_system_names_none(window: MainWindow) -> None:
    of_the_system = QKeySequence.keyBindings(QKeySequence.StandardKey.Quit)  # none on Windows, nor offscreen on Linux
    assert _menu(window, "File")["Quit"].shortcut() == (of_the_system or [QKeySequence("Ctrl+Q")])[0]


def test_help_calls_keys_by_constant_names_and_shows_each_line_whole(window: MainWindow, qtbot: QtBot) -> None:
    window.tag_panel.tag_actions.undo.setText("Undo Top for 1583.jpg")
    _menu(window, "Help")["Keyboard shortcuts"].trigger()
    dialog = next(each for each in window.findChildren(QDialog) if each.windowTitle() == "Keyboard shortcuts")
    qtbot.waitUntil(dialog.isVisible)
    labels = dialog.findChildren(QLabel)
    texts = {label.text() for label in labels}
    assert "Undo" in texts and not any("1583" in text for text in texts)
    assert {native("Ctrl+Return"), "F3"} <= texts and not any("Backtab" in text for text in texts)
    assert all(label.width() >= label.sizeHint().width() for label in labels if not label.wordWrap())
    assert all(label.height() >= label.heightForWidth(label.width()) for label in labels if label.wordWrap())
    assert dialog.height() <= 528
    dialog.close()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_presses_the_focused_button_as_space_does(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.views.setCurrentIndex(TRAIN)
    panel = window._train_page.panel
    assert isinstance(panel, QWidget)
    button = next(each for each in panel.findChildren(QPushButton) if each.text() == "More settings")
    button.setFocus()
    qtbot.keyClick(button, key)
    assert button.isChecked()
    opened: list[bool] = []
    monkeypatch.setattr(QDialog, "open", lambda _dialog: opened.append(True))
    here = next(each for each in window.findChildren(QToolButton) if "stays on this computer" in each.text())
    here.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    here.setFocus()
    qtbot.keyClick(here, key)
    assert opened == [True]


def test_no_key_is_given_twice(window: MainWindow) -> None:
    keys = [
        action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        for name in ("File", "Edit", "View", "Help")
        for action in _menu(window, name).values()
        if not action.shortcut().isEmpty()
    ]
    assert len(keys) == len(set(keys))


# -- drops ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def added(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    paths: list[Path] = []
    monkeypatch.setattr(window.tag_panel, "add_paths", paths.extend)
    return paths


def test_a_drop_anywhere_goes_to_the_tag_view(window: MainWindow, added: list[Path], tmp_path: Path) -> None:
    window.views.setCurrentIndex(RESULTS)
    overlay = window.findChild(DropOverlay)
    photos = tmp_path / "Fotos ä & “b”"
    assert _drag(window, _files(photos)).isAccepted()
    assert overlay.isVisible()
    assert overlay.geometry() == window.rect()
    _drop(window, _files(photos, tmp_path / "two.jpg"))
    assert not overlay.isVisible()
    assert added == [photos, tmp_path / "two.jpg"]
    assert window.views.currentIndex() == TAG


def test_the_drop_overlay_hides_when_the_drag_leaves(window: MainWindow, added: list[Path], tmp_path: Path) -> None:
    _drag(window, _files(tmp_path))
    QApplication.sendEvent(window.windowHandle(), QDragLeaveEvent())
    assert not window.findChild(DropOverlay).isVisible()
    assert added == []


def test_remote_urls_are_not_accepted(window: MainWindow, added: list[Path]) -> None:
    web = QMimeData()
    web.setUrls([QUrl("https://example.org/a.jpg"), QUrl("data:image/png;base64,AAAA")])
    text = QMimeData()
    text.setText("/etc/passwd")
    for data in (web, text):
        _drag(window, data)
        assert not window.findChild(DropOverlay).isVisible()
        _drop(window, data)
    assert added == []


def test_the_status_bar_counts_photos_in_the_tag_view_only(window: MainWindow, model_file: Path, qtbot: QtBot) -> None:
    window._active_model.begin()
    window.tag_panel.add_samples()
    qtbot.waitUntil(lambda: window.tag_panel.model.rowCount() > 0, timeout=60_000)
    qtbot.waitUntil(lambda: not window.tag_panel.queue.busy and not busy_slots(), timeout=60_000)
    status = next(label for label in window.statusBar().findChildren(QLabel) if "photos" in label.text())
    shown = status.text()
    window.views.setCurrentIndex(TRAIN)
    assert status.text() == ""
    with qtbot.waitSignal(window.tag_panel.status):  # photos may be tagged meanwhile
        window.tag_panel.table.selectAll()
    assert status.text() == ""
    window.views.setCurrentIndex(TAG)
    number = window.tag_panel.model.rowCount()
    assert status.text().startswith(f"{number} photos  ·  {number} selected") and status.text() != shown
    window.tag_panel.filters.search.setText("no such photo")
    qtbot.waitUntil(lambda: status.text() == f"0 of {number} photos shown", timeout=5_000)
    qtbot.waitUntil(lambda: not busy_slots(), timeout=60_000)


# -- the model --------------------------------------------------------------------------------------------------------
def test_the_status_bar_shows_the_model(
    model_file: Path, window: MainWindow, qtbot: QtBot, dialogs: RecordedDialogs
) -> None:
    button = window.findChild(ModelButton)
    model = window._active_model
    assert "getting ready" in button.text()
    with qtbot.waitSignal(model.ready, timeout=60_000):
        model.begin()
    assert button.text() == "tiny · ready"
    button.list_models()
    assert next(action.isChecked() for action in button.menu().actions())
    with qtbot.waitSignal(model.refused):
        model.choose("no such model")
    assert button.text() == "tiny · ready"
    assert "no such model" in dialogs.errors[-1] and "still tagged by “tiny”" in dialogs.errors[-1]
    qtbot.waitUntil(lambda: not busy_slots(), timeout=60_000)


# -- closing ----------------------------------------------------------------------------------------------------------
def test_closing_when_idle_asks_nothing(window: MainWindow, dialogs: RecordedDialogs) -> None:
    assert window.close()
    assert dialogs.questions == []


def test_closing_names_running_work_and_can_be_cancelled(
    window: MainWindow, dialogs: RecordedDialogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    monkeypatch.setattr(window.tag_panel, "close_question", lambda: "Photos are being tagged.")
    monkeypatch.setattr(
        window.tag_panel, "shutdown", lambda original=window.tag_panel.shutdown: (ended.append("tag"), original())
    )
    dialogs.agree = False
    assert not window.close()
    assert dialogs.questions == ["Photos are being tagged."]
    assert ended == []
    assert window.isVisible()
    dialogs.agree = True
    assert window.close()
    assert ended == ["tag"]


def test_busy_slots_are_stopped_and_the_window_closes_within_five_seconds(window: MainWindow, qtbot: QtBot) -> None:
    def work(control: WorkControl) -> None:
        while not control.stopped:
            time.sleep(0.01)

    WorkerSlot[None, None]("working", window).start(work)
    begun = time.monotonic()
    assert window.close()
    qtbot.waitUntil(lambda: not busy_slots())
    assert time.monotonic() - begun < 5


def test_position_and_size_are_kept(qtbot: QtBot) -> None:
    settings = Settings()
    first = MainWindow(settings, ActiveModel(settings))
    first.show()
    first.resize(960, 666)  # the offscreen screen is small, and a window is kept on its screen
    first.close()
    first.deleteLater()
    kept = Settings.load()
    assert kept.window_geometry
    second = MainWindow(kept, ActiveModel(kept))
    assert (second.width(), second.height()) == (960, 666)
    second.shut_down()
    second.deleteLater()


@pytest.mark.parametrize("geometry", ["rubbish", "ü", "AAAA", "A" * 10_000])
def test_a_damaged_geometry_is_ignored(geometry: str, qtbot: QtBot) -> None:
    settings = Settings(window_geometry=geometry)
    window = MainWindow(settings, ActiveModel(settings))
    assert window.width() >= 960
    window.shut_down()
    window.deleteLater()


def test_a_tab_that_failed_to_build_is_tried_again(qtbot: QtBot) -> None:
    tries: list[int] = []

    def make() -> QLabel:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("not yet")
        return QLabel("here")

    page = LazyPage(make)
    qtbot.addWidget(page)
    with pytest.raises(OSError, match="not yet"):
        page.ensure()
    assert page.ensure() is page.ensure()
    assert len(tries) == 2


def test_the_window_stays_responsive_while_model_headers_are_read(
    window: MainWindow, model_file: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()
    readable = threading.Event()
    read = library.read_metadata

    def slowly(path: Path) -> ModelMetadata:
        threads.add(threading.get_ident())
        readable.wait(20)  # a network drive that does not answer
        return read(path)

    monkeypatch.setattr(library, "read_metadata", slowly)
    window._active_model.begin()
    qtbot.waitUntil(lambda: bool(threads))
    before = time.monotonic()
    for place in (TRAIN, RESULTS, MODELS, TAG):
        window.views.setCurrentIndex(place)
        qtbot.wait(10)
    for button in window.statusBar().findChildren(ModelButton):
        button.list_models()
    window._active_model.refresh()
    qtbot.wait(10)
    assert time.monotonic() - before < 15, "the window waited for the reader"
    readable.set()
    qtbot.waitUntil(lambda: window._active_model.state == "ready", timeout=60_000)
    assert window._active_model.entries
    qtbot.waitUntil(lambda: not busy_slots(), timeout=60_000)
    assert threading.get_ident() not in threads


def test_one_photo_dropped_with_shift_is_compared_with_the_others(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(window.tag_panel.similar_list, "find_like_file", asked.append)
    photo, other = tmp_path / "one.jpg", tmp_path / "two.jpg"
    shift = Qt.KeyboardModifier.ShiftModifier
    _drag(window, _files(photo))
    assert any("Hold Shift" in label.text() for label in window.findChildren(QLabel))
    _drop(window, _files(photo), shift)
    assert asked == [photo] and not window.tag_panel.queue.busy
    _drag(window, _files(photo, other))
    _drop(window, _files(photo, other), shift)
    assert asked == [photo], "several photos are tagged"
