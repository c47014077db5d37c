"""Asks for the first and the last day."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QDialog, QDialogButtonBox, QFormLayout, QWidget

from fashionlens_gui.catalogue.query import Days
from fashionlens_gui.window.shell import layouts, theme


class DaysDialog(QDialog):
    """Deleted when it is closed.

    Args:
        parent: Its window is blocked meanwhile.
        days: Offered.
    """

    days_chosen = Signal(object)
    """The Days; the first is not after the last."""

    def __init__(self, parent: QWidget, days: Days) -> None:
        super().__init__(parent)
        self.setWindowTitle("Added on these days")
        today = date.today()
        self.first, self.last = _field(days.first or today, "First day"), _field(days.last or today, "Last day")
        form = QFormLayout()
        form.setHorizontalSpacing(2 * theme.SPACE)
        form.addRow("First day", self.first)
        form.addRow("Last day", self.last)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layouts.column(form, buttons, parent=self, spacing=2, margins=2)
        self.setMinimumWidth(40 * theme.SPACE)
        self.accepted.connect(self._report)
        self.finished.connect(self.deleteLater)

    def _report(self) -> None:
        first, last = sorted(_day(field) for field in (self.first, self.last))
        self.days_chosen.emit(Days(first, last))


def _field(day: date, name: str) -> QDateEdit:
    field = QDateEdit(QDate(day.year, day.month, day.day))
    field.setCalendarPopup(True)
    field.setDisplayFormat("d MMMM yyyy")
    field.setAccessibleName(name)
    return field


def _day(field: QDateEdit) -> date:
    chosen = field.date()
    return date(chosen.year(), chosen.month(), chosen.day())
