"""Notices above the charts: what failed, what is finished, what can be resumed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton

from fashionlens_gui import messages
from fashionlens_gui.messages.runs import holdout_sentence, unreadable_photos
from fashionlens_gui.messages.training import rollback_sentence
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ElidedLabel, IconLabel
from trainer import number_format
from trainer.errors import FashionLensError, TrainingDiverged
from trainer.number_format import percent, wilson_interval
from trainer.training.fit.events import Ended, Rollback
from trainer.training.runs.holdout import ACCURACY, PHOTOS

if TYPE_CHECKING:
    from trainer.training.runs.run import ModelSaved

_USE = "Use this model for tagging"


class RunNotice(QFrame):
    """An icon, a heading, text and buttons.

    Args:
        icon: Name of an icon.
        tone: ``error``, ``ok`` or nothing.
        heading: May contain a name of any length.
        text: What happened and what to do; plain text.
        buttons: The most important first.
        closable: Adds a button Close.
    """

    dismissed = Signal()

    def __init__(
        self, icon: str, tone: str, heading: str, text: str, buttons: Sequence[QPushButton], closable: bool = False
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        picture = IconLabel(3 * theme.SPACE, icon, tone or "accent")
        self.heading = theme.heading(heading, wraps=True)
        self.heading.setMinimumWidth(1)  # names and paths of any length must not widen the window
        if tone:
            self.heading.setProperty("tone", tone)
        self.text = theme.muted(text)
        self.text.setMinimumWidth(1)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = layouts.row(*buttons, margins=(0, 0.5, 0, 0))
        if closable:
            close = theme.quiet_button("Close")
            close.clicked.connect(self.dismissed)
            row.addWidget(close)
        row.addStretch()
        self.text_layout = layouts.column(self.heading, self.text, row, spacing=0.5)
        top = Qt.AlignmentFlag.AlignTop
        layouts.row((picture, top), (self.text_layout, 1), parent=self, spacing=2, margins=2)


class FailedNotice(RunNotice):
    """Training ended with an error; shown until dismissed or until the next start."""

    lower_rate = Signal()
    """Divide the learning rate of the form by ten."""

    def __init__(self, error: FashionLensError) -> None:
        lower = theme.primary_button("Use a tenth of the learning rate")
        buttons = [lower] if isinstance(error, TrainingDiverged) else []
        super().__init__("error", "error", "Training has stopped", messages.sentence(error), buttons, closable=True)
        lower.clicked.connect(self.lower_rate)
        lower.clicked.connect(self.dismissed)


class RollbackNotice(RunNotice):
    """Training was rolled back and continues with a lower learning rate; nothing has to be done."""

    def __init__(self, event: Rollback) -> None:
        super().__init__("warning", "", "Training was set back", rollback_sentence(event), [], closable=True)


class TrainedNotice(RunNotice):
    """A model is saved.

    Args:
        saved: What and where.
        ended: Why training ended; None when unknown.
        epochs: Planned number of epochs.
    """

    def __init__(self, saved: ModelSaved, ended: Ended | None, epochs: int) -> None:
        self.use = theme.primary_button(_USE, "tag")
        self.evaluate = theme.quiet_button("Test it in Results", "results")
        sentences, buttons = trained_sentences(saved, ended, epochs), [self.use, self.evaluate]
        super().__init__("check", "ok", f"“{saved.path.stem}” is trained", sentences, buttons)
        self.file = ElidedLabel("text_muted", Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideMiddle)
        self.file.setText(f"Saved as {saved.path}")
        self.file.setToolTip(str(saved.path))
        self.text_layout.insertWidget(2, self.file)

    def show_use(self, state: str) -> None:
        """Show whether the model is the active one.

        Args:
            state: Of the active model if it is this one: "loading", "ready" or "failed"; else empty.
        """
        words = {"loading": "Getting ready…", "ready": "In use for tagging"}
        self.use.setText(words.get(state, _USE))
        self.use.setEnabled(state not in words)


def trained_sentences(saved: ModelSaved, ended: Ended | None, epochs: int) -> str:
    """How good the model is, which weights are kept, and how long the training took."""
    figures, done = saved.metadata.figures, len(saved.metadata.history)
    accuracy = percent(figures["validation_accuracy"])
    words = []
    if figures.get(PHOTOS):
        photos = int(figures[PHOTOS])
        low, high = wilson_interval(round(figures[ACCURACY] * photos), photos)
        words.append(holdout_sentence(figures))
        words.append(f"On new photos like these, expect {percent(low, 0)} to {percent(high, 0)} correct.")
    if not done:
        words.append(f"Cross-validation on the other photos: {accuracy} correct, which is a rough guide only.")
    else:
        best = int(figures.get("best_epoch", done))
        words.append(f"The weights after epoch {best} of {done} are kept, the best on the validation photos.")
        drawn = saved.metadata.history[best - 1].validation_accuracy
        mirrored = saved.metadata.tta_hflip and percent(drawn) != accuracy
        words.append(f"Correct there: {accuracy}{', with each photo also seen mirrored' if mirrored else ''}.")
        if ended is not None and ended.reason == "early" and done < epochs:
            words.append(f"Training stopped early, after {done} of {epochs} epochs, because it no longer improved.")
        seconds = sum(epoch.seconds for epoch in saved.metadata.history)
        took = number_format.duration(seconds).replace(" ", "\u00a0")
        words.append(f"Training took {took}.")
    if saved.unreadable:
        words.append(unreadable_photos(saved))
    return " ".join(words)
