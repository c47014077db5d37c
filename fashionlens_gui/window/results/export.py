"""Writes an evaluation as a report, a picture or a table. For a worker thread."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtGui import QImage

from fashionlens_gui import messages, paths
from trainer.atomic_write import atomic_write, write_text
from trainer.control import WorkControl
from trainer.errors import SaveError
from trainer.evaluation.evaluation import Evaluation
from trainer.evaluation.report import tables
from trainer.evaluation.report.html import html_report
from trainer.evaluation.report.sources import of_evaluation


class ExportFormat(Enum):
    """What can be saved: (menu text, end of the suggested file name, filter of the file dialog)."""

    REPORT = ("Report (HTML)…", "report.html", "Web page (*.html)")
    PICTURE = ("Matrix as picture (PNG)…", "matrix.png", "Picture (*.png)")
    MATRIX = ("Matrix as table (CSV)…", "matrix.csv", "Table (*.csv)")
    CLASSES = ("Figures per category (CSV)…", "categories.csv", "Table (*.csv)")
    PREDICTIONS = ("All predictions (CSV)…", "predictions.csv", "Table (*.csv)")

    @property
    def menu_text(self) -> str:
        return self.value[0]

    @property
    def suffix(self) -> str:
        return Path(self.value[1]).suffix

    @property
    def file_filter(self) -> str:
        return self.value[2]

    def suggested_name(self, evaluation: Evaluation) -> str:
        """A file name that is valid on every system."""
        name = f"{evaluation.model_name}-{messages.data_text(evaluation.data)}-{self.value[1]}"
        return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name).lower().lstrip(".")


def save(
    product: ExportFormat, evaluation: Evaluation, picture: QImage | None, target: Path, _control: WorkControl
) -> Path:
    """Write one product and return its path.

    Args:
        product: What to save.
        evaluation: What it is about.
        picture: The drawn matrix, for :attr:`ExportFormat.PICTURE`.
        target: The file to create or replace.

    Raises:
        SaveError: It could not be written; what was there is unchanged.
    """
    if product is ExportFormat.PICTURE:
        assert picture is not None
        with atomic_write(target) as temporary:
            _write_png(picture, temporary, target)
    else:
        write_text(target, _TEXTS[product](evaluation))
    return target


def _write_png(picture: QImage, temporary: Path, target: Path) -> None:
    if not picture.save(str(temporary), "PNG"):  # type: ignore[call-overload]
        raise SaveError("picture_not_written", file=target.name)


_TEXTS = {
    ExportFormat.REPORT: lambda evaluation: html_report(of_evaluation(evaluation, messages), paths.report_dir()),
    # The mark at the beginning tells spreadsheets that the letters are UTF-8.
    ExportFormat.MATRIX: lambda evaluation: "\ufeff" + tables.matrix_csv(evaluation),
    ExportFormat.CLASSES: lambda evaluation: "\ufeff" + tables.per_class_csv(evaluation),
    ExportFormat.PREDICTIONS: lambda evaluation: "\ufeff" + tables.predictions_csv(evaluation),
}
