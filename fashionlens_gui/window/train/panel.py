"""The Train tab: the form on the left, progress and history on the right."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import icons, layouts, message_box, responsive_import, theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.charts.monitor import TrainingMonitor
from fashionlens_gui.window.train.form.form import TrainForm
from fashionlens_gui.window.train.history.page import HistoryView
from fashionlens_gui.window.train.interrupted_runs import InterruptedRun
from fashionlens_gui.window.train.interrupted_runs_view import InterruptedRunsView
from fashionlens_gui.window.train.lr_finder.dialog import LearningRateFinder
from fashionlens_gui.window.train.run_notices import FailedNotice, RollbackNotice, RunNotice, TrainedNotice
from fashionlens_gui.window.train.training_worker import NewRun, run_training
from trainer.errors import FashionLensError
from trainer.training.fit.events import Ended, Rollback

if TYPE_CHECKING:
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from trainer.training.runs.job import TrainingJob
    from trainer.training.runs.run import ModelSaved

_FORM_WIDTH = 46 * theme.SPACE
# A stop takes effect after the current step, such as the validation of a large set or a download.
_LONGEST_STEP_MS = 60_000


class TrainPanel(QWidget):
    """Start, pause, stop and resume trainings, and use their models."""

    model_trained = Signal(object)
    """Path of a model to evaluate in Results."""

    def __init__(self, active_model: ActiveModel, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        responsive_import.make_qt_classes()  # the search for interrupted trainings imports the charts
        self._active_model = active_model
        self._settings = settings
        self._training = WorkerSlot[object, None](
            "training",
            self,
            on_events=self._take_events,
            interval_ms=lambda: self.monitor.throttle_ms,
            on_error=self._failed,
            on_end=self._training_ended,
        )
        self.rate_finder: LearningRateFinder | None = None
        self._running_name = ""
        self._looked = False
        self._checkpoint: Path | None = None
        self._saved: ModelSaved | None = None
        self._ended: Ended | None = None
        self.notice: RunNotice | None = None
        self.form = TrainForm(settings)
        self.monitor = TrainingMonitor()
        self.interrupted = InterruptedRunsView()
        self.start_button = theme.primary_button("Start training", "play")
        self.pause_button = theme.quiet_button("Pause", "pause")
        self.stop_button = theme.quiet_button("Stop", "stop")
        self.history = HistoryView()
        self.history_button = theme.quiet_button("History")
        self.history_button.setCheckable(True)
        self.history_button.setToolTip("All past trainings, to view and to compare.")
        self._missing = theme.plain("", "error")
        self._missing.hide()
        self._lay_out()
        self._connect()
        self._show_controls()
        self._show_models()
        active_model.refresh()

    def train_on(self, source: str) -> None:
        """Choose a folder or a list of photos to train on."""
        self.form.data.set_source(source)

    def close_question(self) -> str | None:
        """What to ask before the window closes; None when no training is running."""
        if not self._training.busy:
            return None
        return (
            f"“{self._running_name}” is still being trained. If you close now, training stops and its state is saved; "
            "you can continue next time. Close anyway?"
        )

    def shutdown(self) -> None:
        """Stop everything and wait; a training saves its checkpoint."""
        self._training.shutdown(_LONGEST_STEP_MS)
        self.interrupted.shutdown(_LONGEST_STEP_MS)
        self.history.shutdown(_LONGEST_STEP_MS)
        if self.rate_finder is not None:
            self.rate_finder.shutdown()
        self.form.data.shutdown(_LONGEST_STEP_MS)

    def showEvent(self, event: QShowEvent) -> None:
        """Search for interrupted runs when first shown; not before, because that imports torch."""
        super().showEvent(event)
        self._check_trained_notice()
        if not self._looked:
            self._looked = True
            QTimer.singleShot(0, self.interrupted.search)

    @Slot()
    def _start_clicked(self) -> None:
        if not self._form_is_valid():
            return
        run = self.form.new_run()
        question = (
            f"There is already a model “{run.name}”. Replace it when the training is finished? To keep it, give "
            "the new model another name."
        )
        if not run.output.exists() or message_box.ask(self, question, "Replace", "Keep"):
            self._run(run)

    def _form_is_valid(self) -> bool:
        problem = self.form.problem()
        self._missing.setText(problem)
        self._missing.setVisible(bool(problem))
        return not problem

    @Slot()
    def _find_rate(self) -> None:
        if not self._form_is_valid() or self.rate_finder is not None or self._training.busy:
            return
        self.rate_finder = LearningRateFinder(
            self, self.form.new_run(), self._settings.data_folder, self.form.more.device_name
        )
        self.rate_finder.chosen.connect(self.form.learning_rate.setValue)
        self.rate_finder.over.connect(self._rate_finder_closed)
        self.rate_finder.open()

    @Slot()
    def _rate_finder_closed(self) -> None:
        if self.rate_finder is not None:
            self.rate_finder.deleteLater()
            self.rate_finder = None

    def _run(self, what: NewRun | TrainingJob) -> None:
        if self._training.busy:
            return
        checkpoint = None if isinstance(what, NewRun) else what.checkpoint
        resuming = checkpoint is not None and checkpoint == self._checkpoint
        self.monitor.begin(what.name, resuming=resuming, in_epochs=what.recipe.fit is not None)
        self._running_name, self._checkpoint, self._saved, self._ended = what.name, checkpoint, None, None
        self._show_notice(None)
        self.history_button.setChecked(False)
        self.interrupted.hide()
        self._training.start(partial(run_training, what, self._settings.data_folder, self.form.more.device_name))
        focused = self.window().focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self._show_controls()
        if had_focus:
            self.pause_button.setFocus()  # otherwise Qt moves it to any enabled widget

    @Slot()
    def _pause_clicked(self) -> None:
        control = self._training.control
        if control.paused:
            control.resume()
        else:
            control.pause()
        self.monitor.show_paused(control.paused)
        self._show_controls()

    @Slot()
    def _stop_clicked(self) -> None:
        self._training.stop()
        self.monitor.show_stopping()
        self._show_controls()

    def _take_events(self, events: tuple[object, ...]) -> None:
        from trainer.training.runs.job import TrainingJob
        from trainer.training.runs.run import ModelSaved  # imported by the running training

        for event in events:
            if isinstance(event, ModelSaved):
                self._saved = event
            elif isinstance(event, Ended):
                self._ended = event
            elif isinstance(event, Rollback):
                self._show_notice(RollbackNotice(event))
            elif isinstance(event, TrainingJob):
                self._checkpoint = event.checkpoint
        self.monitor.handle(events)

    @Slot(object)
    def _failed(self, error: FashionLensError) -> None:
        notice = FailedNotice(error)
        notice.lower_rate.connect(self.form.lower_learning_rate)
        self._show_notice(notice)

    def _training_ended(self) -> None:
        self.monitor.finish(self._saved is not None)
        had_focus = self.window().focusWidget() in (self.pause_button, self.stop_button)
        self._show_controls()
        if had_focus:
            self.start_button.setFocus()
        if self.history.isVisible():
            self.history.reload()
        if self._saved is not None:
            self._show_trained()
            self._active_model.refresh()
            self.form.suggest_new_name()
        self.interrupted.search()

    def _show_trained(self) -> None:
        assert self._saved is not None
        notice = TrainedNotice(self._saved, self._ended, self.monitor.epochs)
        notice.use.clicked.connect(self._use_model)
        notice.evaluate.clicked.connect(self._evaluate_model)
        self._show_notice(notice)
        self._show_use()

    @Slot(bool)
    def _show_history(self, wanted: bool) -> None:
        self._pages.setCurrentIndex(int(wanted))

    @Slot()
    def _use_model(self) -> None:
        if self._saved is not None:
            self._active_model.choose(str(self._saved.path))
            self._check_trained_notice()

    @Slot()
    def _show_use(self) -> None:
        """Show in the notice of the new model whether it is the active one."""
        if self._saved is not None and isinstance(self.notice, TrainedNotice):
            model = self._active_model
            same = model.entry is not None and (model.entry.path, model.entry.metadata.created) == (
                self._saved.path,
                self._saved.metadata.created,
            )
            self.notice.show_use(model.state if same else "")

    @Slot(object, object)
    def _model_renamed(self, before: Path, now: Path) -> None:
        if self._saved is not None and self._saved.path == before:
            self._saved = replace(self._saved, path=now)
            if isinstance(self.notice, TrainedNotice):
                self._show_trained()

    @Slot()
    def _check_trained_notice(self) -> None:
        """Hide the notice of a model whose file is gone."""
        if isinstance(self.notice, TrainedNotice) and self._saved is not None and not self._saved.path.is_file():
            self._show_notice(None)

    @Slot()
    def _evaluate_model(self) -> None:
        if self._saved is not None:
            self.model_trained.emit(self._saved.path)

    @Slot(object)
    def _resume_run(self, run: InterruptedRun) -> None:
        if run.job is not None:
            self.form.show_job(run.job)
            self._run(run.job)

    @Slot(object)
    def _save_now(self, run: InterruptedRun) -> None:
        """Resume with as many epochs as are done: only validates, calibrates and saves."""
        if run.job is not None:
            self._run(run.job.ending_after(run.epochs_done))

    @Slot(object)
    def _search_ended(self, present: tuple[str, ...] | None) -> None:
        self.form.more.show_devices(present or ())
        if self._training.busy:
            self.interrupted.hide()
        else:
            self.monitor.build_charts()
        self._update_start_button()

    @Slot()
    def _show_models(self) -> None:
        self.form.show_models(self._active_model.entries)

    @Slot()
    def _dismiss_notice(self) -> None:
        self._show_notice(None)

    def _show_notice(self, notice: RunNotice | None) -> None:
        if self.notice is not None:
            self.notice.hide()
            self.notice.deleteLater()
        self.notice = notice
        if notice is not None:
            notice.dismissed.connect(self._dismiss_notice)
            self._right.insertWidget(0, notice)
        self._update_start_button()

    def _update_start_button(self) -> None:
        """The start button is primary unless a notice has a primary button."""
        first = not self.interrupted.found and not isinstance(self.notice, TrainedNotice)
        self.start_button.setProperty("role", "primary" if first else "quiet")
        self.start_button.setIcon(icons.icon("play", "accent_text" if first else "text"))
        theme.restyle(self.start_button)

    def _show_controls(self) -> None:
        running = self._training.busy
        self.form.set_locked(running)
        self.start_button.setVisible(not running)
        self.pause_button.setVisible(running)
        self.stop_button.setVisible(running)
        if running:
            stopping, paused = self._training.control.stopped, self._training.control.paused
            self.pause_button.setText("Continue" if paused else "Pause")
            self.pause_button.setIcon(icons.icon("play" if paused else "pause"))
            self.stop_button.setText("Stopping…" if stopping else "Stop")
            self.pause_button.setDisabled(stopping)
            self.stop_button.setDisabled(stopping)

    def _connect(self) -> None:
        self.start_button.clicked.connect(self._start_clicked)
        self.pause_button.clicked.connect(self._pause_clicked)
        self.stop_button.clicked.connect(self._stop_clicked)
        self.form.find_rate_button.clicked.connect(self._find_rate)
        self.history_button.toggled.connect(self._show_history)
        self.history.closed.connect(self.history_button.toggle)
        self.form.changed.connect(self._missing.hide)
        self.interrupted.resume.connect(self._resume_run)
        self.interrupted.save_now.connect(self._save_now)
        self.interrupted.failed.connect(self._failed)
        self.interrupted.search_ended.connect(self._search_ended)
        self._active_model.library_changed.connect(self._show_models)
        self._active_model.library_changed.connect(self._check_trained_notice)
        self._active_model.renamed.connect(self._model_renamed)
        for change in (self._active_model.loading, self._active_model.ready, self._active_model.failed):
            change.connect(self._show_use)

    def _lay_out(self) -> None:
        buttons = (self.start_button, self.pause_button, self.stop_button)
        controls = layouts.row(*((button, 1) for button in buttons), self.history_button)
        left_side = QWidget()
        left_side.setFixedWidth(theme.scaled(_FORM_WIDTH))
        layouts.column((self.form, 1), self._missing, controls, parent=left_side)
        now = QWidget()
        self._pages = layouts.pages(now, self.history)
        self._right = layouts.column(self.interrupted, (self.monitor, 1), parent=now, spacing=2)
        layouts.row(left_side, (self._pages, 1), parent=self, spacing=3, margins=(2, 1, 2, 2))
