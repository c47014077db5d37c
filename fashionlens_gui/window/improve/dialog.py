"""The dialog of “Improve the model…”: the plan, the progress, the comparison of both models, and the choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QLabel,
    QPushButton,
    QWidget,
)

from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.evaluation import FEW_PHOTOS
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.improve.background_work import (
    CorrectionSummary,
    compare_on_folder,
    improve_model,
    library_key,
    plan,
    save_model,
    summarize,
    too_few,
)
from fashionlens_gui.window.shell import layouts, message_box, responsive_import, theme
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.widgets import ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.model_files.library import SUFFIX, ModelEntry

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.window.comparison.dialog import ComparisonDialog
    from fashionlens_gui.window.improve.result_page import ResultPage
    from trainer.evaluation.comparison import Comparison
    from trainer.training.improve.improve import Improvement

_SMALL = QSize(70 * theme.SPACE, 36 * theme.SPACE)
_LARGE = QSize(148 * theme.SPACE, 82 * theme.SPACE)


class ImproveDialog(QDialog):
    """One improvement of one model; deleted when it is closed.

    Args:
        active_model: Its model is improved, and can be replaced by the new one.
        entry: That model.
        catalogue: Has the corrections.
        parent: The window.
    """

    def __init__(self, active_model: ActiveModel, entry: ModelEntry, catalogue: Catalogue, parent: QWidget) -> None:
        super().__init__(parent)
        responsive_import.make_qt_classes()  # the result page imports pyqtgraph
        self._active_model, self._entry, self._catalogue = active_model, entry, catalogue
        self._slot = WorkerSlot[ProgressEvent, Any](
            "improving the model", self, on_events=self._progressed, on_error=self._failed
        )
        self._closed = False
        self._improvement: Improvement | None = None
        self._previous = ""  # the model to go back to, as in library_key
        self._loading: tuple[str, Callable[[], None]] | None = None  # a model, and what to show once it is ready
        self.result_page: ResultPage | None = None
        self.comparison_dialog: ComparisonDialog | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Improve the model")
        self._build()
        self.resize(_SMALL)
        active_model.ready.connect(self._model_ready)
        for signal in (active_model.failed, active_model.refused):
            signal.connect(self._model_failed)
        self._run(partial(summarize, entry, active_model.library, catalogue), self._show_summary)

    # -- building -----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = theme.title(f"Improve “{self._entry.path.stem}”", wraps=True)
        self.text = theme.plain("")
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._step = QLabel()
        self.progress = ThinProgressBar()
        progress_page = QWidget()
        layouts.column(self._step, self.progress, layouts.FILL, parent=progress_page, spacing=None)
        self.pages = layouts.pages(self.text, progress_page)
        self.improve_button = theme.primary_button("Improve now", "train")
        self.use_button = theme.primary_button("Use the new one")
        self.keep_button = theme.quiet_button("Keep the old one")
        self.back_button = theme.quiet_button("", "undo")
        self.test_button = theme.quiet_button("Test on a folder…", "folder")
        self.test_button.setToolTip("Compare both models on photos of your own, in one folder per category.")
        self.close_button = theme.quiet_button("Close")
        self._buttons = (
            self.back_button,
            self.test_button,
            self.close_button,
            self.keep_button,
            self.improve_button,
            self.use_button,
        )
        layouts.column(
            self.title,
            (self.pages, 1),
            layouts.row(self.back_button, self.test_button, layouts.FILL, *self._buttons[2:]),
            parent=self,
            spacing=2,
            margins=3,
        )
        self.improve_button.clicked.connect(self.improve)
        self.test_button.clicked.connect(self.ask_for_folder)
        self.use_button.clicked.connect(self.use_new)
        self.keep_button.clicked.connect(self.keep_old)
        self.back_button.clicked.connect(self.put_back)
        self.close_button.clicked.connect(self.reject)
        self._show_buttons(self.close_button)

    def _show_buttons(self, *buttons: QPushButton, default: QPushButton | None = None) -> None:
        for button in self._buttons:
            button.setVisible(button in buttons)
        (default or buttons[-1]).setDefault(True)
        (default or buttons[-1]).setFocus()

    def _show_text(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.text.setText(text)
        self.pages.setCurrentWidget(self.text)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _show_summary(self, summary: CorrectionSummary) -> None:
        self._previous = summary.previous or ""
        buttons = [self.close_button]
        if self._previous:
            self._label_back_button()
            buttons.insert(0, self.back_button)
        reason = too_few(summary)
        self._show_text(self.title.text(), reason or plan(summary))
        layout = self.layout()
        if layout is not None:  # the text may be long
            self.resize(_SMALL.expandedTo(QSize(0, layout.totalHeightForWidth(_SMALL.width()))))
        self._show_buttons(*buttons, *([] if reason else [self.improve_button]))

    @Slot()
    def improve(self) -> None:
        self.close_button.setText("Cancel")
        work = partial(improve_model, self._entry, self._active_model.library, self._catalogue)
        self._run(work, self._show_result)

    def _show_result(self, improvement: Improvement) -> None:
        from fashionlens_gui.window.improve.result_page import ResultPage

        self._improvement = improvement
        self.result_page = ResultPage(improvement)
        self.pages.addWidget(self.result_page)
        self.title.setText(f"“{self._entry.path.stem}”: before and after")
        self.pages.setCurrentWidget(self.result_page)
        window = self.parentWidget()
        room = window.window().size() if window is not None else _LARGE
        self.resize(_LARGE.boundedTo(room - QSize(2 * theme.SPACE, 2 * theme.SPACE)))
        self._show_choice(improvement)
        self._centre()

    def _show_choice(self, improvement: Improvement) -> None:
        """Both buttons; the primary one is the old model's unless enough photos show that the new one is no worse."""
        comparison = improvement.main_comparisons.all
        better = comparison.n >= FEW_PHOTOS and comparison.new_accuracy >= comparison.old_accuracy
        primary, other = (self.use_button, self.keep_button) if better else (self.keep_button, self.use_button)
        for button, role in ((primary, "primary"), (other, "quiet")):
            button.setProperty("role", role)
            theme.restyle(button)
        buttons = (self.test_button, self.keep_button, self.use_button)
        self._show_buttons(*buttons, default=primary)

    @Slot()
    def ask_for_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder with one folder per category")
        if folder:
            self.test_on(Path(folder))

    def test_on(self, folder: Path) -> None:
        """Compare both models on the photos of a folder that has one folder per category."""
        improvement = self._improvement
        if improvement is not None:
            work = partial(compare_on_folder, self._entry, improvement, folder)
            self._run(work, partial(self._show_comparison, folder.name))

    def _show_comparison(self, folder: str, comparison: Comparison) -> None:
        from fashionlens_gui.window.comparison.dialog import ComparisonDialog

        assert self._improvement is not None and self.result_page is not None
        self.pages.setCurrentWidget(self.result_page)
        self._show_choice(self._improvement)
        self.comparison_dialog = ComparisonDialog(comparison, f"Folder “{folder}”", self)
        self.comparison_dialog.open()

    @Slot()
    def use_new(self) -> None:
        """Save the new model in the library and use it for tagging."""
        improvement = self._improvement
        if improvement is not None:
            self._run(partial(save_model, improvement), self._saved)

    def _saved(self, name: str) -> None:
        self._previous = library_key(self._entry, self._active_model.entries)
        self._active_model.refresh()
        self._leave_result()
        self._label_back_button()
        self.close_button.setText("Close")
        self._use(name, partial(self._show_used, name))

    def _show_used(self, name: str) -> None:
        previous = Path(self._previous)
        how = "choose it in the Models tab" if previous.name == self._previous else f"open {previous}"
        self._show_text(
            f"“{name}” is now used for tagging",
            f"“{self._entry.path.stem}” is still there: go back to it here, or {how} at any time. Photos already "
            "listed keep their tags; new photos are tagged by the new model.",
        )
        self._show_buttons(self.back_button, self.close_button)

    @Slot()
    def put_back(self) -> None:
        """Use the previous model again; the new one stays in the library."""
        self._use(self._previous, self._show_put_back)

    def _show_put_back(self) -> None:
        self._show_text(
            f"“{self._active_model.name}” is used for tagging again",
            "The improved model stays in the Models tab.",
        )
        self._show_buttons(self.close_button)

    def _use(self, name_or_path: str, show: Callable[[], None]) -> None:
        """Choose a model, and call ``show`` once it is ready."""
        self._loading = name_or_path, show
        self._step.setText(f"Opening “{_name(name_or_path)}”…")
        self.progress.show_progress(0, 0)
        self.pages.setCurrentIndex(1)
        self._show_buttons(self.close_button)
        self._active_model.choose(name_or_path)

    @Slot()
    def _model_ready(self) -> None:
        """The chosen model is ready, or another one because it could not be opened."""
        loading, self._loading = self._loading, None
        entry = self._active_model.entry
        if loading is None or entry is None:
            return
        name_or_path, show = loading
        if name_or_path in (entry.path.stem, str(entry.path)):
            show()
        else:
            self._show_failed(f"“{_name(name_or_path)}” could not be opened. “{entry.path.stem}” is still used.")

    @Slot(object)
    def _model_failed(self, error: FashionLensError) -> None:
        if self._loading is not None:
            self._loading = None
            self._show_failed(sentence(error))

    def _show_failed(self, reason: str) -> None:
        self._show_text("That did not work", reason)
        self._show_buttons(self.close_button)

    def _label_back_button(self) -> None:
        self.back_button.setText(f"Go back to “{_name(self._previous)}”")

    @Slot()
    def keep_old(self) -> None:
        """Close; the new model is dropped."""
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
        self._step.setText("")
        self.progress.show_progress(0, 0)
        self.pages.setCurrentIndex(1)
        self._show_buttons(self.close_button)
        self._slot.start(function, lambda result: None if self._closed else show(result))

    def _progressed(self, events: tuple[ProgressEvent, ...]) -> None:
        newest = events[-1]
        self.progress.show_progress(newest.done, newest.total)
        count = f": {newest.done:,} of {newest.total:,}" if newest.total else "…"
        self._step.setText(f"{progress_text(newest)}{count}")

    def _failed(self, error: FashionLensError) -> None:
        if self._improvement is not None and self.result_page is not None:  # saving failed: the result is still there
            message_box.error(self, error)
            self.pages.setCurrentWidget(self.result_page)
            self._show_choice(self._improvement)
            return
        self.close_button.setText("Close")
        self._show_text("That did not work", sentence(error))
        self._show_buttons(self.close_button)

    @property
    def busy(self) -> bool:
        return self._slot.busy

    def done(self, result: int) -> None:
        self.shutdown()
        super().done(result)

    def shutdown(self) -> None:
        self._closed = True
        self._slot.shutdown(30_000)
        if self.result_page is not None:
            self.result_page.stop_loading()


def _name(name_or_path: str) -> str:
    return Path(name_or_path).name.removesuffix(SUFFIX)
