"""The notice of interrupted runs: resume, save as a model, or remove."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime

from PySide6.QtCore import QLocale, QTime, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui import paths
from fashionlens_gui.window.shell import layouts, message_box, theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train import interrupted_runs
from fashionlens_gui.window.train.form.fields import combo_box
from fashionlens_gui.window.train.interrupted_runs import InterruptedRun
from fashionlens_gui.window.train.run_notices import RunNotice
from fashionlens_gui.window.train.training_worker import import_libraries
from trainer import devices
from trainer.control import WorkControl
from trainer.errors import FashionLensError, SaveError
from trainer.number_format import day, percent


class InterruptedRunsView(QWidget):
    """Finds interrupted runs and shows them; hidden when there are none."""

    resume = Signal(object)
    """An :class:`InterruptedRun` to continue."""
    save_now = Signal(object)
    """An :class:`InterruptedRun` whose best state is to be saved as a model without further training."""
    failed = Signal(object)
    """A :class:`FashionLensError`: the search failed."""
    search_ended = Signal(object)
    """The available devices (names of :data:`trainer.devices.NAMES`, best first); None after an error."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[InterruptedRun] = []
        self._search = WorkerSlot[InterruptedRun, tuple[str, ...]](
            "looking for interrupted training",
            self,
            on_events=self._take,
            on_result=self._show_found,
            on_error=self._search_failed,
        )
        self._notice: _InterruptedNotice | None = None
        self._layout = layouts.column(parent=self)
        self.hide()

    def search(self) -> None:
        """Search in a thread, which also imports torch and the library of the charts."""
        if self._search.start(_search):
            self.found = []

    def shutdown(self, milliseconds: int) -> None:
        self._search.shutdown(milliseconds)

    def _take(self, found: tuple[InterruptedRun, ...]) -> None:
        self.found.extend(found)

    def _search_failed(self, error: FashionLensError) -> None:
        self.failed.emit(error)
        self._show_found(None)

    def _show_found(self, present: tuple[str, ...] | None) -> None:
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
            self._notice = None
        if self.found:
            self._notice = _InterruptedNotice(self.found)
            self._notice.resume.connect(self.resume)
            self._notice.save_now.connect(self.save_now)
            self._notice.discard.connect(self._discard)
            self._layout.addWidget(self._notice)
        self.setVisible(bool(self.found))
        self.search_ended.emit(present)

    @Slot(object)
    def _discard(self, run: InterruptedRun) -> None:
        question = f"Remove the unfinished training “{run.name}”? Its progress is lost."
        if not message_box.ask(self, question, "Remove", "Keep"):
            return
        try:
            interrupted_runs.discard(run)
        except SaveError as error:
            message_box.error(self, error)
        self.search()


def _search(control: WorkControl) -> Generator[InterruptedRun, None, tuple[str, ...]]:
    import_libraries()
    yield from interrupted_runs.find(paths.runs_dir(), control)
    return devices.available()


class _InterruptedNotice(RunNotice):
    """One run at a time, the newest first; a list selects another."""

    resume = Signal(object)
    save_now = Signal(object)
    discard = Signal(object)

    def __init__(self, found: list[InterruptedRun]) -> None:
        self._found = found
        self._resume = theme.primary_button("Continue training", "resume")
        self._keep = theme.quiet_button("Save as a model", "save")
        self._keep.setToolTip("Ends the training: the best state so far becomes a model.")
        remove = theme.quiet_button("Remove…", "trash")
        super().__init__("pause", "", "", "", [self._resume, self._keep, remove])
        self._choice = combo_box()
        self._choice.setAccessibleName("Unfinished trainings")
        for run in found:
            self._choice.addItem(f"{run.name}, {_when(run.last_saved)}")
        self._choice.setVisible(len(found) > 1)
        self.text_layout.insertWidget(1, self._choice)
        self._choice.currentIndexChanged.connect(self._show)
        self._resume.clicked.connect(lambda: self.resume.emit(self._run))
        self._keep.clicked.connect(lambda: self.save_now.emit(self._run))
        remove.clicked.connect(lambda: self.discard.emit(self._run))
        self._show()

    @property
    def _run(self) -> InterruptedRun:
        return self._found[self._choice.currentIndex()]

    @Slot()
    def _show(self) -> None:
        run = self._run
        more = len(self._found) - 1
        self.heading.setText(f"{len(self._found)} trainings are unfinished" if more else f"“{run.name}” is unfinished")
        self.text.setText(interrupted_sentences(run))
        self._resume.setVisible(run.job is not None)
        self._keep.setVisible(run.job is not None and run.epochs_done > 0)


def interrupted_sentences(run: InterruptedRun) -> str:
    """The progress of the run and what can be done."""
    if run.job is None:
        return "Its files are damaged or from another version. It cannot be continued, only removed."
    when = _when(run.last_saved)
    if not run.job.resume:
        return f"It was stopped before the first checkpoint ({when}). It starts over if you continue."
    fit = run.job.recipe.fit
    epochs = run.epochs_done if fit is None else fit.epochs
    if run.best_accuracy is None:
        return f"Saved {when} in epoch 1 of {epochs}. It continues where it stopped."
    return (
        f"Saved {when} after {run.epochs_done} of {epochs} epochs. Best so far: {percent(run.best_accuracy)} correct "
        "on the validation photos. It continues where it stopped."
    )


def _when(moment: datetime) -> str:
    """``today at 14:03``, else ``on 1 December 2026 at 14:03``, with the clock of the locale."""
    clock = QLocale().toString(QTime(moment.hour, moment.minute), QLocale.FormatType.ShortFormat)
    if moment.date() == datetime.now().date():
        return f"today at {clock}"
    return f"on {day(moment)} at {clock}"
