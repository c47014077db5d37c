"""What “Improve the model…” says before it begins."""

from __future__ import annotations

from collections.abc import Sequence

from fashionlens_gui.window.improve.work import Standing
from trainer.number_format import number, photos
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrected_photos import FEWEST


def too_few(standing: Standing) -> str:
    """Why the model cannot be improved yet; empty when it can."""
    if standing.enough:
        return ""
    said = standing.corrected + standing.confirmed
    if not said and not standing.attributes:
        have = "You have not corrected or confirmed any photo yet."
    else:
        have = f"So far you corrected or confirmed {photos(said)}"
        have += (
            f", {number(standing.unknown)} of categories that this model does not know." if standing.unknown else "."
        )
        if standing.attributes:
            have += f" You set {_listed(standing.attributes)} by hand."
    return (
        f"{have} The model learns from {FEWEST} photos or more with a category, and likewise with a colour, a pattern "
        "and so on.\n\nReview photos in the Tag tab: number keys and typing correct, Enter confirms. Everything you "
        "say is kept, also when you clear the list."
    )


def plan(standing: Standing) -> str:
    """What will happen."""
    parts = []
    if standing.usable >= FEWEST:
        parts.append(
            f"You corrected {photos(standing.corrected)} and confirmed {number(standing.confirmed)}. The model learns "
            "from four fifths of them; the rest is held back to judge it."
        )
    learnt = [(name, count) for name, count in standing.attributes if count >= FEWEST]
    if learnt:
        also = "It also learns the" if parts else "The model learns the"
        how = "likewise" if parts else "from four fifths of them; the rest is held back to judge it"
        parts.append(f"{also} {_listed(learnt)}, {how}.")
    few = [(name, count) for name, count in standing.attributes if count < FEWEST]
    if standing.usable < FEWEST and standing.corrected + standing.confirmed:
        few.insert(0, (CATEGORY, standing.usable))
    if few:
        parts.append(f"Too few to learn from yet: {_listed(few)}. It takes {FEWEST} of each.")
    if standing.unknown:
        parts.append(
            f"{photos(standing.unknown)} of categories that this model does not know cannot be learnt here; train a "
            "model of your own in the Train tab for those."
        )
    if standing.rehearses:
        parts.append("Meanwhile it rehearses some of what it learnt before, so that it does not forget.")
    else:
        parts.append(
            "There is no sample of what this model learnt before, so it may forget some of it, and nobody can measure "
            "how much."
        )
    parts.append("It takes a minute or so. Then you see both side by side and choose; until then nothing changes.")
    return "\n\n".join(parts)


def _listed(counts: Sequence[tuple[str, int]]) -> str:
    """``colour of 50 photos and pattern of 12``."""
    told = [f"{name} of {number(count)}" for name, count in counts]
    told[0] = f"{counts[0][0]} of {photos(counts[0][1])}"
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
