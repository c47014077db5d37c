"""McNemar's test: whether two models differ by more than chance on the same photos (McNemar 1947; Edwards 1948)."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, erfc, sqrt
from typing import Literal

_EXACT_BELOW = 25  # discordant photos; from here on the chi-square distribution is close enough (Edwards 1948)
_UNLIKELY = 0.05
_ONE_SIDED_AT_LEAST = 6  # with fewer discordant photos p is above 0.05 even if all of them speak for one model

Verdict = Literal["no_difference", "too_few", "balanced", "significant", "not_significant"]
"""``too_few``: so few discordant photos that no result could be significant."""


@dataclass(frozen=True, slots=True)
class McNemar:
    """The result of the test of equal accuracy. Only discordant photos count.

    Attributes:
        only_old: Photos that only the old model has right.
        only_new: Photos that only the new model has right.
        p: Two-sided p-value, (0, 1].
        exact: From the binomial distribution; else from chi-square with Edwards's continuity correction.
    """

    only_old: int
    only_new: int
    p: float
    exact: bool

    @property
    def new_is_worse(self) -> bool:
        """Whether the new model is significantly less accurate."""
        return self.only_new < self.only_old and self.p < _UNLIKELY

    @property
    def verdict(self) -> Verdict:
        """What follows from it at the 5 % level."""
        if not self.only_old + self.only_new:
            return "no_difference"
        if self.only_old + self.only_new < _ONE_SIDED_AT_LEAST:
            return "too_few"
        if self.only_old == self.only_new:
            return "balanced"
        return "significant" if self.p < _UNLIKELY else "not_significant"


def mcnemar(only_old: int, only_new: int) -> McNemar:
    """Test whether two models differ.

    Args:
        only_old: Photos that only the old model has right, 0 or more.
        only_new: Photos that only the new model has right, 0 or more.
    """
    n = only_old + only_new
    if n < _EXACT_BELOW:
        tail = sum(comb(n, k) for k in range(min(only_old, only_new) + 1)) / 2**n
        return McNemar(only_old, only_new, min(2 * tail, 1.0), True)
    # The correction never exceeds the difference: for equal counts chi-square is 0, not 1/n.
    chi_square = max(abs(only_new - only_old) - 1, 0) ** 2 / n
    return McNemar(only_old, only_new, erfc(sqrt(chi_square / 2)), False)
