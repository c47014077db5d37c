"""The page of trends: choices, the chart, the table of one period, saving. Imports pyqtgraph, so import it late."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.search.dates_taken import read_dates
from fashionlens_gui.catalogue.search.trend_table import write_trend
from fashionlens_gui.catalogue.search.trends import TAKEN, Over, Trend
from fashionlens_gui.messages import sentence
from fashionlens_gui.window.search.live_answer import LiveAnswer
from fashionlens_gui.window.shell import file_choice, layouts, theme
from fashionlens_gui.window.shell.empty_state import EmptyState
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import ChoiceBox, SegmentedChoice, ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.trends.chart import TrendChart
from fashionlens_gui.window.trends.controls import TrendControls
from fashionlens_gui.window.trends.question import TrendAnswer, TrendQuestion, answer
from fashionlens_gui.window.trends.value_table import CHANGE, ValueTable
from trainer.atomic_write import atomic_write
from trainer.errors import FashionLensError, SaveError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from trainer.control import ProgressEvent


class TrendsPage(QWidget):
    """Counts or sums of the photos of a list.

    Args:
        access: The catalogue.
        list_query: The list of the Tag tab.
        settings: The folder of the file dialogs.

    Attributes:
        answer: The last one; None before the first.
    """

    closed = Signal()
    """Back to the list of photos."""
    photos_asked = Signal(str, object)
    """A name and a Query: the photos behind a point or a row."""
    updated = Signal()
    """An answer is shown."""

    def __init__(
        self, access: CatalogueAccess, list_query: Callable[[], Callable[[Catalogue], Query]], settings: Settings
    ) -> None:
        super().__init__()
        self._access, self._settings = access, settings
        self.answer: TrendAnswer | None = None
        self._dates_read = False
        self.controls = TrendControls(list_query)
        self._live: LiveAnswer[TrendAnswer] = LiveAnswer(
            "counting trends", access, lambda: partial(answer, question=self.controls.question()), self._show, self
        )
        self._dates_slot = WorkerSlot["ProgressEvent", int](
            "reading dates",
            self,
            on_events=self._show_progress,
            on_result=self._show_unreadable,
            on_error=self._failed,
            on_end=self._dates_ended,
        )
        self._save_slot = WorkerSlot[None, Path](
            "saving a trend", self, mode="queued", on_result=self._saved, on_error=self._failed
        )
        self._make_controls()
        self._lay_out()
        self._connect()
        self._show_empty("Trends", "Counting…")

    @property
    def busy(self) -> bool:
        """An answer, dates or a file are still to come."""
        return self._live.busy or self._dates_slot.busy or self._save_slot.busy

    def shutdown(self) -> None:
        self._live.shutdown()
        for slot in (self._dates_slot, self._save_slot):
            slot.shutdown(30_000)

    # -- answers ------------------------------------------------------------------------------------------------------
    def _show(self, answer: TrendAnswer) -> None:
        before, self.answer = self.answer, answer
        self.controls.show_choices(answer.choices)
        if answer.problem is not None:
            self._show_empty("This cannot be counted", sentence(answer.problem))
        elif answer.trend is None or not answer.trend.periods:
            self._show_empty("Nothing to count yet", _missing(answer))
        else:
            same = before is not None and before.trend is not None and before.trend.periods == answer.trend.periods
            self._fill_periods(answer.trend, self.periods.currentIndex() if same else len(answer.trend.periods) - 1)
            self._body.setCurrentWidget(self._split)
        shown = self._body.currentWidget() is self._split
        for widget in (self.figures, self.csv_button, self.png_button):
            widget.setEnabled(shown)
        self.left_out.setText(_left_out(answer) if shown else "")
        self.left_out.setVisible(bool(self.left_out.text()))
        self._show_period()
        if answer.unread and self._access.writable and not self._dates_read and not self._dates_slot.busy:
            self._read_dates()
        self.updated.emit()

    def _fill_periods(self, found: Trend, place: int) -> None:
        self.periods.blockSignals(True)
        self.periods.clear()
        self.periods.addItems(list(found.periods))
        self.periods.setCurrentIndex(place)
        self.periods.blockSignals(False)

    @Slot()
    def _show_period(self) -> None:
        found = self.trend
        if found is not None:
            self.table.show_period(found, self.periods.currentIndex())
            self._draw()

    @Slot()
    def _draw(self) -> None:
        found, answer = self.trend, self.answer
        if found is None or answer is None:
            return
        shares = self.figures.button(True).isChecked()
        what = answer.question.sums or "Photos"
        by = self.controls.by.currentText().lower()
        up = "Share, %" if shares else what
        drawn = [value for value in found.values if value in self.table.drawn]
        self.table.setColumnHidden(CHANGE, answer.question.over == Over.FOLDER)  # no folder is before another
        in_time = answer.question.over not in (Over.FOLDER, Over.IMPORT)
        self.chart.show_trend(found, drawn, shares, f"{what} by {by}", up, in_time)

    @property
    def trend(self) -> Trend | None:
        """What is shown; None where nothing is."""
        found = None if self.answer is None else self.answer.trend
        return found if found is not None and found.periods else None

    def _show_empty(self, headline: str, lead: str) -> None:
        self.empty.show_texts(headline, lead)
        self._body.setCurrentWidget(self.empty)

    # -- dates of the photos ------------------------------------------------------------------------------------------
    def _read_dates(self) -> None:
        """Read when photos were taken, of those whose files were not read for it yet."""
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._dates_read = True
            self.progress_area.show()
            self._dates_slot.start(lambda control: read_dates(catalogue, control))

    @Slot()
    def stop(self) -> None:
        """Stop reading dates; those that were read are kept."""
        self._dates_slot.stop()

    def _show_progress(self, events: tuple[ProgressEvent, ...]) -> None:
        event = events[-1]
        self.progress.show_progress(event.done, event.total)
        self.step.setText(f"Reading when photos were taken: {event.done:,} of {event.total:,}")

    def _show_unreadable(self, failed: int) -> None:
        if failed:
            self.notice.show_message("warning", f"{photos(failed)} could not be read for the date.")

    def _dates_ended(self) -> None:
        self.progress_area.hide()
        self._live.ask()

    # -- photos and files ---------------------------------------------------------------------------------------------
    @Slot(str, str)
    def open_photos(self, period: str, value: str) -> None:
        """List the photos behind one amount in the Tag tab."""
        found = self.trend
        if found is not None:
            ids = tuple(found.photos(period, value).tolist())
            if ids:
                self.photos_asked.emit(f"{value or 'none'}, {period}", Query(photos=ids))
            else:
                self.notice.show_message("info", f"No photo is behind this figure: {value or 'none'}, {period}.")

    @Slot(str)
    def _open_value(self, value: str) -> None:
        self.open_photos(self.periods.currentText(), value)

    @Slot()
    def save_csv(self) -> None:
        """Ask for a file, and save all figures."""
        found = self.trend
        file = found and file_choice.save_file(self, self._settings, "Save as CSV", "trends.csv", "Table (*.csv)")
        if found is not None and file:
            self._save_slot.start(lambda _control: _write_csv(found, file))

    @Slot()
    def save_png(self) -> None:
        """Ask for a file, and save the chart as it is shown."""
        kind = "Picture (*.png)"
        file = self.trend and file_choice.save_file(self, self._settings, "Save as PNG", "trends.png", kind)
        if file:
            picture = self.chart.picture()
            self._save_slot.start(lambda _control: _write_png(picture, file))

    def _saved(self, file: Path) -> None:
        action = ("Show in its folder", lambda: file_choice.show_in_folder(file))
        self.notice.show_message("check", f"Saved as {file.name}.", [action])

    def _failed(self, error: FashionLensError) -> None:
        self.notice.show_message("error", sentence(error))

    # -- set-up -------------------------------------------------------------------------------------------------------
    def _make_controls(self) -> None:
        self.setAccessibleName("Trends")
        self.back_button = theme.quiet_button("Back to the list", "chevron-left")
        self.back_button.setToolTip("Back to the list of photos (Escape)")
        self.figures = SegmentedChoice((("Amount", False), ("Share", True)), "Figures in the chart")
        self.csv_button = theme.quiet_button("Save as CSV…", "save")
        self.png_button = theme.quiet_button("Save as PNG…", "save")
        self.notice = Notice()
        self.progress = ThinProgressBar("Reading dates")
        self.step, self.left_out = theme.muted(""), theme.muted("")
        self.stop_button = theme.quiet_button("Stop", "stop")
        self.periods = ChoiceBox()
        self.periods.setAccessibleName("Period of the table")
        self.chart, self.table = TrendChart(), ValueTable()
        self.empty = EmptyState("train")

    def _lay_out(self) -> None:
        top = layouts.row(self.back_button, layouts.FILL, self.figures, 1, self.csv_button, self.png_button)
        self.progress_area = QWidget()
        texts = layouts.column(self.step, self.progress, spacing=0.5)
        layouts.row((texts, 1), self.stop_button, parent=self.progress_area, spacing=2)
        self.progress_area.hide()
        card = theme.card()
        hint = theme.muted("Change: against the period before. Enter opens the photos.")
        layouts.column(self.periods, hint, (self.table, 1), parent=card, spacing=1, margins=1.5)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(theme.SPACE)
        for widget, stretch in ((self.chart, 3), (card, 2)):
            self._split.addWidget(widget)
            self._split.setStretchFactor(self._split.count() - 1, stretch)
        self._split.setSizes([600, 400])
        self._body = layouts.pages(self.empty, self._split)
        layouts.column(
            top,
            self.controls,
            self.notice,
            self.progress_area,
            (self._body, 1),
            self.left_out,
            parent=self,
            spacing=1.5,
        )
        self.setFocusProxy(self.controls.by)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.closed)
        self.stop_button.clicked.connect(self.stop)
        self.csv_button.clicked.connect(self.save_csv)
        self.png_button.clicked.connect(self.save_png)
        self.controls.changed.connect(self._live.ask)
        self.figures.chosen.connect(self._draw)
        self.periods.currentIndexChanged.connect(self._show_period)
        self.table.drawn_changed.connect(self._draw)
        self.table.value_chosen.connect(self._open_value)
        self.chart.point_chosen.connect(self.open_photos)
        self._live.failed.connect(self._failed)
        self._access.closing.connect(self.stop)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._live.set_active(True)
        self._live.ask()  # the list of the Tag tab may be another one

    def hideEvent(self, event: QHideEvent) -> None:
        self._live.set_active(False)
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _missing(answer: TrendAnswer) -> str:
    """Why there is nothing to count, and what to do."""
    question, found = answer.question, answer.trend
    if found is None or not (found.undated or found.unread):
        if question.sums:
            return f"No photo of this list has a row in the table with the column “{question.sums}”."
        return "There are no photos in this list. Choose another one, or add photos in the Tag tab."
    if found.unread:
        return f"No cell of the column “{question.sums}” that belongs to these photos is a number."
    return f"{_undated(question, found)} Choose another date."


def _undated(question: TrendQuestion, found: Trend) -> str:
    if question.dates == TAKEN and not question.sums:
        return (
            f"{photos(found.undated)} without a date: cameras and phones write into a file when it was taken (EXIF), "
            "but these have no such date."
        )
    what = f"{found.undated:,} {'rows' if question.sums else 'photos'}"
    return f"Without a date or a period: {what}."


def _left_out(answer: TrendAnswer) -> str:
    """What is in no figure."""
    found, parts = answer.trend, []
    if found is not None and found.undated:
        parts.append(f"Not counted: {_undated(answer.question, found)}")
    if found is not None and found.unread:
        parts.append(f"Rows without a number in the column “{answer.question.sums}”: {found.unread:,}.")
    return " ".join(parts)


def _write_csv(found: Trend, file: Path) -> Path:
    with atomic_write(file) as temporary:
        write_trend(found, temporary)
    return file


def _write_png(picture: QImage, file: Path) -> Path:
    with atomic_write(file) as temporary:
        if not picture.save(str(temporary), "PNG"):  # type: ignore[call-overload]
            raise SaveError("picture_not_written", file=file.name)
    return file
