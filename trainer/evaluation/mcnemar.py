"""Whether two models differ by more than chance on the same photos (McNemar 1947; Edwards 1948), and how to say it."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, erfc, sqrt

from trainer.number_format import photos

_EXACT_BELOW = 25  # discordant photos; from here on the chi-square distribution is close enough (Edwards 1948)
_UNLIKELY = 0.05
_ONE_SIDED_AT_LEAST = 6  # with fewer discordant photos p is above 0.05 even if all of them speak for one model


@dataclass(frozen=True, slots=True)
class McNemar:
    """The test of “each model is as often right as the other”; only photos on which they differ say anything of it.

    Attributes:
        only_old: Photos that the old model alone has right, 0 or more.
        only_new: Photos that the new model alone has right, 0 or more.
        p: Probability of so large a difference, to either side, if there were none; (0, 1].
        exact: From the binomial distribution; else from chi-square with Edwards's continuity correction.
    """

    only_old: int
    only_new: int
    p: float
    exact: bool

    @property
    def new_is_worse(self) -> bool:
        """Whether the new model is right less often, by more than chance."""
        return self.only_new < self.only_old and self.p < _UNLIKELY

    def sentence(self) -> str:
        """What came out, for somebody who knows no statistics."""
        old, new = self.only_old, self.only_new
        if not old + new:
            return "Both models are right on the same photos and wrong on the same: these photos show no difference."
        return f"The new model is {_counts(old, new)}. {self._verdict()}"

    def _verdict(self) -> str:
        said = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.{3 if self.p < 0.1 else 2}f}"
        if self.only_old + self.only_new < _ONE_SIDED_AT_LEAST:
            return f"That is too few to tell which is better ({said}): compare them on more photos."
        if self.only_old == self.only_new:
            return f"As many got better as got worse: no difference is to be seen ({said})."
        if self.p < _UNLIKELY:
            return f"That is unlikely to be chance ({said})."
        return f"That may well be chance ({said})."


def mcnemar(only_old: int, only_new: int) -> McNemar:
    """Test whether two models differ.

    Args:
        only_old: Photos that the old model alone has right, 0 or more.
        only_new: Photos that the new model alone has right, 0 or more.
    """
    n = only_old + only_new
    if n < _EXACT_BELOW:
        tail = sum(comb(n, k) for k in range(min(only_old, only_new) + 1)) / 2**n
        return McNemar(only_old, only_new, min(2 * tail, 1.0), True)
    # The correction never turns a difference round: where the counts are equal, chi-square is 0, not 1/n.
    chi_square = max(abs(only_new - only_old) - 1, 0) ** 2 / n
    return McNemar(only_old, only_new, erfc(sqrt(chi_square / 2)), False)


def _counts(old: int, new: int) -> str:
    if not old:
        return f"right on {photos(new)} that the old one got wrong, and wrong on none that the old one had right"
    if not new:
        return f"wrong on {photos(old)} that the old one had right, and right on none that the old one got wrong"
    return f"right on {photos(new)} that the old one got wrong, and wrong on {old:,} that the old one had right"
