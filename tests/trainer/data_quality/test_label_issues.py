"""Which photos are label issues after a data check, and which duplicates resolve them."""

from __future__ import annotations

from pathlib import Path

from fashionlens_gui.messages.data import issue_reason
from trainer.data.decisions import Decisions
from trainer.data.labelled_photos import LabelledPhotos
from trainer.data_quality.confident_learning import LabelScore
from trainer.data_quality.data_check import DataCheck, Duplicates
from trainer.data_quality.label_issues import IssueReason, find_label_issues

NAMES = ("hats", "shoes")
FILES = tuple(Path("/shop") / name for name in ("0", "1", "2", "3"))


def found(
    labels: tuple[int, ...], duplicates: tuple[Duplicates, ...] = (), label_errors: tuple[LabelScore, ...] = ()
) -> DataCheck:
    photos = LabelledPhotos(Path("/shop"), FILES, labels, NAMES)
    return DataCheck(photos, (), (labels.count(0), labels.count(1)), duplicates, label_errors)


def test_the_worst_come_first_and_decided_ones_last() -> None:
    check = found((0, 0, 1, 1), label_errors=(LabelScore(3, 1, 0, 0.9, -3.0), LabelScore(1, 0, 1, 0.7, -1.0)))
    assert [(issue.file, issue_reason(issue)) for issue in find_label_issues(check, Decisions())] == [
        (FILES[3], "looks like hats"),
        (FILES[1], "looks like shoes"),
    ]
    assert [issue.file for issue in find_label_issues(check, Decisions().keep(FILES[3]))] == [FILES[1], FILES[3]]


def test_one_decision_is_enough_for_two_copies() -> None:
    check = found((0, 1, 1, 1), duplicates=(Duplicates((0, 1), True, True), Duplicates((2, 3), True, False)))
    first, second = find_label_issues(check, Decisions())
    assert (issue_reason(first), issue_reason(second)) == ("also in shoes", "also in hats")
    for decided in (Decisions().move(first.file, "shoes"), Decisions().leave_out(first.file)):
        assert second.is_resolved(decided) and first.is_resolved(decided)
    assert not second.is_resolved(Decisions().keep(first.file))


def test_a_copy_where_a_misfiled_photo_belongs_is_no_issue() -> None:
    check = found(
        (0, 1, 1, 1), duplicates=(Duplicates((0, 1), True, True),), label_errors=(LabelScore(0, 0, 1, 0.9, -3.0),)
    )
    (issue,) = find_label_issues(check, Decisions())
    assert (issue.file, issue.copies) == (FILES[0], (FILES[1],))


def test_a_decision_can_be_undone_when_the_photo_has_no_issue_any_more() -> None:
    moved, left_out = find_label_issues(
        found((0, 0, 1, 1)), Decisions().move(FILES[0], "shoes").leave_out(FILES[2]).keep(FILES[3])
    )
    assert (moved.file, moved.suggestion) == (FILES[0], "shoes")
    assert (left_out.file, left_out.suggestion, left_out.reason) == (FILES[2], "", IssueReason.DECIDED_EARLIER)
