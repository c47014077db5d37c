"""The form of the Train tab: photos, model and training settings."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QWidget,
)

from fashionlens_gui import messages
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.train.form.data_choice import DataChoice
from fashionlens_gui.window.train.form.fields import Field, LearningRateBox, number_box
from fashionlens_gui.window.train.form.more_settings import MoreSettings
from fashionlens_gui.window.train.form.starting_point import StartingPoint, StartingPointChoice
from fashionlens_gui.window.train.training_worker import NewRun
from trainer.data.data_paths import FASHION_MNIST
from trainer.model_files import names
from trainer.model_files.library import ModelEntry
from trainer.recipe import Recipe

if TYPE_CHECKING:
    from trainer.training.runs.job import TrainingJob

_LONGEST_NAME = 80
_LONGEST_STEM = 40  # of a suggested name


class TrainForm(QScrollArea):
    """The settings of a run, with sensible defaults."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._taken: Collection[str] = ()
        self.data = DataChoice(settings)
        self.starting_point = StartingPointChoice()
        self.name = QLineEdit()
        self.name.setMaxLength(_LONGEST_NAME)
        self._name_is_suggested = True
        self.epochs = number_box(1, 1000)
        self.batch_size = number_box(1, 4096)
        self.learning_rate = LearningRateBox()
        self.find_rate_button = theme.quiet_button("Find a good rate")
        self.find_rate_button.setToolTip("Try learning rates on a copy of the network. Takes about a minute.")
        self.seed = number_box(0, 2**31 - 1)
        self.seed.setGroupSeparatorShown(False)
        self.more = MoreSettings()
        self._lay_out()
        self.data.changed.connect(self._show_source)
        self.data.counted.connect(self._show_suggested_mode)
        self.starting_point.changed.connect(self._take_defaults)
        self.name.textEdited.connect(self._name_edited)
        # Scroll to the expanded settings once the layout is done.
        self.more.unfolded.connect(lambda: QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(self.more)))
        self._take_defaults()
        self._show_source()
        self.seed.setValue(self.starting_point.recipe.seed)

    def new_run(self) -> NewRun:
        """What was chosen; valid only while :meth:`problem` returns nothing."""
        recipe, what = self.starting_point.recipe, self.starting_point.chosen
        if recipe.fit is not None:
            recipe = replace(
                recipe.fit,
                epochs=self.epochs.value(),
                batch_size=self.batch_size.value(),
                learning_rate=self.learning_rate.value(),
            )
        recipe = self.more.applied_to(replace(recipe, seed=self.seed.value()))
        return NewRun(self.name.text().strip(), self.data.source, recipe, what.start, what.pretrained)

    def problem(self) -> str:
        """What is missing or invalid, in a sentence, or empty."""
        name = self.name.text().strip()
        if not name:
            return "Give the model a name, so that you can find it again."
        error = names.name_error(name)
        return messages.sentence(error) if error else self.data.problem()

    def show_job(self, job: TrainingJob) -> None:
        self.data.set_source(job.source)
        self.starting_point.mode_is_chosen = True
        begun = StartingPoint("" if job.start or job.pretrained else job.recipe.network, job.start, job.pretrained)
        self.starting_point.show_job(begun, job.recipe)
        self._show_recipe(job.recipe)
        self.seed.setValue(job.recipe.seed)
        self.more.show_recipe(job.recipe)
        self._name_is_suggested = False
        self.name.setText(job.name)
        self.name.setCursorPosition(0)

    def show_models(self, models: Sequence[ModelEntry]) -> None:
        """Offer these models as starting points and avoid their names."""
        self._taken = {model.path.stem.casefold() for model in models}
        self.starting_point.show_models(models)
        self._suggest_name()

    def set_locked(self, locked: bool) -> None:
        for kind in (QAbstractSpinBox, QComboBox, QLineEdit, QRadioButton):
            for control in self.findChildren(kind):
                control.setDisabled(locked)
        self.data.choose_files_place_button.setDisabled(locked)
        self.data.choose_photos_button.setDisabled(locked)
        self.data.choose_list_button.setDisabled(locked)
        self.data.set_check_locked(locked)
        self.find_rate_button.setDisabled(locked)
        self.more.set_locked(locked)

    def lower_learning_rate(self) -> None:
        """Divide it by ten, which usually helps after a divergence."""
        self.learning_rate.setValue(self.learning_rate.value() / 10)

    def suggest_new_name(self) -> None:
        self._name_is_suggested = True
        self._suggest_name()

    @Slot()
    def _take_defaults(self) -> None:
        self._show_recipe(self.starting_point.recipe)
        for field in self._epoch_fields:
            field.setVisible(self.starting_point.has_epochs)
        self.more.show_kind(self.data.source != FASHION_MNIST, self.starting_point.has_epochs)
        self._suggest_name()

    @Slot()
    def _show_source(self) -> None:
        self.starting_point.show_source(self.data.source != FASHION_MNIST, self.data.suggested_mode)
        self.more.show_kind(self.data.source != FASHION_MNIST, self.starting_point.has_epochs)
        self._suggest_name()

    @Slot()
    def _show_suggested_mode(self) -> None:
        if self.data.source != FASHION_MNIST:
            self.starting_point.suggest_mode(self.data.suggested_mode)

    def _show_recipe(self, recipe: Recipe) -> None:
        fit = recipe.fit
        if fit is not None:
            self.epochs.setValue(fit.epochs)
            self.batch_size.setValue(fit.batch_size)
            self.learning_rate.setValue(fit.learning_rate)

    @Slot()
    def _name_edited(self) -> None:
        self._name_is_suggested = not self.name.text().strip()
        self.changed.emit()

    @Slot()
    def _suggest_name(self) -> None:
        if self._name_is_suggested:
            source = self.data.source
            photos = (
                "fashion-mnist"
                if source == FASHION_MNIST
                else _file_name(Path(source).stem if source.casefold().endswith(".csv") else Path(source).name)
            )
            stem = f"my-{photos}-{self.starting_point.short_name}"
            name, number = stem, 2
            while name.casefold() in self._taken:
                name, number = f"{stem}-{number}", number + 1
            self.name.setText(name)
            self.name.setCursorPosition(0)  # show the start of a long name
        self.changed.emit()

    def _lay_out(self) -> None:
        name = Field("&Name", self.name, "", "Name of the model and of its file.", wide=True)
        content = QWidget()
        *in_epochs, seed = self._number_fields()
        self._epoch_fields = (*in_epochs, self.find_rate_button)
        layout = layouts.column(
            theme.heading("Training photos"),
            self.data,
            1,
            theme.heading("Model"),
            name,
            self.starting_point,
            1,
            theme.heading("Training"),
            *in_epochs,
            seed,
            self.more,
            parent=content,
            margins=(0, 0, 2, 0),
        )
        below_rate = layout.indexOf(in_epochs[-1]) + 1
        layout.insertWidget(below_rate, self.find_rate_button, 0, Qt.AlignmentFlag.AlignRight)
        layout.addStretch()
        self._order_tabs()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _order_tabs(self) -> None:
        """In visual order; the button was inserted last."""
        for before, after in ((self.learning_rate, self.find_rate_button), (self.find_rate_button, self.seed)):
            QWidget.setTabOrder(before, after)

    def _number_fields(self) -> tuple[Field, ...]:
        return (
            Field(
                "&Epochs",
                self.epochs,
                "Passes over all photos.",
                "One epoch is one pass over all photos. Each further epoch takes as long and helps less.",
            ),
            Field(
                "&Batch size",
                self.batch_size,
                "Photos per step.",
                "How many photos are used for each update of the weights. 128 is a good choice; use 16 or 32 for a few "
                "hundred photos.",
            ),
            Field(
                "&Learning rate",
                self.learning_rate,
                "Size of each update.",
                "If it is too large, the loss jumps or training fails; if it is too small, training takes very long. "
                "If in doubt, keep it or try a third of it.",
            ),
            Field(
                "&Seed",
                self.seed,
                "Same number, same result.",
                "Training uses random numbers, for example for the order of the photos. The same seed on the same "
                "computer gives exactly the same model. Any number will do.",
            ),
        )


def _file_name(text: str) -> str:
    """``text`` as a short name of letters, digits and hyphens, where possible of whole words."""
    name = re.sub(r"[^\w]+", "-", text.casefold()).strip("-_")
    if len(name) > _LONGEST_STEM:
        short = name[: _LONGEST_STEM + 1]
        name = short.rpartition("-")[0] or short[:-1]
    return name or "photos"
