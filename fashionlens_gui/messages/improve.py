"""Sentences about a model that is trained on corrections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui.messages.message import Table, and_more, quoted
from trainer.number_format import number, percent, photos
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrections import MIN_DISTINCT_PHOTOS, MIN_PHOTOS

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Comparison
    from trainer.training.improve.improve import HeadOutcome, Improvement

DATA_NAMES = {
    "corrections": "corrected photos held out",
    "replay": "a sample of what it knew",
    "corrections and replay": "corrected photos held out, and a sample of what it knew",
}
"""The photos of a comparison (:func:`trainer.training.improve.head_update.update_head`)."""

NO_REPLAY_SAMPLE = (
    "There is no sample of the photos that this model was trained on, so it may forget some of what it knew, and that "
    "cannot be measured. Compare both models on photos of your own before you use the new one."
)


def _too_few_corrections(
    model: str,
    attribute: str,
    corrected: int,
    usable: int,
    needed: int,
    unknown: int,
    unknown_values: Sequence[str],
    more_unknown_values: bool,
    unreadable: int,
    replaced: int,
) -> str:
    reasons = []
    if unknown:
        more = " and others" if more_unknown_values else ""
        what = "are of categories" if attribute == CATEGORY else f"have a {attribute}"
        reasons.append(f"{number(unknown)} {what} that it does not know ({quoted(unknown_values)}{more})")
    if unreadable:
        reasons.append(f"{number(unreadable)} can no longer be read")
    if replaced:
        reasons.append(f"{number(replaced)} {'was' if replaced == 1 else 'were'} replaced by another photo since")
    why = f" Of {number(corrected)}, {' and '.join(reasons)}." if reasons else ""
    whose = "corrected or confirmed " if attribute == CATEGORY else ""
    by_hand = "" if attribute == CATEGORY else f" with a {attribute} set by hand"
    noun = "photo" if usable == 1 else "photos"
    return (
        f"There {'is' if usable == 1 else 'are'} {number(usable)} {whose}{noun}{by_hand} that “{model}” can be trained "
        f"on; it takes at least {needed}.{why} Correct or confirm more photos, then try again."
    )


def _no_head_updated(model: str, outcomes: Sequence[HeadOutcome]) -> str:
    reasons = " ".join(f"{each.attribute.capitalize()}: {kept_because(each)}" for each in outcomes)
    return f"“{model}” stays as it is. {reasons} Correct or confirm more photos, then try again."


SENTENCES: Table = {
    "too_few_corrections": _too_few_corrections,
    "no_head_updated": _no_head_updated,
    "not_the_training_photos": "The photos of “{data}” are not those that the model “{model}” was trained on.",
    "no_photos_of_split": "There is no photo in {photos} of a row of {labels} whose split is “{split}”.",
}


def kept_because(outcome: HeadOutcome) -> str:
    """Why a head stays as it was; empty when it was updated."""
    match outcome.kept_because:
        case None:
            return ""
        case "no_such_attribute":
            return f"The model does not predict the {outcome.attribute}."
        case "too_few_photos":
            verb = "is" if outcome.photos == 1 else "are"
            return f"{photos(outcome.photos)} {verb} too few; it takes at least {MIN_PHOTOS}."
        case "copies":
            which = "one picture" if outcome.distinct == 1 else f"{outcome.distinct} pictures"
            return (
                f"The {photos(outcome.photos)} are copies of {which}; it takes at least {MIN_DISTINCT_PHOTOS} "
                "different ones, some to train on and some to test on."
            )
        case "no_replay_sample":
            return (
                "There is no sample of the photos that this model was trained on, so it cannot be checked whether it "
                "forgets."
            )
        case "too_few_replay_labels":
            return f"The sample of this model's training photos has too few with a known {outcome.attribute}."
    comparisons = outcome.comparisons
    assert comparisons is not None and comparisons.replay is not None  # all other reasons come from them
    own, known = comparisons.corrections, comparisons.replay
    match outcome.kept_because:
        case "worse_on_replay":
            though = f", though it gets better on your photos: {_change(own)}" if _gain(own) > 0 else ""
            return f"It would get worse on what it knew: {_change(known)}{though}."
        case "worse_on_corrections":
            return f"It would get worse even on your own photos: {_change(own)}."
        case "no_gain_and_worse_on_replay":
            return f"It would gain nothing on your own photos, and get worse on what it knew: {_change(known)}."


def _gain(comparison: Comparison) -> float:
    return comparison.new_accuracy - comparison.old_accuracy


def _change(comparison: Comparison) -> str:
    return f"{percent(comparison.old_accuracy)} correct before, {percent(comparison.new_accuracy)} after"


def replaced_files(improvement: Improvement) -> str:
    """The corrected photos that were left out because another photo is in their file now; empty when none were."""
    files = improvement.replaced
    if not files:
        return ""
    names = quoted([Path(file).name for file in files[:3]])
    one = len(files) == 1
    what = "file holds another photo" if one else "files hold other photos"
    return (
        f"Left out: {photos(len(files))} whose {what} now than when you corrected {'it' if one else 'them'} "
        f"({names}{and_more(len(files), 3)})."
    )
