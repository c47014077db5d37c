"""An evaluation to keep: one self-contained HTML page that prints well, and tables as CSV. No Qt.

The CSV texts follow RFC 4180; names that a spreadsheet would take for a formula get an apostrophe in front (OWASP,
“CSV Injection”).
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from trainer.evaluation import wording
from trainer.evaluation.evaluation import Evaluation

_WORST_SHOWN = 48
_UNREADABLE_SHOWN = 200
_ACCENT = np.array([0x23, 0x40, 0xD9])
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def matrix_csv(evaluation: Evaluation) -> str:
    """Counts: a row per actual class, a column per predicted one, sums at the edges."""
    counts_KK = evaluation.confusion_KK
    rows: list[Sequence[object]] = [("actual \\ predicted", *evaluation.classes, "total")]
    for name, counts_K in zip(evaluation.classes, counts_KK.tolist(), strict=True):
        rows.append((name, *counts_K, sum(counts_K)))
    rows.append(("total", *counts_KK.sum(axis=0).tolist(), evaluation.n))
    return _csv(rows)


def per_class_csv(evaluation: Evaluation) -> str:
    """Precision, recall and F1, each [0, 1] with four digits, and support."""
    rows: list[Sequence[object]] = [("category", "precision", "recall", "f1", "support")]
    for each in evaluation.per_class():
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


def html_report(evaluation: Evaluation, made: datetime | None = None) -> str:
    """A page with everything on it: figures, matrix, table per class, the most confident mistakes, unreadable photos.

    Args:
        evaluation: What to report.
        made: Date and time to print; now when None.
    """
    title = f"{evaluation.model_name} on {evaluation.data_name}"
    made = made or datetime.now().astimezone()
    body = "\n".join(
        (
            _head_figures(evaluation, made),
            _matrix(evaluation),
            _per_class(evaluation),
            _worst_mistakes(evaluation),
            _unreadable(evaluation),
        )
    )
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )
    return _encodable(page)


def _head_figures(evaluation: Evaluation, made: datetime) -> str:
    right = int(np.diag(evaluation.confusion_KK).sum())
    return (
        f"<header><p class=quiet>FashionLens · {escape(made.strftime('%d %B %Y, %H:%M'))}</p>"
        f"<h1>{escape(evaluation.model_name)}</h1><p>tested on {escape(evaluation.data_name)}</p></header>\n"
        f"<section><p class=big>{wording.percent(evaluation.accuracy, 2)}</p>"
        f"<p>{escape(wording.accuracy_sentence(right, evaluation.n))}<br>"
        f"{escape(wording.interval_sentence(right, evaluation.n))}<br>"
        f"{escape(wording.calibration_sentence(evaluation.expected_calibration_error()))}</p></section>"
    )


def _matrix(evaluation: Evaluation) -> str:
    counts_KK = evaluation.confusion_KK
    support_K = counts_KK.sum(axis=1)
    heads = "".join(f"<th scope=col><span>{escape(name)}</span></th>" for name in evaluation.classes)
    lines = []
    for row, name in enumerate(evaluation.classes):
        cells = "".join(
            _cell(evaluation.classes, row, column, int(counts_KK[row, column]), int(support_K[row]))
            for column in range(len(evaluation.classes))
        )
        total = f"<td class=sum>{wording.number(int(support_K[row]))}</td>"
        lines.append(f"<tr><th scope=row>{escape(name)}</th>{cells}{total}</tr>")
    sums = "".join(f"<td class=sum>{wording.number(int(n))}</td>" for n in counts_KK.sum(axis=0))
    lines.append(f"<tr><th scope=row class=sum>Total</th>{sums}<td class=sum>{wording.number(evaluation.n)}</td></tr>")
    small = " small" if len(evaluation.classes) > 20 else ""
    return (
        "<section><h2>Confusion matrix</h2><p class=quiet>Rows are what the images are, columns what the model called "
        f"them. The darker a cell, the larger its share of the row.</p><div class=wide><table class='matrix{small}'>"
        f"<thead><tr><th></th>{heads}<th class=sum scope=col><span>Total</span></th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div></section>"
    )


def _cell(classes: tuple[str, ...], row: int, column: int, count: int, support: int) -> str:
    if not count:
        return f"<td{' class=right' if row == column else ''}></td>"
    strength = float(np.sqrt(count / max(support, 1)))
    red, green, blue = (255 + (_ACCENT - 255) * strength).astype(int)
    ink = "#fff" if strength > 0.62 else "#1c1a17"
    told = escape(wording.cell_sentence(classes[row], classes[column], count, support), quote=True)
    kind = " class=right" if row == column else ""
    return (
        f'<td{kind} style="background:rgb({red},{green},{blue});color:{ink}" title="{told}">'
        f"{wording.number(count)}</td>"
    )


def _per_class(evaluation: Evaluation) -> str:
    lines = []
    for each in evaluation.per_class():
        shares = "".join(
            f'<td class=figure><i style="width:{share * 64:.0f}px"></i>{wording.percent(share)}</td>'
            for share in (each.precision, each.recall, each.f1)
        )
        lines.append(f"<tr><th scope=row>{escape(each.name)}</th>{shares}<td>{wording.number(each.support)}</td></tr>")
    return (
        "<section><h2>Figures per category</h2><p class=quiet>Precision: of the images called this, how many are. "
        "Recall: of the images that are this, how many were called so. F1 joins the two.</p><table class=figures>"
        "<thead><tr><th scope=col>Category</th><th scope=col>Precision</th><th scope=col>Recall</th>"
        f"<th scope=col>F1</th><th scope=col>Images</th></tr></thead><tbody>{''.join(lines)}</tbody></table></section>"
    )


def _worst_mistakes(evaluation: Evaluation) -> str:
    if evaluation.images is None:
        return ""
    worst = evaluation.mistakes_by_confidence()[:_WORST_SHOWN]
    if not len(worst):
        return "<section><h2>Mistakes</h2><p>There was none.</p></section>"
    figures = []
    for index in worst.tolist():
        actual = evaluation.classes[int(evaluation.labels_N[index])]
        predicted = evaluation.classes[int(evaluation.predictions_N[index])]
        confidence = float(evaluation.confidences_N[index])
        source = Path(evaluation.images.files[index]).name if evaluation.images.files else f"test image {index + 1:,}"
        picture = _inline_png(evaluation.images.images_NCHW[index].numpy())
        figures.append(
            f'<figure><img src="{picture}" alt="{escape(source, quote=True)}" title="{escape(source, quote=True)}">'
            f"<figcaption><b>{escape(predicted)}</b> {wording.percent(confidence, 0)}<br>is {escape(actual)}"
            "</figcaption></figure>"
        )
    return (
        "<section><h2>The most confident mistakes</h2><p class=quiet>In bold what the model said, and how sure it was; "
        f"below it what the image is.</p><div class=gallery>{''.join(figures)}</div></section>"
    )


def _inline_png(image_CHW: Any) -> str:
    pixels = image_CHW[0] if image_CHW.shape[0] == 1 else image_CHW.transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _unreadable(evaluation: Evaluation) -> str:
    photos = evaluation.unreadable
    if not photos:
        return ""
    lines = "".join(
        f"<li>{escape(photo.file)}<br><span class=quiet>{escape(photo.reason)}</span></li>"
        for photo in photos[:_UNREADABLE_SHOWN]
    )
    more = len(photos) - _UNREADABLE_SHOWN
    rest = f"<p>and {wording.number(more)} more</p>" if more > 0 else ""
    noun = "photo" if len(photos) == 1 else "photos"
    return (
        f"<section><h2>{wording.number(len(photos))} {noun} could not be read</h2><p class=quiet>They are in no figure "
        f"above.</p><ul>{lines}</ul>{rest}</section>"
    )


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_plain(value) for value in row] for row in rows)
    return text.getvalue()


def _plain(value: object) -> object:
    """Text that no spreadsheet takes for a formula; numbers stay as they are."""
    if not isinstance(value, str):
        return value
    text = _encodable(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _encodable(text: str) -> str:
    """File names need not be UTF-8; what cannot be written is shown as a question mark."""
    return text.encode("utf-8", "replace").decode()


_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", sans-serif; color: #1c1a17; background: #fff;
  max-width: 1120px; margin: 40px auto; padding: 0 24px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
h1 { font-size: 28px; line-height: 1.2; margin: 0; } h2 { font-size: 19px; margin: 40px 0 8px; }
p { margin: 0 0 8px; } .quiet { color: #655f57; } .big { font-size: 56px; font-weight: 650; line-height: 1.1;
  color: #2340d9; margin: 24px 0 8px; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
.matrix td { min-width: 40px; height: 32px; padding: 0 4px; text-align: center; background: #f3f1ec;
  border-radius: 3px; font-size: 13px; }
.matrix.small td { min-width: 16px; height: 16px; font-size: 8px; padding: 0; }
.matrix.small th { font-size: 10px; } .matrix td.sum, th.sum { background: none; color: #655f57; }
.matrix th { font-weight: 400; font-size: 13px; white-space: nowrap; }
.matrix tbody th { text-align: right; padding-right: 8px; }
.matrix thead th { vertical-align: bottom; height: 88px; } .matrix thead span { writing-mode: vertical-rl;
  transform: rotate(180deg); max-height: 160px; overflow: hidden; }
.figures td, .figures th { padding: 5px 16px 5px 0; text-align: right; border-bottom: 1px solid #e0dcd5; }
.figures th { font-weight: 400; } .figures thead th { color: #655f57; }
.figures th:first-child { text-align: left; min-width: 160px; } .figures { border-spacing: 0; }
.figure { white-space: nowrap; } .figure i { display: inline-block; height: 6px; border-radius: 3px;
  background: #2340d9; margin-right: 8px; vertical-align: middle; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 16px; }
figure { margin: 0; font-size: 13px; line-height: 1.35; break-inside: avoid; }
figure img { width: 84px; height: 84px; object-fit: contain; border-radius: 4px; background: #f3f1ec;
  image-rendering: pixelated; display: block; margin-bottom: 4px; }
li { margin-bottom: 8px; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 12px; } section { break-inside: auto; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } .wide { overflow: visible; } }
"""
