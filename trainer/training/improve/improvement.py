"""What came out when a model learnt from corrections: of its category, and of each attribute that was spoken of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from trainer.data.photo_files import Unreadable
from trainer.evaluation.comparison import Comparison
from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.replay import Replay
from trainer.number_format import percent, photos
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrected_photos import FEWEST, FEWEST_PICTURES
from trainer.training.improve.head_update import Judged


@dataclass(frozen=True)
class Outcome:
    """What was done with the corrections of one attribute.

    Attributes:
        attribute: ``category`` or another one.
        photos: How many photos have a value that the model knows.
        why_not: Why its head stays as it was, as a sentence; empty when it has a new one.
        learnt_from: Corrected photos that a head learnt from, be it the new model's or one that was not good enough.
        judged: That head and the old one on photos held out; None when nothing was learnt.
        unknown: Values that the model does not know, and how many photos of each were left out.
    """

    attribute: str
    photos: int
    why_not: str = ""
    learnt_from: int = 0
    judged: Judged | None = None
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def learnt(self) -> bool:
        """Whether the new model has a new head for it."""
        return not self.why_not


@dataclass(frozen=True)
class Improvement:
    """A model that learnt more, and how it compares with the one before.

    Attributes:
        metadata: Of the new model.
        network: The new model's network, in evaluation mode.
        outcomes: Of everything that was spoken of, the category first; at least one was learnt.
        learnt_from: Corrected photos that it learnt from.
        replay: The sample that was rehearsed, which the new model can be improved with again; None for none.
        unreadable: Photos that could not be read.
        replaced: Files that hold another photo now than the one that was corrected, which was left out therefore.
    """

    metadata: ModelMetadata
    network: nn.Module
    outcomes: tuple[Outcome, ...]
    learnt_from: int
    replay: Replay | None
    unreadable: tuple[Unreadable, ...] = ()
    replaced: tuple[str, ...] = ()

    @property
    def main(self) -> Outcome:
        """The category if it was learnt, else the attribute that was learnt from most photos."""
        learnt = [outcome for outcome in self.outcomes if outcome.learnt]
        return max(learnt, key=lambda outcome: (outcome.attribute == CATEGORY, outcome.learnt_from))

    @property
    def main_judged(self) -> Judged:
        """Both models' :attr:`main` on photos held out."""
        judged = self.main.judged
        assert judged is not None  # since it was learnt
        return judged

    @property
    def may_forget(self) -> str:
        """What to know when nothing could be rehearsed, else empty."""
        if self.replay is not None:
            return ""
        return (
            "There is no sample of the photos that this model once learnt from, so it may forget some of what it knew, "
            "and nobody can measure how much. Compare both models on photos of your own before you rely on the new one."
        )

    @property
    def replaced_words(self) -> str:
        """How many corrected photos were left out since their files hold other ones now; empty for none."""
        if not self.replaced:
            return ""
        names = ", ".join(f"“{Path(file).name}”" for file in self.replaced[:3])
        more = f" and {len(self.replaced) - 3:,} more" if len(self.replaced) > 3 else ""
        one = len(self.replaced) == 1
        what = "file holds another photo" if one else "files hold other photos"
        when = f"now than when you corrected {'it' if one else 'them'}"
        return f"Left out: {photos(len(self.replaced))} whose {what} {when} ({names}{more})."


def why_not_to_learn(attribute: str, photos: int, pictures: int, known: int | None, model: ModelMetadata) -> str:
    """Why nothing can be learnt of an attribute; empty when it can.

    Args:
        attribute: ``category`` or another one.
        photos: Corrected photos with a value that the model knows.
        pictures: How many different ones they are; copies count once.
        known: Photos that tell whether it still knows what it knew; None without a sample of them.
        model: What is to learn.
    """
    if attribute != CATEGORY and attribute not in model.attributes:
        return f"“{model.name}” does not tell the {attribute}."
    if photos < FEWEST:
        return f"{photos:,} {'photo is' if photos == 1 else 'photos are'} too few; it takes at least {FEWEST}."
    if pictures < FEWEST_PICTURES:
        which = "one picture" if pictures == 1 else f"{pictures} pictures"
        return (
            f"The {photos:,} photos are copies of {which}; it takes at least {FEWEST_PICTURES} different ones, some to "
            "learn from and some to check with."
        )
    if attribute == CATEGORY:
        return ""
    if known is None:
        return "There is no sample of what this model learnt before, so nobody could tell whether it forgets."
    if known < FEWEST:
        return f"The sample of what this model learnt before tells the {attribute} of too few photos."
    return ""


def why_not_to_use(attribute: str, judged: Judged) -> str:
    """Why a new head is not good enough; empty when it is. Of the category, which is the model's, the user decides.

    On what was known a drop must be more than chance to count, or every second head would fail by the toss of a coin;
    but where nothing is gained on people's own photos, any drop is too much.
    """
    if attribute == CATEGORY or judged.known is None:
        return ""
    known, own = judged.known, judged.corrections
    gained, lost = own.new_accuracy - own.old_accuracy, known.old_accuracy - known.new_accuracy
    if known.test().new_is_worse:
        though = f", though your own photos better: {_change(own)}" if gained > 0 else ""
        return f"It would name what it knew worse than before: {_change(known)}{though}."
    if gained < 0:
        return f"It would name even your own photos worse than before: {_change(own)}."
    if gained == 0 and lost > 0:
        return f"It would gain nothing on your own photos, and what it knew it would name worse: {_change(known)}."
    return ""


def _change(comparison: Comparison) -> str:
    return f"{percent(comparison.old_accuracy)} right before, {percent(comparison.new_accuracy)} then"


def nothing_learnt(model: ModelMetadata, outcomes: tuple[Outcome, ...]) -> str:
    """What to say when no head is better than the one before."""
    reasons = " ".join(f"{each.attribute.capitalize()}: {each.why_not}" for each in outcomes)
    return f"“{model.name}” stays as it is. {reasons} Correct or confirm more photos, then try again."
