"""An evaluation to hand on: one self-contained HTML page that prints well and needs no scripts. No Qt."""

from __future__ import annotations

import re
from pathlib import Path

from trainer import number_format
from trainer.atomic_write import write_text
from trainer.evaluation.report.charts import MOST_CONFUSED, curves, heatmap
from trainer.evaluation.report.content import ReportContent

_MOST_FILES = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def save_report(target: Path, content: ReportContent, templates: Path) -> None:
    """Write the page as one step. Raises :class:`SaveError`: it could not be written; what was there is unchanged."""
    write_text(target, html_report(content, templates))


def html_report(content: ReportContent, templates: Path) -> str:
    """The page: figures, matrix, tables, mistakes, curves, settings, the check of the data, what was left out.
    ``templates`` is the folder of ``report.html.jinja``, usually ``resources/report``.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not before a report is asked for

    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=number_format.percent, number=number_format.number, day=number_format.day, middle=middle
    )
    metadata = content.metadata
    page = environment.get_template("report.html.jinja").render(
        content=content,
        wording=number_format,
        heatmap=heatmap(content.matrix) if content.matrix is not None else None,
        most_confused=content.matrix.most_confused(MOST_CONFUSED) if content.matrix is not None else (),
        charts=curves(metadata.history, metadata.figures.get("best_epoch")) if metadata is not None else (),
        settings=content.settings,
        most_files=_MOST_FILES,
    )
    return _writable(page)


def middle(text: str, most: int) -> str:
    """``text`` of at most ``most`` characters, 3 or more; of longer texts beginning and end, with the suffix."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def _writable(page: str) -> str:
    """File names need not be UTF-8 and may hold signs that HTML forbids; those are shown as a sign of their own."""
    return _CONTROL.sub("\ufffd", page.encode("utf-8", "replace").decode())
