"""The Results tab: choose a model and a test set, evaluate, inspect."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cachetools import LRUCache
from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages import sentence
from fashionlens_gui.past_evaluations import PastEvaluation, identity, with_newest
from fashionlens_gui.window.results.evaluation_bar import EvaluationBar
from fashionlens_gui.window.results.evaluations import (
    EvaluationSpec,
    compare,
    decisions_of,
    run_evaluation,
)
from fashionlens_gui.window.results.export import ExportFormat, save
from fashionlens_gui.window.results.placeholder import Placeholder
from fashionlens_gui.window.shell import layouts, message_box
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.data.data_paths import FASHION_MNIST
from trainer.data.decisions import Decisions
from trainer.data_quality.decisions_file import write_decisions
from trainer.errors import FashionLensError
from trainer.model_files.library import ModelEntry, read_entry

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.results.results_view import ResultsView
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from trainer.control import ProgressEvent, WorkControl
    from trainer.evaluation.comparison import Comparison
    from trainer.evaluation.evaluation import Evaluation

_KEPT = 8  # evaluations


class ResultsPanel(QWidget):
    """Composes the bar, the placeholder and the results, and runs evaluations in a thread."""

    def __init__(self, active_model: ActiveModel, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._active_model = active_model
        self._settings = settings
        self._cache: LRUCache[EvaluationSpec, Evaluation] = LRUCache(_KEPT)
        self._last = settings.evaluations[0] if settings.evaluations else None  # of the last start, offered again
        self._opened: dict[Path, ModelEntry] = {}  # models that are shown but not listed: new ones, and other folders'
        self._model_was_chosen = False
        self._evaluator = WorkerSlot["ProgressEvent", "Evaluation"](
            "the evaluation",
            self,
            on_events=self._progressed,
            on_result=self._keep,
            on_error=self._failed,
            on_end=self._evaluation_ended,
        )
        self._opener = WorkerSlot[None, ModelEntry](
            "opening a model",
            self,
            mode="latest",
            on_result=self._show_opened,
            on_error=partial(message_box.error, self),
        )
        self.saver = WorkerSlot[None, Path | None](
            "saving the results",
            self,
            mode="queued",
            on_result=lambda file: self.bar.show_message(f"Saved as {file.name}" if file is not None else ""),
            on_error=partial(message_box.error, self),
        )
        self._comparer = WorkerSlot[None, "Comparison"](
            "the comparison", self, on_result=self._compared_both, on_error=partial(message_box.error, self)
        )
        self._spec: EvaluationSpec | None = None
        self._compared: tuple[Evaluation, ModelEntry] | None = None  # to be compared when the second is evaluated
        self._next: Path | None = None
        self.view: ResultsView | None = None
        self._making = self._make_view()
        self.bar = EvaluationBar(settings.last_folder, settings.evaluations)
        self.placeholder = Placeholder()
        self._pages = layouts.pages(self.placeholder)
        layouts.column(self.bar, (self._pages, 1), parent=self, margins=(2, 1, 2, 1))
        self.bar.changed.connect(self._choice_changed)
        self.bar.evaluate.clicked.connect(self.evaluate)
        self.bar.cancel.clicked.connect(self.cancel)
        self.bar.save_asked.connect(self._save)
        self.bar.compare_asked.connect(self.compare_with)
        self.placeholder.button.clicked.connect(self._placeholder_clicked)
        active_model.library_changed.connect(self._library_changed)
        active_model.ready.connect(self._list_models)
        active_model.loading.connect(self._list_models)
        self._list_models()

    def showEvent(self, event: QShowEvent) -> None:
        """Look for models and held-out photos that came or went."""
        super().showEvent(event)
        self._active_model.refresh()

    def show_model(self, path: Path) -> None:
        """Choose the model at ``path`` and evaluate it, unless that was done before."""
        self._opener.start(lambda _control: read_entry(path))

    def _show_opened(self, entry: ModelEntry) -> None:
        if self._evaluator.busy:
            self._next = entry.path
            self._evaluator.stop()
            return
        self._model_was_chosen = True
        self._opened[entry.path] = entry
        self._fill(entry.path)
        self.bar.choose_holdout()
        self._show_choice()
        if self._shown() is None and not self._needs_folder():
            self.evaluate()

    def close_question(self) -> str | None:
        """Nothing is lost by closing: an evaluation can be made again at any time."""
        return None

    def shutdown(self) -> None:
        """Stop evaluating and let files that are being saved be finished."""
        self._next = None
        self._opener.shutdown()
        self.saver.wait()
        self._evaluator.shutdown()
        self._comparer.shutdown()
        if self.view is not None:
            self.view.stop_loading()

    @Slot()
    def evaluate(self) -> None:
        """Evaluate the chosen model on the chosen test set, anew."""
        entry = self.bar.model
        if entry is None or self._evaluator.busy:
            return
        self._start(EvaluationSpec.of(entry, self.bar.source))
        self.placeholder.show_progress(entry.path.stem, "Opening the model", 0, 0)
        if self.view is None or self._pages.currentWidget() is not self.view:
            self._pages.setCurrentWidget(self.placeholder)

    def _start(self, spec: EvaluationSpec) -> None:
        focused = self.window().focusWidget()
        self._spec = spec
        self.bar.show_busy()
        if focused is not None and self.isAncestorOf(focused):
            self.bar.cancel.setFocus()  # otherwise Qt moves it from the button that is hidden to the tabs
        self._evaluator.start(partial(run_evaluation, spec, self._settings.data_folder))

    @Slot(object)
    def compare_with(self, entry: ModelEntry) -> None:
        """Compare the model that is shown with another one on the same photos, evaluating that if necessary."""
        shown = self._shown()
        if shown is None or self._evaluator.busy:
            return
        self._compared = (shown, entry)
        spec = EvaluationSpec.of(entry, self.bar.source)
        if self._cache.get(spec) is not None:
            self._show_comparison()
        else:
            self._start(spec)

    def _show_comparison(self) -> None:
        if self._compared is None:
            return
        (first, entry), self._compared = self._compared, None
        second = self._cache.get(EvaluationSpec.of(entry, self.bar.source))
        if second is not None:
            self._comparer.start(partial(compare, first, second))

    def _compared_both(self, comparison: Comparison) -> None:
        from fashionlens_gui.window.comparison.dialog import ComparisonDialog

        ComparisonDialog(comparison, self.bar.sources.currentText(), self).open()

    @Slot()
    def cancel(self) -> None:
        """Stop the evaluation; what was shown before comes back."""
        self._evaluator.stop()

    @Slot()
    def _library_changed(self) -> None:
        folders = self._active_model.library.folders
        self._opened = {path: entry for path, entry in self._opened.items() if path.parent not in folders}
        self._list_models()

    @Slot()
    def _list_models(self, *_: Any) -> None:
        """The library or the active model changed: keep the user's choice, else follow the active model."""
        if self._evaluator.busy:
            return  # listed again when it has ended
        chosen = self.bar.model
        active = self._active_model.entry
        follow = chosen is None or not self._model_was_chosen
        wanted = active.path if follow and active is not None else chosen.path if chosen is not None else None
        if not self._model_was_chosen and self._last is not None:
            entries = self._active_model.entries
            wanted = next((each.path for each in entries if identity(each) == self._last.model), wanted)
        self._fill(wanted)
        self._show_choice()

    def _fill(self, wanted: Path | None) -> None:
        entries = {entry.path: entry for entry in self._active_model.entries}
        self.bar.show_models(list((entries | self._opened).values()), wanted)

    @Slot()
    def _choice_changed(self) -> None:
        self._model_was_chosen = True
        if self.bar.folder != self._settings.last_folder:
            self._settings.last_folder = self.bar.folder
            self._settings.save_or_log()
        self._show_choice()

    def _shown(self) -> Evaluation | None:
        entry = self.bar.model
        return None if entry is None else self._cache.get(EvaluationSpec.of(entry, self.bar.source))

    def _needs_folder(self) -> bool:
        """Fashion-MNIST is no test for a model of other photos."""
        entry = self.bar.model
        unfit = entry is not None and entry.metadata.input.preparation != "fashion-mnist"
        return unfit and self.bar.source == FASHION_MNIST

    def _show_choice(self) -> None:
        """Show the evaluation of what is chosen, or offer to make it."""
        evaluation = self._shown()
        if evaluation is not None:
            self._show(evaluation)
            return
        self.bar.show_idle(evaluated=False)
        entry = self.bar.model
        if self._needs_folder() and entry is not None:
            self.placeholder.ask_for_folder(entry.path.stem)
        else:
            self.placeholder.offer_evaluation(entry.path.stem if entry is not None else "", self._past())
        self._pages.setCurrentWidget(self.placeholder)

    def _show(self, evaluation: Evaluation) -> None:
        for _ in self._making:
            pass
        assert self.view is not None
        self.view.can_decide = decisions_of(self.bar.source) is not None
        if self.view.undecided is not evaluation:
            self.view.show_evaluation(evaluation)
        self._pages.setCurrentWidget(self.view)
        self.bar.show_idle(evaluated=True)

    def _make_view(self) -> Iterator[None]:
        """Makes the view in steps, so that none is long; importing it waits until a worker has done so."""
        from fashionlens_gui.window.confusion_matrix.heatmap import ConfusionHeatmap
        from fashionlens_gui.window.results.results_view import ResultsView

        heatmap = ConfusionHeatmap()
        yield
        view = ResultsView(heatmap)
        yield
        self._pages.addWidget(view)
        view.decided.connect(self._save_decisions)
        view.redecided.connect(self._keep_shown)
        self.view = view

    @Slot()
    def _placeholder_clicked(self) -> None:
        if self._needs_folder():
            self.bar.ask_for_folder()
        else:
            self.evaluate()

    def _progressed(self, events: tuple[ProgressEvent, ...]) -> None:
        next(self._making, None)  # a running evaluation has imported pyqtgraph
        loading = events[-1]
        self.bar.show_progress(loading)
        if self._spec is not None:
            name = self._spec.model.stem
            self.placeholder.show_progress(name, self.bar.message.text(), loading.done, loading.total)

    def _past(self) -> PastEvaluation | None:
        """The figures of what is chosen from an earlier start."""
        entry, source = self.bar.model, self.bar.source
        past = (each for each in self._settings.evaluations if entry is not None and each.model == identity(entry))
        return next((each for each in past if each.source == source), None)

    @Slot(object)
    def _save_decisions(self, decisions: Decisions) -> None:
        if (file := decisions_of(self.bar.source)) is not None:
            self.saver.start(partial(_write_decisions, file, decisions))

    @Slot(object)
    def _keep_shown(self, evaluation: Evaluation) -> None:
        """What is shown has other decisions now."""
        if (entry := self.bar.model) is not None:
            self._spec = EvaluationSpec.of(entry, self.bar.source)
            self._keep(evaluation)
            self._spec = None

    def _keep(self, evaluation: Evaluation) -> None:
        if self._spec is None:
            return
        self._cache[self._spec] = evaluation
        entries, decided = (*self._active_model.entries, *self._opened.values()), evaluation.as_decided()
        entry = next((each for each in entries if each.path == self._spec.model), None)
        if entry is not None and decided.n:
            right = int(np.diag(decided.confusion_KK).sum())
            new = PastEvaluation(identity(entry), self._spec.source, right, decided.n)
            self._settings.evaluations = with_newest(self._settings.evaluations, new)
            self._settings.save_or_log()

    def _failed(self, error: FashionLensError) -> None:
        self._spec = None
        if self._compared is not None:  # what is shown stays
            self._compared = None
            message_box.error(self, error)
            return
        self.placeholder.show_error(sentence(error))
        self._pages.setCurrentWidget(self.placeholder)

    def _evaluation_ended(self) -> None:
        failed, self._spec = self._spec is None, None
        had_focus = self.window().focusWidget() is self.bar.cancel
        if self._next is not None:
            path, self._next = self._next, None
            self.show_model(path)
        elif failed and self._shown() is None:
            self.bar.show_idle(evaluated=False)
        else:
            self._list_models()
            self._show_comparison()
        if had_focus and not self._evaluator.busy:
            view = self.view if self._pages.currentWidget() is self.view else None
            (view.heatmap if view is not None else self.placeholder.button).setFocus()

    @Slot(object)
    def _save(self, product: ExportFormat) -> None:
        if self.view is None or self.view.evaluation is None:
            return
        evaluation = self.view.evaluation
        start = Path(paths.reachable_folder(self._settings.last_folder) or Path.home()) / product.suggested_name(
            evaluation
        )
        name, _ = QFileDialog.getSaveFileName(self, "Save", str(start), product.file_filter)
        if name:
            target = Path(name)
            self.save_to(product, target if target.suffix else target.with_suffix(product.suffix))

    def save_to(self, product: ExportFormat, target: Path) -> None:
        """Save what is shown, in a thread; errors become messages."""
        assert self.view is not None and self.view.evaluation is not None
        picture = self.view.picture() if product is ExportFormat.PICTURE else None
        self.saver.start(partial(save, product, self.view.evaluation, picture, target))


def _write_decisions(file: Path, decisions: Decisions, _control: WorkControl) -> None:
    write_decisions(file, decisions)
