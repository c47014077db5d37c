"""The Train tab with real photos and real trainings."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.models.panel import ModelsPanel
from fashionlens_gui.window.shell import workers
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.train import training_worker
from fashionlens_gui.window.train.charts.monitor import TrainingMonitor
from fashionlens_gui.window.train.form.starting_point import StartingPoint
from fashionlens_gui.window.train.panel import TrainPanel
from fashionlens_gui.window.train.run_notices import FailedNotice, TrainedNotice
from tests.tiny_model import tiny_model
from tests.trainer.synthetic import CLASSES, folder_tree
from tests.trainer.training.transfer.test_transfer import SHELVES, shelves
from tests.window.conftest import RecordedDialogs
from trainer import devices
from trainer.control import ProgressEvent
from trainer.data.data_paths import FASHION_MNIST
from trainer.inference.predictor import Predictor
from trainer.model_files.library import read_metadata
from trainer.recipe import ProbeRecipe
from trainer.training.fit.events import BatchDone

PATIENCE_MS = 60_000
EPOCHS, BATCH_SIZE, PER_CLASS = 2, 4, 14
# Two of each of the three categories are for validation and two are held out; the other 30 are trained on.
BATCHES = 8

Open = Callable[[], TrainPanel]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return folder_tree(tmp_path / "blocks", PER_CLASS)


@pytest.fixture
def open_panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the tab as at the start of the program; can be called again for the next start."""
    monkeypatch.setattr(paths, "graph_folders", tuple)  # writing a graph takes longer than all the rest
    panels: list[TrainPanel] = []

    def open_() -> TrainPanel:
        settings = Settings.load()
        panel = TrainPanel(ActiveModel(settings), settings)
        qtbot.addWidget(panel)
        panel.resize(1200, 640)
        panels.append(panel)
        with qtbot.waitSignal(panel.interrupted.search_ended, timeout=PATIENCE_MS):
            panel.show()
        qtbot.waitUntil(lambda: not workers.busy_slots())  # the models are listed
        return panel

    yield open_
    for panel in panels:
        panel.shutdown()


def start_from(panel: TrainPanel, what: StartingPoint) -> None:
    choice = panel.form.starting_point.choice
    choice.setCurrentIndex(next(i for i in range(choice.count()) if choice.itemData(i) == what))


def choose(panel: TrainPanel, source: Path, *, epochs: int = EPOCHS, name: str = "blocks") -> None:
    panel.form.data.set_source(str(source))
    start_from(panel, StartingPoint("cnn"))
    panel.form.epochs.setValue(epochs)
    panel.form.batch_size.setValue(BATCH_SIZE)
    panel.form.name.setText(name)


def click(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible() and button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def button(panel: TrainPanel, text: str) -> QPushButton:
    return next(b for b in panel.findChildren(QPushButton) if b.text().startswith(text) and b.isVisible())


def texts(panel: TrainPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def wait_until_over(qtbot: QtBot, panel: TrainPanel) -> None:
    """Until the training has ended and the search for interrupted runs has ended."""
    with qtbot.waitSignal(panel.interrupted.search_ended, timeout=PATIENCE_MS):
        qtbot.waitUntil(lambda: panel.close_question() is None, timeout=PATIENCE_MS)


def losses(panel: TrainPanel) -> list[float]:
    return panel.monitor.curve.raw(100_000)[1].tolist()


class StepGate:
    """Holds the training before a step until it is asked to pause or stop, so that a test presses a button in time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from trainer.training.fit.loop import Fit

        self._steps_left: int | None = None
        self.is_holding = False
        step = Fit._step

        def gated_step(fit, *arguments):  # type: ignore[no-untyped-def]
            if self._steps_left is not None:
                self._steps_left -= 1
                if self._steps_left == 0:
                    self._steps_left = None
                    self.is_holding = True
                    while not (fit._control.stopped or fit._control.paused):
                        time.sleep(0.005)
                    self.is_holding = False
            return step(fit, *arguments)

        monkeypatch.setattr(Fit, "_step", gated_step)

    def hold_before(self, step: int) -> None:
        """Hold the training once, before its ``step``-th step from now on, from 1."""
        self._steps_left = step


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> StepGate:
    return StepGate(monkeypatch)


def test_from_start_to_a_model_that_can_be_used_and_evaluated(
    open_panel: Open, photos: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = open_panel()
    assert "Choose photos on the left" in texts(panel)
    choose(panel, photos)

    panel.start_button.setFocus()
    click(qtbot, panel.start_button)
    assert panel.close_question() is not None
    assert panel.focusWidget() is panel.pause_button
    wait_until_over(qtbot, panel)

    assert panel.focusWidget() is panel.start_button
    assert len(losses(panel)) == EPOCHS * BATCHES
    charts = panel.monitor.charts
    assert charts is not None and charts.isVisible()
    assert charts.smoothed_batch_losses().shape == (2, EPOCHS * BATCHES)
    assert charts.epoch_points("training accuracy").shape == (2, EPOCHS)
    assert charts.epoch_points("validation loss")[1].tolist() == pytest.approx(
        [epoch.validation_loss for epoch in panel.monitor.history]
    )
    saved = paths.models_dir() / "blocks.safetensors"
    assert read_metadata(saved).classes == CLASSES
    assert Predictor.load(saved).metadata.name == "blocks"
    assert isinstance(panel.notice, TrainedNotice)
    assert "validation photos" in texts(panel) and panel.notice.file.text() == f"Saved as {saved}"
    best = int(read_metadata(saved).figures["best_epoch"])
    assert charts.kept_epoch == best and f"The weights after epoch {best} of {EPOCHS} are kept" in texts(panel)
    assert charts.batch_axis == (0, EPOCHS * BATCHES), "the axis ends where the training ended"
    right = read_metadata(saved).figures["test_accuracy"]
    assert f"Test on 6 photos that it never saw: {6 * right:.0f} correct ({100 * right:.0f}\u00a0%)." in texts(panel)
    assert not panel.interrupted.found and not list(paths.runs_dir().glob("*.checkpoint*"))

    chosen: list[str] = []
    monkeypatch.setattr(ActiveModel, "choose", lambda _self, name: chosen.append(name))
    click(qtbot, button(panel, "Use this model"))
    with qtbot.waitSignal(panel.model_trained) as evaluated:
        click(qtbot, button(panel, "Test it"))
    assert chosen == [str(saved)]
    assert evaluated.args == [saved]


@pytest.mark.parametrize("remembered", [False, True])
def test_a_training_on_own_photos_starts_from_the_bundled_model(
    open_panel: Open, tmp_path: Path, remembered: bool
) -> None:
    folder = shelves(tmp_path / "shop", 3)
    if remembered:  # the folder is known before the models are listed
        Settings(train_on=str(folder)).save()
    panel = open_panel()
    if not remembered:
        panel.form.data.set_source(str(folder))
    start = panel.form.starting_point
    assert start.chosen == StartingPoint(start=paths.bundled_models_dir() / "products.safetensors")
    assert start.choice.currentText() == "FashionLens (clothing photos)" and start.choice.currentIndex() == 0
    assert panel.form.new_run().recipe == ProbeRecipe("efficientnet-lite0")
    assert "Downloads" not in texts(panel)


def test_pause_stops_work_and_continue_resumes_it(open_panel: Open, photos: Path, qtbot: QtBot, gate: StepGate) -> None:
    panel = open_panel()
    choose(panel, photos)
    gate.hold_before(4)
    click(qtbot, panel.start_button)
    qtbot.waitUntil(lambda: gate.is_holding, timeout=PATIENCE_MS)

    click(qtbot, panel.pause_button)
    qtbot.waitUntil(lambda: bool(list(paths.runs_dir().glob("*.checkpoint"))), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(panel.monitor.curve) == 4, timeout=PATIENCE_MS)  # the step that was held
    qtbot.wait(300)
    assert len(panel.monitor.curve) == 4 < EPOCHS * BATCHES
    assert "paused" in texts(panel)
    # Qt repaints a bar that was once busy 46 times a second.
    qtbot.waitUntil(lambda: all(bar.maximum() > 0 for bar in panel.findChildren(QProgressBar)), timeout=PATIENCE_MS)

    click(qtbot, button(panel, "Continue"))
    wait_until_over(qtbot, panel)
    assert len(panel.monitor.curve) == EPOCHS * BATCHES
    assert isinstance(panel.notice, TrainedNotice)


def test_a_stopped_run_resumes_after_a_restart_with_the_same_curve(
    open_panel: Open, photos: Path, qtbot: QtBot, gate: StepGate
) -> None:
    panel = open_panel()
    choose(panel, photos, name="whole")
    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)
    whole = losses(panel)
    assert len(set(whole)) == EPOCHS * BATCHES

    choose(panel, photos, name="in two parts")
    gate.hold_before(BATCHES + 4)
    click(qtbot, panel.start_button)
    qtbot.waitUntil(lambda: len(panel.monitor.curve) >= BATCHES + 2, timeout=PATIENCE_MS)
    click(qtbot, panel.stop_button)
    wait_until_over(qtbot, panel)
    before = losses(panel)
    assert BATCHES < len(before) < EPOCHS * BATCHES
    assert before == whole[: len(before)]
    panel.shutdown()
    panel.close()

    panel = open_panel()
    assert "“in two parts” is unfinished" in texts(panel)
    assert "after 1 of 2 epochs" in texts(panel)
    click(qtbot, button(panel, "Continue training"))
    wait_until_over(qtbot, panel)

    assert losses(panel) == whole
    assert [epoch.epoch for epoch in panel.monitor.history] == [1, 2]
    assert (paths.models_dir() / "in two parts.safetensors").is_file()
    assert "unfinished" not in texts(panel)


def test_resuming_in_the_same_window_continues_the_drawn_curve(
    open_panel: Open, photos: Path, qtbot: QtBot, gate: StepGate
) -> None:
    panel = open_panel()
    choose(panel, photos)
    gate.hold_before(5)
    click(qtbot, panel.start_button)
    qtbot.waitUntil(lambda: len(panel.monitor.curve) >= 3, timeout=PATIENCE_MS)
    click(qtbot, panel.stop_button)
    wait_until_over(qtbot, panel)

    click(qtbot, button(panel, "Continue training"))
    wait_until_over(qtbot, panel)

    assert len(losses(panel)) == EPOCHS * BATCHES


def test_an_interrupted_run_can_be_saved_as_a_model(
    open_panel: Open, photos: Path, qtbot: QtBot, gate: StepGate
) -> None:
    panel = open_panel()
    choose(panel, photos, epochs=50)
    gate.hold_before(BATCHES + 3)
    click(qtbot, panel.start_button)
    qtbot.waitUntil(lambda: len(panel.monitor.history) >= 1, timeout=PATIENCE_MS)
    click(qtbot, panel.stop_button)
    wait_until_over(qtbot, panel)

    click(qtbot, button(panel, "Save as a model"))
    wait_until_over(qtbot, panel)

    assert isinstance(panel.notice, TrainedNotice)
    assert len(read_metadata(paths.models_dir() / "blocks.safetensors").history) < 50
    assert not panel.interrupted.found


def test_an_interrupted_run_can_be_removed(
    open_panel: Open, photos: Path, qtbot: QtBot, gate: StepGate, dialogs: RecordedDialogs
) -> None:
    panel = open_panel()
    choose(panel, photos)
    gate.hold_before(3)
    click(qtbot, panel.start_button)
    qtbot.waitUntil(lambda: len(panel.monitor.curve) >= 1, timeout=PATIENCE_MS)
    click(qtbot, panel.stop_button)
    wait_until_over(qtbot, panel)

    dialogs.agree = False
    click(qtbot, button(panel, "Remove"))
    assert list(paths.runs_dir().glob("*.checkpoint"))
    dialogs.agree = True
    with qtbot.waitSignal(panel.interrupted.search_ended, timeout=PATIENCE_MS):
        click(qtbot, button(panel, "Remove"))

    assert not list(paths.runs_dir().glob("*.checkpoint*"))
    assert "unfinished" not in texts(panel)


def test_closing_while_training_asks_then_keeps_a_checkpoint(
    open_panel: Open, photos: Path, qtbot: QtBot, gate: StepGate
) -> None:
    panel = open_panel()
    assert panel.close_question() is None
    choose(panel, photos, epochs=50)
    gate.hold_before(3)
    click(qtbot, panel.start_button)
    qtbot.waitUntil(lambda: len(panel.monitor.curve) >= 1, timeout=PATIENCE_MS)
    question = panel.close_question()
    assert question is not None and "“blocks”" in question

    panel.shutdown()

    assert not workers.busy_slots()
    assert len(list(paths.runs_dir().glob("*.checkpoint"))) == 1


def test_closing_while_paused_ends_at_once(open_panel: Open, photos: Path, qtbot: QtBot, gate: StepGate) -> None:
    panel = open_panel()
    choose(panel, photos, epochs=50)
    gate.hold_before(3)
    click(qtbot, panel.start_button)
    qtbot.waitUntil(lambda: len(panel.monitor.curve) >= 1, timeout=PATIENCE_MS)
    click(qtbot, panel.pause_button)

    panel.shutdown()

    assert not workers.busy_slots()


def test_missing_photos_are_reported_in_the_panel(open_panel: Open, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "shop" / "Dresses").mkdir(parents=True)
    panel = open_panel()
    choose(panel, tmp_path / "shop")

    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)

    assert isinstance(panel.notice, FailedNotice)
    assert "one folder per category" in texts(panel)
    click(qtbot, button(panel, "Close"))
    assert panel.notice is None
    assert panel.start_button.isVisible()


def test_absent_fashion_mnist_names_the_four_files_and_their_folder(
    open_panel: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import urllib.request

    def no_network(*_arguments: object, **_options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    monkeypatch.delenv("FASHIONLENS_DATA", raising=False)
    panel = open_panel()
    panel.form.data.set_source(FASHION_MNIST)

    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)

    for name in ("train-images", "train-labels", "t10k-images", "t10k-labels"):
        assert f"{name}-idx" in texts(panel)
    assert str(paths.datasets_dir()) in texts(panel)


def test_a_nan_loss_stops_with_a_suggestion_that_one_click_applies(
    open_panel: Open, photos: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainer.preprocessing.input_spec import InputSpec

    panel = open_panel()
    choose(panel, photos)
    panel.form.learning_rate.setValue(0.5)
    normalize = InputSpec.normalize
    monkeypatch.setattr(InputSpec, "normalize", lambda self, images: normalize(self, images) * np.nan)

    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)

    assert "it diverged again" in texts(panel)
    click(qtbot, button(panel, "Use a tenth"))
    assert panel.form.learning_rate.value() == pytest.approx(0.05)


def test_a_full_disk_is_reported_and_existing_files_stay(
    open_panel: Open, photos: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors import SafetensorError

    from trainer.model_files import model_file

    def full(*_arguments: object, **_options: object) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(model_file, "save_file", full)
    panel = open_panel()
    choose(panel, photos)

    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)

    assert isinstance(panel.notice, FailedNotice)
    assert "the disk is full" in texts(panel)


def test_a_folder_that_is_not_writable_is_reported_before_the_training(
    open_panel: Open, photos: Path, qtbot: QtBot
) -> None:
    paths.models_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.models_dir().write_text("a file where the folder should be")
    panel = open_panel()
    choose(panel, photos)

    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)

    assert isinstance(panel.notice, FailedNotice)
    assert not len(panel.monitor.curve)


def test_a_damaged_run_can_only_be_removed(open_panel: Open, qtbot: QtBot) -> None:
    paths.runs_dir().mkdir(parents=True)
    (paths.runs_dir() / "old.checkpoint").write_bytes(b"not a checkpoint")
    (paths.runs_dir() / "old.checkpoint.job.json").write_text("{")

    panel = open_panel()

    assert "damaged" in texts(panel)
    assert not [b for b in panel.findChildren(QPushButton) if b.text().startswith("Continue") and b.isVisible()]


def test_an_existing_model_is_overwritten_only_after_confirmation(
    open_panel: Open, photos: Path, qtbot: QtBot, dialogs: RecordedDialogs
) -> None:
    paths.models_dir().mkdir(parents=True)
    (paths.models_dir() / "blocks.safetensors").write_bytes(b"precious")
    panel = open_panel()
    choose(panel, photos)
    dialogs.agree = False

    click(qtbot, panel.start_button)

    assert panel.close_question() is None
    assert "“blocks”" in dialogs.questions[0]


def test_own_categories_are_trained_in_seconds_and_used(open_panel: Open, qtbot: QtBot, tmp_path: Path) -> None:
    shop = shelves(tmp_path / "shop", per_shelf=6)
    panel = open_panel()
    panel.form.data.set_source(str(shop))
    click(qtbot, panel.start_button)
    assert "Preparing to train" in texts(panel) and "Photos/s" not in texts(panel), "there are no batches"
    wait_until_over(qtbot, panel)

    assert isinstance(panel.notice, TrainedNotice)
    assert "Test on 3 photos that it never saw: 3 correct (100\u00a0%)." in texts(panel)
    assert "Cross-validation on the other photos: " in texts(panel)
    assert "expect 44\u00a0% to 100\u00a0% correct" in texts(panel)  # the interval of three photos is wide
    saved = paths.models_dir() / "my-shop-quick.safetensors"
    assert read_metadata(saved).classes == tuple(SHELVES)
    with qtbot.waitSignal(panel._active_model.ready, timeout=PATIENCE_MS):
        click(qtbot, button(panel, "Use this model"))
    assert not panel.interrupted.found
    assert "Quick training has no curve" in texts(panel), "nothing tells to start what is done"
    assert "Choose photos on the left" not in texts(panel)


def test_the_card_of_a_new_model_follows_its_name_and_its_use(
    open_panel: Open, photos: Path, qtbot: QtBot, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "bundled")
    tiny_model(own_home / "bundled" / "products.safetensors", name="products")
    panel = open_panel()
    active = panel._active_model
    models = ModelsPanel(active, panel._settings)
    qtbot.addWidget(models)
    with qtbot.waitSignal(active.ready, timeout=PATIENCE_MS):
        active.begin()
    choose(panel, photos, epochs=1)
    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)

    qtbot.waitUntil(lambda: bool(models.list.findItems("blocks", Qt.MatchFlag.MatchExactly)))
    (row,) = models.list.findItems("blocks", Qt.MatchFlag.MatchExactly)
    models.list.setCurrentItem(row)
    models._rename_to(models.list.entry, "winter")
    qtbot.waitUntil(lambda: "“winter” is trained" in texts(panel) and "“blocks”" not in texts(panel))
    with qtbot.waitSignal(active.ready, timeout=PATIENCE_MS):
        click(qtbot, button(panel, "Use this model"))
    assert active.name == "winter" and not button(panel, "In use for tagging").isEnabled()

    with qtbot.waitSignal(active.ready, timeout=PATIENCE_MS):
        active.choose("products")
    assert button(panel, "Use this model").isEnabled()
    (paths.models_dir() / "winter.safetensors").unlink()
    click(qtbot, button(panel, "Use this model"))
    assert active.state == "ready" and active.name == "products"
    assert panel.notice is None
    models.shutdown()
    active.shutdown()


@pytest.mark.skipif(devices.available() != ("cpu",), reason="this computer has a GPU")
def test_the_chosen_device_is_used(open_panel: Open, photos: Path, qtbot: QtBot) -> None:
    panel = open_panel()
    choose(panel, photos)
    panel.form.more.show_devices(("cuda", "cpu"))  # as if there were a GPU
    panel.form.more.device.setCurrentIndex(panel.form.more.device.findData("cuda"))
    click(qtbot, panel.start_button)
    wait_until_over(qtbot, panel)
    assert isinstance(panel.notice, FailedNotice) and "that needs an NVIDIA GPU" in texts(panel)


@pytest.mark.parametrize(("platform", "left_free"), [("linux", 0), ("win32", 1), ("darwin", 1)])
def test_a_training_leaves_a_core_where_torchs_threads_have_no_low_priority(
    platform: str, left_free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert training_worker._threads(platform) == 8 - left_free


def test_the_time_left_of_the_batches_does_not_stay_for_the_next_step(qtbot: QtBot) -> None:
    monitor = TrainingMonitor()
    qtbot.addWidget(monitor)
    monitor.begin("shop", resuming=False)
    labels = monitor.findChildren(QLabel)
    monitor.handle(tuple(BatchDone(1, batch, 0.5, 0.1, 100.0, 3.0) for batch in range(1, 10)))
    assert any("second" in label.text() for label in labels)
    monitor.handle((ProgressEvent("writing_graph", 0, 0),))
    assert not any("second" in label.text() for label in labels)
