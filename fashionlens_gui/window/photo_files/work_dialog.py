"""A dialog that prepares work on files, shows its progress with the time left, and closes when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QDialog, QLayout, QRadioButton, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import ElidedLabel, ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import about

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue

_MILLISECONDS_TO_STOP = 60_000
_SECONDS_OF_A_GUESS = 1.5  # of work, before the time left is shown

Work = Callable[[WorkControl], Generator[ProgressEvent, None, Any]]


@dataclass(frozen=True, slots=True)
class PhotoScope:
    """Some photos that files are worked on for.

    Attributes:
        text: Says which, such as ``The 3 selected``.
        find: Gives their ids, in a worker.
    """

    text: str
    find: Callable[[Catalogue], Sequence[int]]


class ScopeChoice(QWidget):
    """Radio buttons for the photos; hidden when there is one scope alone."""

    changed = Signal()

    def __init__(self, scopes: Sequence[PhotoScope]) -> None:
        super().__init__()
        self._scopes = list(scopes)
        self.buttons = [QRadioButton(each.text) for each in scopes]
        self._group = QButtonGroup(self)
        for number, button in enumerate(self.buttons):
            self._group.addButton(button, number)
        self.buttons[-1].setChecked(True)  # the narrowest
        layouts.column(theme.heading("Photos"), layouts.row(*self.buttons, layouts.FILL, spacing=3), parent=self)
        self.setVisible(len(scopes) > 1)
        self._group.idToggled.connect(lambda _number, on: self.changed.emit() if on else None)

    @property
    def scope(self) -> PhotoScope:
        """The chosen photos."""
        return self._scopes[self._group.checkedId()]


class WorkDialog(QDialog):
    """Deleted when it is closed. Cancel and Escape stop work that runs; the dialog closes then.

    Args:
        title: Of the window, and as its heading.
        action: What the main button says; empty for none.
        icon: Of the main button.
        parent: The window.

    Attributes:
        notice: For errors; the work can be tried again.
        action_button: Starts the work.
    """

    worked = Signal(object)
    """The result of the work, also of work that was stopped; the dialog is closed."""

    def __init__(self, title: str, action: str, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setModal(True)
        self._closing = False
        self._began = 0.0
        self._slot = WorkerSlot[ProgressEvent, Any](
            title, self, on_events=self._show_events, on_error=self._failed, on_end=self._ended
        )
        self.notice = Notice()
        self.step, self.time_left = (
            ElidedLabel("text", Qt.AlignmentFlag.AlignLeft),
            ElidedLabel("text_muted", Qt.AlignmentFlag.AlignRight),
        )
        self.progress = ThinProgressBar()
        self._progress_area = QWidget()
        texts = layouts.row((self.step, 1), (self.time_left, 1), spacing=2)
        layouts.column(texts, self.progress, parent=self._progress_area, spacing=0.5)
        self._progress_area.hide()
        self.content = QWidget()
        self.cancel_button = theme.quiet_button("Cancel")
        self.cancel_button.setAutoDefault(False)
        self.action_button = theme.primary_button(action, icon)
        self.action_button.setVisible(bool(action))
        self.action_button.setDefault(bool(action))
        layouts.column(
            theme.title(title, wraps=True),
            self.notice,
            (self.content, 1),
            self._progress_area,
            layouts.row(layouts.FILL, self.cancel_button, self.action_button),
            parent=self,
            spacing=2,
            margins=3,
        )
        self.cancel_button.clicked.connect(self.reject)

    def set_content(self, *items: layouts.Item) -> QLayout:
        """Fill the dialog, above the progress."""
        return layouts.column(*items, parent=self.content, spacing=2)

    @property
    def working(self) -> bool:
        return self._slot.busy

    def start(self, work: Work, step: str) -> None:
        """Begin the work; the dialog closes when it ends without an error.

        Args:
            work: Called in a worker.
            step: What the progress is called until the first event.
        """
        if self._slot.busy:
            return
        self.notice.dismiss()
        self._began = time.monotonic()
        self.content.setEnabled(False)
        self.action_button.setEnabled(False)
        self._progress_area.show()
        self._show_progress(ProgressEvent(step, 0, 0))
        self.cancel_button.setText("Stop")
        self.cancel_button.setFocus()
        self._slot.start(work, self._done)

    def _show_events(self, events: tuple[ProgressEvent, ...]) -> None:
        self._show_progress(events[-1])

    def _show_progress(self, event: ProgressEvent) -> None:
        count = f": {event.done:,} of {event.total:,}" if event.total else "…"
        self.step.setText(f"{progress_text(event)}{count}")
        self.progress.show_progress(event.done, event.total)
        seconds = time.monotonic() - self._began
        known = event.done and seconds > _SECONDS_OF_A_GUESS
        self.time_left.setText(f"{about(seconds / event.done * (event.total - event.done))} left" if known else "")

    def _done(self, result: object) -> None:
        self._closing = True
        self.worked.emit(result)

    def _failed(self, error: FashionLensError) -> None:
        self.notice.show_message("error", sentence(error))

    def _ended(self) -> None:
        self._progress_area.hide()
        self.content.setEnabled(True)
        self.action_button.setEnabled(True)
        self.cancel_button.setText("Cancel")
        self.cancel_button.setEnabled(True)
        if self._closing:
            self.accept()

    @Slot()
    def reject(self) -> None:
        """Stop the work, then close; without work, close."""
        if self._slot.busy:
            self._closing = True
            self._slot.control.stop()
            self.step.setText("Stopping after the current file…")
            self.cancel_button.setEnabled(False)
        else:
            super().reject()

    def slots(self) -> list[WorkerSlot[Any, Any]]:
        """All work of the dialog."""
        return [self._slot]

    def done(self, result: int) -> None:
        for slot in self.slots():
            slot.stop()  # what only reads may end later: the window does not wait for it
        super().done(result)

    def shutdown(self) -> None:
        """The program ends: stop, wait and close."""
        for slot in self.slots():
            slot.shutdown(_MILLISECONDS_TO_STOP)
        self.done(0)


class RunDialog(WorkDialog):
    """Shows the progress of work that needs no choice."""

    def __init__(self, title: str, work: Work, step: str, parent: QWidget) -> None:
        super().__init__(title, "", "", parent)
        self.setMinimumWidth(56 * theme.SPACE)
        self.set_content()
        self.start(work, step)
