"""An evaluation to keep as tables: CSV for spreadsheets and programs. No Qt.

The texts follow RFC 4180; names that a spreadsheet would take for a formula get an apostrophe in front (OWASP,
“CSV Injection”).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from trainer.evaluation.evaluation import Evaluation

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def matrix_csv(evaluation: Evaluation) -> str:
    """Counts: a row per actual class, a column per predicted one, sums at the edges; only what occurs."""
    counts_RC = evaluation.occurring_RC
    rows: list[Sequence[object]] = [("actual \\ predicted", *evaluation.predicted_classes, "total")]
    for name, counts_C in zip(evaluation.actual_classes, counts_RC.tolist(), strict=True):
        rows.append((name, *counts_C, sum(counts_C)))
    rows.append(("total", *counts_RC.sum(axis=0).tolist(), evaluation.n))
    return _csv(rows)


def per_class_csv(evaluation: Evaluation) -> str:
    """Precision, recall and F1, each [0, 1] with four digits, and support."""
    rows: list[Sequence[object]] = [("category", "precision", "recall", "f1", "support")]
    for each in evaluation.per_class()[: len(evaluation.predicted_classes)]:
        rows.append((each.name, f"{each.precision:.4f}", f"{each.recall:.4f}", f"{each.f1:.4f}", each.support))
    return _csv(rows)


def predictions_csv(evaluation: Evaluation) -> str:
    """A row per test image in the order of the test set; images from an archive have no file but a number from 1."""
    files = evaluation.images.files if evaluation.images is not None else ()
    rows: list[Sequence[object]] = [("image", "file", "actual", "predicted", "confidence", "right")]
    for index in range(evaluation.n):
        actual, predicted = int(evaluation.labels_N[index]), int(evaluation.predictions_N[index])
        rows.append(
            (
                index + 1,
                files[index] if files else "",
                evaluation.classes[actual],
                evaluation.classes[predicted],
                f"{float(evaluation.confidences_N[index]):.4f}",
                "yes" if actual == predicted else "no",
            )
        )
    return _csv(rows)


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_plain(value) for value in row] for row in rows)
    return text.getvalue()


def _plain(value: object) -> object:
    """Text that no spreadsheet takes for a formula; numbers stay as they are."""
    if not isinstance(value, str):
        return value
    text = value.encode("utf-8", "replace").decode()  # file names need not be UTF-8: “?” for what cannot be written
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
