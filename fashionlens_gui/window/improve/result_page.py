"""The comparison of the old and the new model: accuracies, changed photos, categories and confusions.

Imports pyqtgraph through the heatmap, so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from fashionlens_gui.messages import listed
from fashionlens_gui.messages.improve import NO_REPLAY_SAMPLE, replaced_files
from fashionlens_gui.window.comparison.accuracy_column import AccuracyColumn
from fashionlens_gui.window.comparison.view import ChangedGroup, ComparisonView
from fashionlens_gui.window.improve.comparison_figures import CORRECTIONS, REPLAY, HeadsOverview
from trainer.number_format import number, photos
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Changed
    from trainer.training.improve.improve import HeadOutcome, Improvement

OVERVIEW = "All results"
"""The page of all heads."""


class ResultPage(ComparisonView):
    """The result of an improvement.

    Args:
        improvement: The new model with its comparisons.
    """

    def __init__(self, improvement: Improvement, parent: QWidget | None = None) -> None:
        main, comparisons = improvement.main, improvement.main_comparisons
        self.accuracies = AccuracyColumn()
        self.accuracies.add_text(_notice(improvement), "review")
        suffix = "" if main.attribute == CATEGORY else f": {main.attribute}"
        self.accuracies.add_comparison(f"{CORRECTIONS}{suffix}", comparisons.corrections, "not used for training")
        if comparisons.replay is not None:
            self.accuracies.add_comparison(f"{REPLAY}{suffix}", comparisons.replay, "as a sample")
        self.accuracies.add_text(other_heads(improvement.outcomes, main))
        self.accuracies.column.addStretch(1)
        updated = [each.comparisons.corrections for each in improvement.outcomes if each.updated and each.comparisons]
        better = [photo for comparison in updated for photo in comparison.better]
        worse = [photo for comparison in updated for photo in comparison.worse]
        self.overview = HeadsOverview()
        self.overview.show_outcomes(improvement.outcomes)
        super().__init__(
            self.accuracies,
            comparisons.all,
            _group(better, "Got better", "In red: the old model's answer", len(updated) > 1),
            _group(worse, "Got worse", "In red: the new model's answer", len(updated) > 1),
            main.attribute,
            more=[(OVERVIEW, self.overview)] if len(improvement.outcomes) > 1 else [],
            parent=parent,
        )


def _group(changed: Sequence[Changed], heading: str, explanation: str, several_heads: bool) -> ChangedGroup:
    noun = ("answer" if len(changed) == 1 else "answers") if several_heads else "of your photos"
    count = f"{number(len(changed))} {noun}" if changed else "none of your photos"
    nothing = f"None of the photos that were not used for training {heading.lower()}."
    return ChangedGroup(changed, f"{heading}: {count}", explanation, nothing)


def other_heads(outcomes: Sequence[HeadOutcome], main: HeadOutcome) -> str:
    """Which other heads were updated and which were not, in a sentence; empty when there are none."""
    others = [outcome for outcome in outcomes if outcome is not main]
    updated = [outcome.attribute for outcome in others if outcome.updated]
    kept = [outcome.attribute for outcome in others if not outcome.updated]
    parts = [f"{listed(updated)} improved"] if updated else []
    if kept:
        parts.append(f"{listed(kept)} {'stays as it was' if len(kept) == 1 else 'stay as they were'}")
    return f"{'; '.join(parts).capitalize()}. See “{OVERVIEW}”." if parts else ""


def _notice(improvement: Improvement) -> str:
    notices = [] if improvement.replay is not None else [NO_REPLAY_SAMPLE]
    replay = improvement.main_comparisons.replay
    if replay is not None and replay.test().new_is_worse:
        notices.append(
            "It got worse on what it knew before. Keep the old one, unless you changed the meaning of a category on "
            "purpose: see “Categories”."
        )
    unknown = next((each.unknown_values for each in improvement.outcomes if each.attribute == CATEGORY), None)
    if unknown:
        names = ", ".join(f"“{name}”" for name, _ in unknown.most_common(3))
        notices.append(f"Left out: {photos(unknown.total())} of categories that it does not have ({names}).")
    if improvement.unreadable:
        notices.append(f"{photos(len(improvement.unreadable))} could no longer be read.")
    notices.append(replaced_files(improvement))
    return "\n\n".join(filter(None, notices))
