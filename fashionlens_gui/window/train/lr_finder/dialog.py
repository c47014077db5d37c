"""The dialog of the learning rate finder: the curve while rates are tried, then the suggested rate."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fashionlens_gui import messages, paths
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.about import dialog_with_room
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.training_worker import NewRun, import_libraries, low_priority
from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import percent

if TYPE_CHECKING:
    from fashionlens_gui.window.train.lr_finder.plot import LearningRatePlot

_EXPLAINED = (
    "A copy of the network is trained for a hundred steps with a growing learning rate. A good rate is where the loss "
    "falls fastest, well before it rises. The copy is then discarded."
)
_LONGEST_STEP_MS = 60_000


class LearningRateFinder(QObject):
    """Opens the dialog and runs the search until the dialog is closed.

    Args:
        parent: Of the dialog.
        run: The planned training.
        data_folder: The folder of Fashion-MNIST, or empty.
        device: A name of :data:`trainer.devices.NAMES`.
    """

    chosen = Signal(float)
    """The rate to use."""
    over = Signal()
    """The dialog is closed and the search has ended."""

    def __init__(self, parent: QWidget, run: NewRun, data_folder: str, device: str = "auto") -> None:
        super().__init__(parent)
        self.suggestion: float | None = None
        self.plot: LearningRatePlot | None = None
        self.dialog, layout = dialog_with_room(parent, "Find a good learning rate")
        self.dialog.setModal(True)
        self.dialog.resize(70 * theme.SPACE, 60 * theme.SPACE)
        layout.addWidget(theme.heading("Find a good learning rate"))
        layout.addWidget(theme.muted(_EXPLAINED))
        self._room = QVBoxLayout()
        layout.addLayout(self._room, 1)
        self.text = theme.muted("Preparing…")
        layout.addWidget(self.text)
        self.cancel_button = theme.quiet_button("Cancel")
        self.use_button = theme.primary_button("Use")
        self.use_button.setEnabled(False)
        layout.addLayout(layouts.row(layouts.STRETCH, self.cancel_button, self.use_button))
        self.cancel_button.clicked.connect(self.dialog.reject)
        self.use_button.clicked.connect(self.dialog.accept)
        self.dialog.accepted.connect(self._accepted)
        self.dialog.finished.connect(self._closed)
        self._search = partial(_search, run, data_folder, device)
        self._slot = WorkerSlot[object, None](
            "finding a learning rate", self, on_events=self._take, on_error=self._failed, on_end=self._search_ended
        )
        self._open = True

    def open(self) -> None:
        self.dialog.open()
        self._slot.start(self._search)

    def shutdown(self) -> None:
        """End the search when the window closes."""
        self._slot.shutdown(_LONGEST_STEP_MS)

    def _take(self, events: tuple[object, ...]) -> None:
        from trainer.training.fit.lr_finder import LearningRateSuggested, LearningRateTried  # imported by the search

        if not self._open:
            return
        for event in events:
            if isinstance(event, ProgressEvent):
                share = f": {percent(event.done / event.total)}" if event.total else "…"
                self.text.setText(f"{progress_text(event)}{share}")
            elif isinstance(event, LearningRateTried):
                self.text.setText(f"Trying {event.learning_rate:.1g} (step {event.step} of {event.steps})")
                self._shown_plot().add(event.learning_rate, event.loss)
            elif isinstance(event, LearningRateSuggested):
                self._show_suggestion(event.suggestion)
        if self.plot is not None:
            self.plot.draw()

    def _show_suggestion(self, rate: float | None) -> None:
        self.suggestion = rate
        self.cancel_button.setText("Close" if rate is None else "Keep the current rate")
        if rate is None:
            self.text.setText("No rate improved the network. Keep the default rate of this network.")
            return
        self._shown_plot().mark(rate)
        self.text.setText(f"{rate:g} is a good learning rate for these photos and this network.")
        self.use_button.setText(f"Use {rate:g}")
        self.use_button.setEnabled(True)
        self.use_button.setDefault(True)

    def _shown_plot(self) -> LearningRatePlot:
        if self.plot is None:
            from fashionlens_gui.window.train.lr_finder.plot import LearningRatePlot

            self.plot = LearningRatePlot()
            self._room.addWidget(self.plot)
        return self.plot

    def _failed(self, error: FashionLensError) -> None:
        if self._open:
            self.text.setProperty("tone", "error")
            theme.restyle(self.text)
            self.text.setText(messages.sentence(error))
            self.cancel_button.setText("Close")

    @Slot()
    def _accepted(self) -> None:
        if self.suggestion is not None:
            self.chosen.emit(self.suggestion)

    @Slot(int)
    def _closed(self, _result: int) -> None:
        self._open = False
        self._slot.stop()
        if not self._slot.busy:
            self.over.emit()

    def _search_ended(self) -> None:
        if not self._open:
            self.over.emit()


def _search(run: NewRun, data_folder: str, device: str, control: WorkControl) -> Generator[object, None, None]:
    import_libraries()
    from trainer.training.runs.run import find_learning_rate

    data_paths = paths.data_paths(data_folder)
    with low_priority():
        yield from find_learning_rate(run.job(), data_paths, control, devices.choose(device))
