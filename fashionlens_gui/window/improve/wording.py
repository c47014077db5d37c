"""What “Improve the model…” says before it begins."""

from __future__ import annotations

from fashionlens_gui.window.improve.work import Standing
from trainer.evaluation.wording import number
from trainer.training.corrected_photos import FEWEST


def too_few(standing: Standing) -> str:
    """Why the model cannot be improved yet; empty when it can."""
    if standing.usable >= FEWEST:
        return ""
    said = standing.corrected + standing.confirmed
    if not said:
        have = "You have not corrected or confirmed any photo yet."
    else:
        have = f"So far you corrected or confirmed {_photos(said)}"
        have += (
            f", {number(standing.unknown)} of categories that this model does not know." if standing.unknown else "."
        )
    return (
        f"{have} The model can learn from {FEWEST} or more.\n\nReview photos in the Tag tab: number keys and typing "
        "correct, Enter confirms. Everything you say is kept, also when you clear the list."
    )


def plan(standing: Standing) -> str:
    """What will happen."""
    parts = [
        f"You corrected {_photos(standing.corrected)} and confirmed {number(standing.confirmed)}. The model learns "
        "from four fifths of them; the rest is held back to judge it.",
    ]
    if standing.unknown:
        parts.append(
            f"{_photos(standing.unknown)} of categories that this model does not know cannot be learnt here; train a "
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


def _photos(count: int) -> str:
    return f"{number(count)} {'photo' if count == 1 else 'photos'}"
