"""Item model of past trainings. Names are editable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDate,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor

from fashionlens_gui.messages.runs import holdout_accuracy, run_failure
from fashionlens_gui.window.shell import plain_table, theme
from trainer.errors import SaveError
from trainer.number_format import duration, percent
from trainer.training.runs import holdout, run_record
from trainer.training.runs.run_record import RunRecord

AnyIndex = QModelIndex | QPersistentModelIndex
SortRole = Qt.ItemDataRole.UserRole
NAME, _TIME, PHOTOS = 1, 6, 8

_COLUMNS = (
    ("Started", "When the training started."),
    ("Name", "Name in this list. Double-click or press F2 to change it; the model keeps its name."),
    ("Result", "Finished, stopped by you, or failed. The tooltip says why it failed."),
    ("Validation", "Share of correct validation photos, by which the best epoch was chosen."),
    ("Held-out", "Share of correct held-out photos, which the model was not trained on."),
    ("Epochs", "Finished epochs of those planned."),
    ("Time", "Duration in total."),
    ("Rate", "Learning rate."),
    ("Photos", "Training photos."),
)
_RESULTS = {"finished": "Finished", "stopped": "Stopped", "failed": "Failed"}


class HistoryModel(QAbstractTableModel):
    """One row per run."""

    failed = Signal(object)
    """A :class:`SaveError`: the new name could not be saved."""
    renamed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.records: list[RunRecord] = []

    def show(self, records: Sequence[RunRecord]) -> None:
        self.beginResetModel()
        self.records = list(records)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return plain_table.heading(_COLUMNS, section, orientation, role)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        name = str(value).strip()
        record = self.records[index.row()]
        if role != Qt.ItemDataRole.EditRole or not name or name == record.name:
            return False
        try:
            self.records[index.row()] = run_record.rename(record, name)
        except SaveError as error:
            self.failed.emit(error)
            return False
        self.dataChanged.emit(index, index)
        self.renamed.emit()
        return True

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        record, column = self.records[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _texts(record)[column]
            case Qt.ItemDataRole.EditRole if column == NAME:
                return record.name
            case Qt.ItemDataRole.ToolTipRole:
                return _tips(record).get(column, _texts(record)[column])
            case Qt.ItemDataRole.ForegroundRole if column == 2 and record.outcome == "failed":
                return QColor(theme.tokens().error)
            case _ if role == SortRole:
                return _sorted_by(record)[column]
        return None


def _texts(record: RunRecord) -> tuple[str, ...]:
    began, fit = QDateTime.fromSecsSinceEpoch(int(_began(record))), record.recipe.fit
    return (
        _day_and_time(began),
        record.name,
        _RESULTS.get(record.outcome, record.outcome),
        "–" if record.accuracy is None else percent(record.accuracy),
        holdout_accuracy(record.figures) or "–",
        f"{len(record.history):,} of {fit.epochs:,}" if record.history and fit is not None else "–",
        duration(record.seconds),
        "–" if fit is None else f"{fit.learning_rate:.6g}",
        Path(record.source).name,
    )


def _day_and_time(moment: QDateTime) -> str:
    """``27 Nov 10:47``; with the year unless it is the current one."""
    day, locale = moment.date(), QLocale()
    year = " yyyy" if day.year() != QDate.currentDate().year() else ""
    return f"{locale.toString(day, f'd MMM{year}')} {locale.toString(moment.time(), QLocale.FormatType.ShortFormat)}"


def _tips(record: RunRecord) -> dict[int, str]:
    recipe, fit = record.recipe, record.recipe.fit
    balancing = "none" if fit is None else fit.class_balancing
    settings = (
        recipe.network
        + ("" if fit is None else f", batch size {fit.batch_size:,}")
        + f", seed {recipe.seed}"
        + (f", started from {Path(record.start).stem}" if record.start else "")
        + (f", rare categories balanced by {balancing}" if balancing != "none" else "")
        + (f"\nRolled back {record.rollbacks} times" if record.rollbacks else "")
    )
    return {
        0: QLocale().toString(QDateTime.fromSecsSinceEpoch(int(_began(record))), QLocale.FormatType.LongFormat),
        NAME: f"{settings}\n{record.machine}",
        2: run_failure(record) or settings,
        _TIME: duration(record.seconds),
        PHOTOS: record.source,
    }


def _sorted_by(record: RunRecord) -> tuple[Any, ...]:
    accuracy = -1.0 if record.accuracy is None else record.accuracy
    return (
        _began(record),
        record.name.casefold(),
        record.outcome,
        accuracy,
        record.figures.get(holdout.ACCURACY, -1.0),
        len(record.history),
        record.seconds,
        0.0 if record.recipe.fit is None else record.recipe.fit.learning_rate,
        record.source.casefold(),
    )


def _began(record: RunRecord) -> float:
    return datetime.fromisoformat(record.started).timestamp()
