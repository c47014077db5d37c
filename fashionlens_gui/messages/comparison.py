"""Sentences about two models that were compared on the same photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.number_format import number, photos

if TYPE_CHECKING:
    from trainer.evaluation.comparison import McNemar

_FEW = 50  # photos; more are too few only when the models agree on nearly all of them


def difference(test: McNemar, n: int) -> str:
    """Which model is better, for somebody who knows no statistics.

    Args:
        test: Of both models' correct and wrong answers.
        n: Photos that they were compared on.
    """
    old, new = test.only_old, test.only_new
    if test.verdict == "no_difference":
        return "Both models are correct on the same photos: these photos show no difference."
    return f"The new model is {_counts(old, new)}. {_verdict(test, n)}"


def _verdict(test: McNemar, n: int) -> str:
    p = "p < 0.001" if test.p < 0.001 else f"p = {test.p:.{3 if test.p < 0.1 else 2}f}"
    match test.verdict:
        case "too_few":
            if n < _FEW:
                few = f"{photos(n)} {'is' if n == 1 else 'are'}"
            else:
                few = f"They differ on only {test.only_old + test.only_new} of {photos(n)}, which is"
            return f"{few} too few to judge ({p}). Compare the models on more photos."
        case "balanced":
            return f"As many got better as got worse: there is no difference ({p})."
        case "significant":
            return f"That is unlikely to be chance ({p})."
    return f"That may well be chance ({p})."


def _counts(old: int, new: int) -> str:
    if not old:
        return f"correct on {photos(new)} that the old one got wrong, and wrong on none that the old one got right"
    if not new:
        return f"wrong on {photos(old)} that the old one got right, and correct on none that the old one got wrong"
    return f"correct on {photos(new)} that the old one got wrong, and wrong on {number(old)} that the old one got right"
