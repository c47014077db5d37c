"""Chooses the model and the test set; shows progress and the menu of exports."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.past_evaluations import HOLDOUT, PastEvaluation
from fashionlens_gui.window.results.evaluations import holdout_size
from fashionlens_gui.window.results.export import ExportFormat
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ButtonMenu, ChoiceBox, ElidedLabel, ThinProgressBar
from trainer.control import ProgressEvent
from trainer.data.data_paths import FASHION_MNIST
from trainer.model_files.library import ModelEntry

_CHOOSE = "choose"
_FASHION_MNIST_WORDS, _CHOOSE_WORDS = "Fashion-MNIST test photos", "Choose a folder…"
_MOST_OFFERED = 10
_TOOL_TIP = Qt.ItemDataRole.ToolTipRole


class EvaluationBar(QWidget):
    """A row of controls above the results."""

    changed = Signal()
    """Another model or test set was chosen."""
    save_asked = Signal(object)
    """A :class:`ExportFormat`."""
    compare_asked = Signal(object)
    """The :class:`ModelEntry` to compare the shown one with."""

    def __init__(
        self, folder_to_start: str = "", past: Sequence[PastEvaluation] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._folder_to_start = folder_to_start
        self._source_before = FASHION_MNIST
        self._offered_for: tuple[Path, str] | None = None
        self._build()
        for folder in dict.fromkeys(each.source for each in past if each.source not in (HOLDOUT, FASHION_MNIST)):
            if self.sources.count() < _MOST_OFFERED:
                self._offer_folder(folder)
        if past and self.sources.findData(past[0].source) >= 0:
            self._source_before = past[0].source
        self.models.currentIndexChanged.connect(self._model_chosen)
        self.sources.currentIndexChanged.connect(self._source_chosen)
        self.show_idle(evaluated=False)

    @property
    def model(self) -> ModelEntry | None:
        entry = self.models.currentData()
        return entry if isinstance(entry, ModelEntry) else None

    @property
    def source(self) -> str:
        """The chosen test set: :data:`FASHION_MNIST`, :data:`HOLDOUT` or a folder."""
        return self._source_before

    @property
    def folder(self) -> str:
        """The last folder that was chosen, or empty."""
        return self._folder_to_start

    def show_models(self, entries: Sequence[ModelEntry], chosen: Path | None) -> None:
        """Offer these models and choose one of them, without a signal."""
        with QSignalBlocker(self.models):
            self.models.clear()
            for entry in entries:
                self.models.addItem(entry.path.stem, entry)
                self.models.setItemData(self.models.count() - 1, str(entry.path), _TOOL_TIP)
            paths = [entry.path for entry in entries]
            self.models.setCurrentIndex(paths.index(chosen) if chosen in paths else (0 if paths else -1))
        self.models.setEnabled(bool(entries))
        self._offer_holdout()

    def choose_holdout(self) -> None:
        """Choose the photos held out of the model's training, if there are any, without a signal."""
        if self.sources.findData(HOLDOUT) >= 0:
            self._source_before = HOLDOUT
            with QSignalBlocker(self.sources):
                self.sources.setCurrentIndex(self.sources.findData(HOLDOUT))

    def choose_folder(self, folder: str) -> None:
        self._offer_folder(folder)
        self._folder_to_start = folder
        self.sources.setCurrentIndex(self.sources.findData(folder))
        self._source_chosen()

    def _offer_folder(self, folder: str) -> None:
        place = self.sources.count() - 1
        if self.sources.findData(folder) < 0:
            with QSignalBlocker(self.sources):
                self.sources.insertItem(place, f"Folder “{Path(folder).name}”", folder)
            self.sources.setItemData(place, folder, _TOOL_TIP)

    def ask_for_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, "Folder with one folder per category", paths.reachable_folder(self._folder_to_start)
        )
        if folder:
            self.choose_folder(folder)

    def show_message(self, text: str) -> None:
        self.message.setText(text)
        self.message.show()

    def show_progress(self, loading: ProgressEvent) -> None:
        self.progress.show_progress(loading.done, loading.total)
        known = f" {loading.done:,} of {loading.total:,}" if loading.total else ""
        self.message.setText(f"{progress_text(loading)}{known}")

    def show_busy(self) -> None:
        """While evaluating, only Cancel is enabled."""
        self.progress.show_progress(0, 0)
        self.message.setText("Opening the model")
        self._switch(busy=True, evaluated=False)

    def show_idle(self, *, evaluated: bool) -> None:
        """Not evaluating; ``evaluated`` when there are results to save."""
        self._switch(busy=False, evaluated=evaluated)

    def _switch(self, *, busy: bool, evaluated: bool) -> None:
        for widget in (self.progress, self.cancel, self.message):
            widget.setVisible(busy)
        for widget in (self.evaluate, self.save):
            widget.setVisible(evaluated)
        self.compare.setVisible(evaluated and self.models.count() > 1 and self.source != HOLDOUT)
        self.models.setEnabled(not busy and self.models.count() > 0)
        self.sources.setEnabled(not busy)

    def _build(self) -> None:
        self.models = ChoiceBox()
        self.models.setAccessibleName("Model")
        self.sources = ChoiceBox()
        self.sources.setAccessibleName("Test photos")
        for box in (self.models, self.sources):
            box.setMinimumContentsLength(22)
        self.sources.addItem(_FASHION_MNIST_WORDS, FASHION_MNIST)
        self.sources.addItem(_CHOOSE_WORDS, _CHOOSE)
        self.sources.setPlaceholderText(_CHOOSE_WORDS)
        self.sources.setToolTip(
            "Photos whose category is known: photos held out of the training, Fashion-MNIST, or a folder with one "
            "folder per category."
        )
        self.evaluate = theme.quiet_button("Evaluate again", "play")
        self.compare = theme.quiet_button("Compare")
        self.compare.setToolTip("Compare with another model on the same photos.")
        others = ButtonMenu(self.compare)
        others.aboutToShow.connect(partial(self._offer_others, others))
        self.compare.setMenu(others)
        self.save = theme.quiet_button("Save", "save")
        menu = ButtonMenu(self.save)
        for product in ExportFormat:
            menu.addAction(product.menu_text, partial(self.save_asked.emit, product))
        self.save.setMenu(menu)
        self.message = ElidedLabel("text_muted", Qt.AlignmentFlag.AlignRight)
        self.progress = ThinProgressBar()
        self.progress.setFixedWidth(20 * theme.SPACE)
        self.cancel = theme.quiet_button("Cancel", "close")
        layout = layouts.row(parent=self)
        for label, box in (("Model", self.models), ("Test photos", self.sources)):
            name = QLabel(label)
            name.setBuddy(box)
            layout.addWidget(name)
            layout.addWidget(box)
            layout.addSpacing(theme.SPACE)
        layout.addStretch()
        layout.addWidget(self.message, 1)
        for widget in (self.progress, self.cancel, self.evaluate, self.compare, self.save):
            layout.addWidget(widget)

    def _offer_others(self, menu: ButtonMenu) -> None:
        menu.clear()
        for place in range(self.models.count()):
            if place != self.models.currentIndex():
                entry = self.models.itemData(place)
                menu.addAction(entry.path.stem.replace("&", "&&"), partial(self.compare_asked.emit, entry))

    @Slot()
    def _model_chosen(self) -> None:
        self._offer_holdout()
        self.changed.emit()

    def _offer_holdout(self) -> None:
        """Each model has its own held-out photos, or none."""
        entry = self.model
        count = holdout_size(entry) if entry is not None else 0
        with QSignalBlocker(self.sources):
            place = self.sources.findData(HOLDOUT)
            if place >= 0:
                self.sources.removeItem(place)
            if count:
                self.sources.insertItem(0, f"Held-out photos ({count:,})", HOLDOUT)
                self.sources.setItemData(0, "This model was not trained on them.", _TOOL_TIP)
            elif self._source_before == HOLDOUT:
                self._source_before = FASHION_MNIST
            self._offer_fashion_mnist(entry is None or entry.metadata.input.preparation == FASHION_MNIST)
            self.sources.setCurrentIndex(self.sources.findData(self._source_before))
        offered_for = (entry.path, entry.metadata.created) if entry is not None else None
        if offered_for != self._offered_for and self._source_before == FASHION_MNIST:
            self.choose_holdout()
        self._offered_for = offered_for

    def _offer_fashion_mnist(self, fits: bool) -> None:
        """Only models of grey 28×28 images can be tested on it; for others a folder has to be chosen."""
        place = self.sources.findData(FASHION_MNIST)
        if fits and place < 0:
            self.sources.insertItem(self.sources.findData(HOLDOUT) + 1, _FASHION_MNIST_WORDS, FASHION_MNIST)
        elif not fits and place >= 0:
            self.sources.removeItem(place)

    @Slot()
    def _source_chosen(self) -> None:
        source = self.sources.currentData()
        if source == _CHOOSE:
            with QSignalBlocker(self.sources):
                self.sources.setCurrentIndex(self.sources.findData(self._source_before))
            self.ask_for_folder()
            return
        if source != self._source_before:
            self._source_before = source
            self.changed.emit()
