"""What the dialogs about shops have in common: a notice, work in a thread with its progress, closing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import ChoiceBox, ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import about

_SECONDS_BEFORE_ESTIMATE = 2.0


class WorkDialog(QDialog):
    """Beside the window, so that one can look at photos meanwhile. Closing it stops its work; then it is deleted.

    Args:
        title: Of the dialog.
        access: The catalogue.
        parent: The window.

    Attributes:
        notice: Results and errors.
        cancel_button: Of the work.
    """

    def __init__(self, title: str, access: CatalogueAccess, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._access, self._closed, self._began = access, False, 0.0
        self.notice = Notice()
        self.progress = ThinProgressBar()
        self._step = theme.plain("")
        self.cancel_button = theme.quiet_button("Cancel", "stop")
        self.cancel_button.setAutoDefault(False)
        self.work = QWidget()
        bar = layouts.column(self._step, self.progress, spacing=0.5)
        layouts.row((bar, 1), self.cancel_button, parent=self.work, spacing=2)
        self.work.hide()
        self._slot = WorkerSlot[ProgressEvent, Any](
            title, self, on_events=self._progressed, on_error=self.show_error, on_end=self._ended
        )
        self.cancel_button.clicked.connect(self._slot.stop)
        access.closing.connect(self.reject)

    @property
    def busy(self) -> bool:
        return self._slot.busy

    def run(self, function: Callable[[WorkControl], Any], show: Callable[[Any], object], step: str = "") -> None:
        """Run a function in a thread, with its progress, and show its result; nothing while another one runs."""
        if self._slot.busy:
            return
        self.notice.dismiss()
        self._began = time.monotonic()
        self._step.setText(progress_text(ProgressEvent(step, 0, 0)) + "…" if step else "")
        self.progress.show_progress(0, 0)
        self._slot.start(function, lambda result: None if self._closed else show(result))
        self.work.setVisible(bool(step))
        self.update_buttons()

    def update_buttons(self) -> None:
        """Enable what can be done; called when work begins and ends."""

    def show_error(self, error: FashionLensError) -> None:
        if not self._closed:
            self.notice.show_message("error", sentence(error))

    @property
    def why_not_writable(self) -> str:
        """Why the catalogue cannot be changed; empty when it can."""
        if self._access.writable:
            return ""
        return "Somebody else has the catalogue open." if self._access.writer else "The catalogue can only be read."

    def resize_within(self, size: QSize) -> None:
        """Take a size, or as much of it as the screen has."""
        room = self.screen().availableSize() * 0.95
        self.resize(size.boundedTo(room))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shutdown()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        self.shutdown()
        super().done(result)

    def shutdown(self) -> None:
        """Stop all work and wait for it."""
        self._closed = True
        self._slot.shutdown(30_000)

    def _progressed(self, events: tuple[ProgressEvent, ...]) -> None:
        newest = events[-1]
        self.progress.show_progress(newest.done, newest.total)
        count = f": {newest.done:,} of {newest.total:,}" if newest.total else "…"
        left = ""
        seconds = time.monotonic() - self._began
        if newest.total and newest.done and seconds > _SECONDS_BEFORE_ESTIMATE:
            left = f", {about(seconds * (newest.total - newest.done) / newest.done)} left"
        self._step.setText(f"{progress_text(newest)}{count}{left}")
        self.work.show()

    @Slot()
    def _ended(self) -> None:
        if not self._closed:
            self.work.hide()
            if self._slot.control.stopped:
                self.notice.show_message("info", "Stopped. What was written before stays.")
            self.update_buttons()


def dialog_button(text: str, icon: str = "") -> QPushButton:
    """A button that Enter in a field does not press."""
    button = theme.quiet_button(text, icon)
    button.setAutoDefault(False)
    return button


def named_choice(name: str) -> ChoiceBox:
    """A choice with a name for screen readers."""
    box = ChoiceBox()
    box.setAccessibleName(name)
    return box
