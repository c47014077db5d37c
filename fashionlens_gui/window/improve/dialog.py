"""The dialog of “Improve the model…”: what will happen, how far it is, what came out, and the choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from fashionlens_gui.messages import sentence
from fashionlens_gui.window.improve import work as jobs
from fashionlens_gui.window.improve.wording import plan, too_few
from fashionlens_gui.window.shell import messages, qt_classes, theme
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.model_files.library import SUFFIX, ModelEntry

if TYPE_CHECKING:
    from fashionlens_gui.window.improve.result_page import ResultPage
    from trainer.training.improve.improvement import Improvement

_SMALL = QSize(70 * theme.SPACE, 36 * theme.SPACE)
_LARGE = QSize(148 * theme.SPACE, 82 * theme.SPACE)
_STEPS = 1000


class ImproveDialog(QDialog):
    """One improvement of one model; goes when it is closed.

    Args:
        active_model: Whose model is improved; the new one is used through it.
        entry: That model.
        parent: The window.
    """

    def __init__(self, active_model: ActiveModel, entry: ModelEntry, parent: QWidget) -> None:
        super().__init__(parent)
        qt_classes.make_all()  # improving imports the charts
        self._active_model, self._entry = active_model, entry
        self._slot = WorkerSlot[ProgressEvent, Any](
            "improving the model", self, on_events=self._progressed, on_error=self._failed
        )
        self._closed = False
        self._improvement: Improvement | None = None
        self._before = ""  # the model to be put back: its name, or its path where it is in no folder of models
        self._awaited: tuple[Path, Callable[[], None]] | None = None  # what shall tag, and what to say once it does
        self.result_page: ResultPage | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Improve the model")
        self._build()
        self.resize(_SMALL)
        active_model.ready.connect(self._tags)
        active_model.failed.connect(self._tags_not)
        self._run(partial(jobs.standing, entry, active_model.library), self._show_standing)

    # -- building -----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = theme.title(f"Improve “{self._entry.path.stem}”")
        self.title.setWordWrap(True)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._doing = QLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._doing)
        column.addWidget(self.progress)
        column.addStretch(1)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.text)
        self.pages.addWidget(waiting)
        self.improve_button = theme.primary_button("Improve now", "train")
        self.use_button = theme.primary_button("Use the new one")
        self.keep_button = theme.quiet_button("Keep the old one")
        self.back_button = theme.quiet_button("", "undo")
        self.close_button = theme.quiet_button("Close")
        self._buttons = (self.back_button, self.close_button, self.keep_button, self.improve_button, self.use_button)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE)
        row.addWidget(self.back_button)
        row.addStretch(1)
        for button in self._buttons[1:]:
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * theme.SPACE] * 4)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self.title)
        layout.addWidget(self.pages, 1)
        layout.addLayout(row)
        self.improve_button.clicked.connect(self.improve)
        self.use_button.clicked.connect(self.use_new)
        self.keep_button.clicked.connect(self.keep_old)
        self.back_button.clicked.connect(self.put_back)
        self.close_button.clicked.connect(self.reject)
        self._offer(self.close_button)

    def _offer(self, *buttons: QPushButton, default: QPushButton | None = None) -> None:
        for button in self._buttons:
            button.setVisible(button in buttons)
        (default or buttons[-1]).setDefault(True)
        (default or buttons[-1]).setFocus()

    def _say(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.text.setText(text)
        self.pages.setCurrentWidget(self.text)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _show_standing(self, standing: jobs.Standing) -> None:
        self._before = standing.before or ""
        offers = [self.close_button]
        if self._before:
            self._name_back_button()
            offers.insert(0, self.back_button)
        reason = too_few(standing)
        self._say(self.title.text(), reason or plan(standing))
        layout = self.layout()
        if layout is not None:  # it may have much to say
            self.resize(_SMALL.expandedTo(QSize(0, layout.totalHeightForWidth(_SMALL.width()))))
        self._offer(*offers, *([] if reason else [self.improve_button]))

    @Slot()
    def improve(self) -> None:
        """Let the model learn."""
        self.close_button.setText("Cancel")
        self._run(partial(jobs.improved, self._entry, self._active_model.library), self._show_result)

    def _show_result(self, improvement: Improvement) -> None:
        from fashionlens_gui.window.improve.result_page import ResultPage

        self._improvement = improvement
        self.result_page = ResultPage(improvement)
        self.pages.addWidget(self.result_page)
        self.title.setText(f"“{self._entry.path.stem}” before and now")
        self.pages.setCurrentWidget(self.result_page)
        window = self.parentWidget()
        room = window.window().size() if window is not None else _LARGE
        self.resize(_LARGE.boundedTo(room - QSize(2 * theme.SPACE, 2 * theme.SPACE)))
        self._offer_choice(improvement)
        self._centre()

    def _offer_choice(self, improvement: Improvement) -> None:
        """Both buttons; the one that the figures speak for stands out."""
        judged = improvement.main_judged.all
        better = judged.new_accuracy >= judged.old_accuracy
        wanted, other = (self.use_button, self.keep_button) if better else (self.keep_button, self.use_button)
        for button, role in ((wanted, "primary"), (other, "quiet")):
            button.setProperty("role", role)
            theme.restyle(button)
        self._offer(self.keep_button, self.use_button, default=wanted)

    @Slot()
    def use_new(self) -> None:
        """Put the new model into the library and let it tag."""
        improvement = self._improvement
        if improvement is not None:
            self._run(partial(jobs.saved, improvement), self._used)

    def _used(self, name: str) -> None:
        self._before = jobs.known_as(self._entry, self._active_model.library)
        self._active_model.refresh()
        self._leave_result()
        self._name_back_button()
        self.close_button.setText("Close")
        self._let_tag(name, partial(self._say_used, name))

    def _say_used(self, name: str) -> None:
        before = Path(self._before)
        again = "choose it in the Models tab" if before.name == self._before else f"open {before}"
        self._say(
            f"“{name}” tags from now on",
            f"“{self._entry.path.stem}” is still there: put it back here, or {again} at any time. Photos on your list "
            "keep what was said of them; new photos are tagged by the new model.",
        )
        self._offer(self.back_button, self.close_button)

    @Slot()
    def put_back(self) -> None:
        """Let the model before tag again; the new one stays in the library."""
        self._let_tag(self._before, self._say_put_back)

    def _say_put_back(self) -> None:
        self._say(
            f"“{self._active_model.name}” tags again",
            "The improved model stays in the Models tab, if you want it later.",
        )
        self._offer(self.close_button)

    def _let_tag(self, name_or_path: str, once_it_tags: Callable[[], None]) -> None:
        """Choose a model; only when it is there and open, say so."""
        try:
            path = self._active_model.library.find(name_or_path)
        except FashionLensError as error:
            self._say_not_put(sentence(error))
            return
        self._awaited = path, once_it_tags
        self._doing.setText(f"Opening “{path.stem}”…")
        self.progress.setRange(0, 0)
        self.pages.setCurrentIndex(1)
        self._offer(self.close_button)
        self._active_model.choose(name_or_path)
        if self._active_model.state == "ready":  # it was refused at once
            self._tags()

    @Slot()
    def _tags(self) -> None:
        """A model is ready; another than was awaited when that one could not be opened."""
        awaited, self._awaited = self._awaited, None
        entry = self._active_model.entry
        if awaited is None or entry is None:
            return
        path, once_it_tags = awaited
        if entry.path == path:
            once_it_tags()
        else:
            self._say_not_put(f"“{path.stem}” could not be opened. “{entry.path.stem}” tags as before.")

    @Slot(object)
    def _tags_not(self, error: FashionLensError) -> None:
        if self._awaited is not None:
            self._awaited = None
            self._say_not_put(sentence(error))

    def _say_not_put(self, reason: str) -> None:
        self._say("That did not work", reason)
        self._offer(self.close_button)

    def _name_back_button(self) -> None:
        self.back_button.setText(f"Put “{Path(self._before).name.removesuffix(SUFFIX)}” back")

    @Slot()
    def keep_old(self) -> None:
        """Nothing has changed, and nothing is kept of the new one."""
        self.reject()

    def _leave_result(self) -> None:
        if self.result_page is not None:
            self.result_page.stop_loading()
        self.resize(_SMALL)
        self._centre()

    def _centre(self) -> None:
        window = self.parentWidget()
        if window is not None:
            frame = self.frameGeometry()
            frame.moveCenter(window.window().frameGeometry().center())
            self.move(frame.topLeft())

    # -- work ---------------------------------------------------------------------------------------------------------

    def _run(self, function: Callable[[WorkControl], Any], show: Callable[[Any], None]) -> None:
        self._doing.setText("")
        self.progress.setRange(0, 0)
        self.pages.setCurrentIndex(1)
        self._offer(self.close_button)
        self._slot.start(function, lambda result: None if self._closed else show(result))

    def _progressed(self, events: tuple[ProgressEvent, ...]) -> None:
        newest = events[-1]
        self.progress.setRange(0, _STEPS if newest.total else 0)
        self.progress.setValue(round(_STEPS * newest.done / newest.total) if newest.total else 0)
        count = f": {newest.done:,} of {newest.total:,}" if newest.total else "…"
        self._doing.setText(f"{newest.what}{count}")

    def _failed(self, error: FashionLensError) -> None:
        if self._improvement is not None and self.result_page is not None:  # it could not be saved: nothing is lost yet
            messages.error(self, error)
            self.pages.setCurrentWidget(self.result_page)
            self._offer_choice(self._improvement)
            return
        self.close_button.setText("Close")
        self._say("That did not work", sentence(error))
        self._offer(self.close_button)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._slot.busy

    def done(self, result: int) -> None:
        """Close; what is under way is called off, and nothing may go on reading."""
        self.shutdown()
        super().done(result)

    def shutdown(self) -> None:
        """Stop all work and wait for it."""
        self._closed = True
        self._slot.shutdown(30_000)
        if self.result_page is not None:
            self.result_page.stop_loading()


def open_for(active_model: ActiveModel, parent: QWidget) -> ImproveDialog | None:
    """Open the dialog for the model in use; None when there is none."""
    if active_model.entry is None:
        return None
    dialog = ImproveDialog(active_model, active_model.entry, parent)
    dialog.open()
    return dialog
