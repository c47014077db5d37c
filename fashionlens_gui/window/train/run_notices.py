"""How a training ended, and what can be done now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from fashionlens_gui import messages
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.train import wording
from fashionlens_gui.window.train.notices import Notice
from trainer.errors import FashionLensError, TrainingDiverged
from trainer.number_format import percent, wilson_interval
from trainer.training.fit.events import Ended, SetBack
from trainer.training.runs.holdout import ACCURACY, PHOTOS

if TYPE_CHECKING:
    from trainer.training.runs.run import ModelSaved

_USE = "Use this model for tagging"


class Trouble(Notice):
    """Training ended by an error; it stays until dismissed or until the next start."""

    dismissed = Signal()
    lower_rate = Signal()
    """The user takes the advice to train with a tenth of the learning rate."""

    def __init__(self, error: FashionLensError) -> None:
        lower = theme.primary_button("Set a tenth of the learning rate")
        close = theme.quiet_button("Close")
        buttons = [lower, close] if isinstance(error, TrainingDiverged) else [close]
        super().__init__("error", "error", "Training has stopped", messages.sentence(error), buttons)
        lower.clicked.connect(self.lower_rate)
        lower.clicked.connect(self.dismissed)
        close.clicked.connect(self.dismissed)


class FellBack(Notice):
    """Training went out of hand and goes on by itself, more slowly; nothing has to be done."""

    dismissed = Signal()

    def __init__(self, event: SetBack) -> None:
        close = theme.quiet_button("Close")
        super().__init__("warning", "", "Training was put back a little", event.words(), [close])
        close.clicked.connect(self.dismissed)


class Trained(Notice):
    """A model is saved.

    Args:
        saved: What and where.
        ended: Why training was over; None when that is not known.
        epochs: How many there were to be.
    """

    use = Signal()
    judge = Signal()

    def __init__(self, saved: ModelSaved, ended: Ended | None, epochs: int) -> None:
        use = theme.primary_button(_USE, "tag")
        judge = theme.quiet_button("Judge it in Results", "results")
        super().__init__(
            "check", "ok", f"“{saved.path.stem}” is trained", trained_words(saved, ended, epochs), [use, judge]
        )
        self._use = use
        use.clicked.connect(self.use)
        judge.clicked.connect(self.judge)

    def show_use(self, state: str) -> None:
        """Say whether it tags; that is better than a button that does nothing more.

        Args:
            state: Of the active model where that is this one: "loading", "ready" or "failed"; else empty.
        """
        words = {"loading": "Getting ready…", "ready": "In use for tagging"}
        self._use.setText(words.get(state, _USE))
        self._use.setEnabled(state not in words)


def _expect(figures: Mapping[str, float]) -> str:
    """What the photos kept aside allow to say of new ones: with few of them, little."""
    photos = int(figures[PHOTOS])
    low, high = wilson_interval(round(figures[ACCURACY] * photos), photos)
    return f"Of new photos like these, expect {percent(low, 0)} to {percent(high, 0)} to be named rightly."


def trained_words(saved: ModelSaved, ended: Ended | None, epochs: int) -> str:
    """The result in plain words: how good, how long, where."""
    metadata = saved.metadata
    accuracy = metadata.figures["validation_accuracy"]
    seconds = sum(epoch.seconds for epoch in metadata.history)
    done = len(metadata.history)
    best = int(metadata.figures.get("best_epoch", done))
    kept_aside = saved.kept_aside_words()
    if not done:
        return " ".join(
            [
                *([kept_aside, _expect(metadata.figures)] if kept_aside else []),
                f"Asked about the {'other ' if kept_aside else ''}photos before it learnt from them, it was right for "
                f"{wording.percent(accuracy)}; take that as a rough guide only.",
                *([saved.left_out_words()] if saved.left_out else []),
                f"Saved as {saved.path}",
            ]
        )
    words = [kept_aside] if kept_aside else []
    right = wording.percent(accuracy)
    words.append(f"It names {right} of the validation photos rightly (best epoch: {best} of {done}).")
    if ended is not None and ended.reason == "early" and done < epochs:
        words.append(f"It stopped early, after {done} of {epochs} epochs, as nothing better came.")
    words.append(f"Training took {wording.duration(seconds)}.")
    if saved.left_out:
        words.append(saved.left_out_words())
    words.append(f"Saved as {saved.path}")
    return " ".join(words)
