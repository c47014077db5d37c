"""The list of the Tag tab as a query on the catalogue, asked in a thread and again after each change."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fashionlens_gui.catalogue.catalogue import Kind
from fashionlens_gui.catalogue.lists.list_figures import ListFigures, list_figures
from fashionlens_gui.catalogue.lists.list_sources import (
    ListSource,
    NamedQuery,
    Source,
    depends_on_values,
    filtered,
    query_of,
)
from fashionlens_gui.catalogue.own_columns import OwnAttribute, own_attributes
from fashionlens_gui.catalogue.query import MOST_OF_THE_COLOUR, Query, counts, find
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.table.photo_table_model import PAGE, PhotoTableModel
from trainer.control import WorkControl, batches
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_SHORTEST_PAUSE_MS = 100
_SHARE_OF_A_CORE = 0.2  # at most, for asking again while photos are tagged


@dataclass(frozen=True, slots=True)
class ListState:
    """What is known of the list besides its rows.

    Attributes:
        figures: Of the source, whatever the filter.
        in_catalogue: Photos in the whole catalogue.
        vocabulary: Values that people added or set, by attribute or ``category``.
        unused: Those of them that people added and no photo has.
        own: Attributes that people defined, by code.
    """

    figures: ListFigures = field(default_factory=ListFigures)
    in_catalogue: int = 0
    vocabulary: dict[str, list[str]] = field(default_factory=dict)
    unused: dict[str, frozenset[str]] = field(default_factory=dict)
    own: dict[str, OwnAttribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A question to the catalogue: ids where ``rows``, the state where ``state``."""

    catalogue: Catalogue
    source: ListSource
    filter: Query
    order: np.ndarray | None
    revision: int
    keep_places: bool
    rows: bool
    state: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    ids: np.ndarray
    tags: dict[int, Tag]
    asked: _Asked


@dataclass(frozen=True, slots=True)
class _Answer:
    asked: _Asked
    state: ListState | None
    seconds: float


class PhotoList(QObject):
    """Asks the catalogue for the ids of the list and gives them to the table model.

    Args:
        access: The catalogue and its changes.
        model: Shows the list.

    Attributes:
        source: See :meth:`set_source`.
        state: Of the last answer.
    """

    source_changed = Signal()
    """Another source is listed, or another catalogue."""
    updated = Signal()
    """:attr:`state` is new."""
    rows_found = Signal()
    """The model has the answer to the newest question."""
    values_changed = Signal(list)
    """Ids of the photos that changed, of small changes alone: people look at them."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess, model: PhotoTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access, self._model = access, model
        self.source: ListSource = Source.CURRENT
        self.state = ListState()
        self._filter = Query()
        self._sort, self._descending = "arrival", False
        self._order: np.ndarray | None = None
        self._revision, self._rows_revision, self._state_revision = 0, 0, 0
        self._only_values_changed = True  # since the rows were found
        self._answered = self._awaiting_rows = False
        self._when_found: list[Callable[[], object]] = []
        self._when_known: list[Callable[[], object]] = []
        self._seconds = 0.0
        self._slot = WorkerSlot[_Rows, _Answer](
            "finding photos",
            self,
            mode="latest",
            on_events=self._show_rows,
            on_result=self._show_state,
            on_end=self._ask_later,
            interval_ms=lambda: 0,
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._ask_again)
        access.opened.connect(self._opened)
        access.closing.connect(self._closing)
        access.changed.connect(self._catalogue_changed)
        model.sort_asked.connect(self.sort)
        model.failed.connect(self.failed)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._slot.busy or self._pause.isActive()

    @property
    def ready(self) -> bool:
        """Whether the list was found once."""
        return self._answered

    @property
    def filter(self) -> Query:
        """The filter as it was set."""
        return self._filter

    @property
    def is_selection(self) -> bool:
        """Whether the source has some photos because of what is known of them, rather than all or those of imports."""
        if isinstance(self.source, NamedQuery):
            return self.source.query.batch is None
        return self.source not in (Source.CURRENT, Source.EVERYTHING)

    @property
    def order(self) -> np.ndarray | None:
        """The order of :meth:`set_order`, while it is in use."""
        return self._order

    @property
    def is_sorted(self) -> bool:
        """Whether the list is in another order than that of arrival."""
        return self._sort != "arrival" or self._order is not None

    def source_query(self) -> Callable[[Catalogue], Query]:
        """The query of the source, without filters, for a worker."""
        return partial(query_of, self.source)

    def set_source(self, source: ListSource, order: np.ndarray | None = None) -> None:
        """Show other photos, sorted as now or, until the next :meth:`sort`, in this order, int64 (n,)."""
        self.source = source
        self._order = order
        self._revision += 1
        self._ask(rows=True, state=True)
        self.source_changed.emit()

    def set_filter(self, wanted: Query) -> None:
        """Show those that match: status, values, corrected and text of a query."""
        if wanted != self._filter:
            self._filter = wanted
            self._ask(rows=True, state=False)

    @Slot(str, bool)
    def sort(self, key: str, descending: bool) -> None:
        """Sort by a key of :data:`fashionlens_gui.catalogue.query.SORTS`; corrected photos get their places."""
        self._sort, self._descending, self._order = key, descending, None
        self._ask(rows=True, state=False)

    def set_order(self, ids: np.ndarray) -> None:
        """Show photos, int64 (n,), in this order until the next :meth:`sort`; other photos follow."""
        self._order = ids
        self._ask(rows=True, state=False)

    def when_found(self, act: Callable[[], object]) -> None:
        """Call this once the model has the answer to the newest question; now if it has it already."""
        if self._awaiting_rows or self._rows_revision < self._revision:
            self._when_found.append(act)
        else:
            act()

    def when_known(self, act: Callable[[], object]) -> None:
        """Call this once :attr:`state` is that of the present catalogue."""
        if self._state_revision < self._revision:
            self._when_known.append(act)
        else:
            act()

    @Slot()
    def ask_again(self) -> None:
        """Ask for rows and state again."""
        self._revision += 1
        self._ask_again()

    def shutdown(self) -> None:
        self._pause.stop()
        self._slot.shutdown(30_000)

    # -- the catalogue ------------------------------------------------------------------------------------------------
    @Slot(object)
    def _opened(self, catalogue: Catalogue) -> None:
        self._model.set_catalogue(catalogue)
        self._revision += 1
        self._ask(rows=True, state=True)
        self.source_changed.emit()

    @Slot()
    def _closing(self) -> None:
        self._slot.stop()
        self._pause.stop()
        self._model.set_catalogue(None)

    @Slot(object)
    def _catalogue_changed(self, changes: Changes) -> None:
        self._revision += 1
        values_alone = changes.kinds <= {Kind.VALUES, Kind.VOCABULARY}
        self._only_values_changed &= values_alone
        if values_alone and self._rows_revision == self._revision - 1 and not self._depends_on_values:
            self._rows_revision = self._revision
        if changes.kinds & {Kind.VALUES, Kind.PREDICTIONS}:
            self._model.refresh(changes.ids.tolist())
        few = len(changes.ids) <= PAGE
        if few and Kind.VALUES in changes.kinds:
            self.values_changed.emit(changes.ids.tolist())
        if few:
            self._ask_again()
        else:
            self._ask_later()

    @property
    def _depends_on_values(self) -> bool:
        if isinstance(self.source, NamedQuery):
            return depends_on_values(self._filter) or depends_on_values(self.source.query)
        return depends_on_values(self._filter) or self.is_selection

    # -- questions ----------------------------------------------------------------------------------------------------
    def _ask(self, rows: bool, state: bool, keep_places: bool = False) -> None:
        """Ask now, in place of a question that was asked before."""
        catalogue = self._access.catalogue
        if catalogue is None:
            return
        by_colour = self._filter.near_colour is not None and self._sort == "arrival"
        sort = MOST_OF_THE_COLOUR if by_colour else self._sort
        query = replace(self._filter, sort=sort, descending=self._descending)
        self._model.query = query
        state = state or self._state_revision < self._revision
        asked = _Asked(catalogue, self.source, query, self._order, self._revision, keep_places, rows, state)
        self._pause.stop()
        self._awaiting_rows |= rows
        self._slot.start(partial(_answer, asked), on_error=partial(self._report_error, asked))

    @Slot()
    def _ask_again(self) -> None:
        """Ask what may have changed, unless a question is on its way: then when that is answered."""
        rows, state = self._stale()
        if not self._slot.busy and (rows or state):
            self._ask(rows, state, self._only_values_changed)

    def _ask_later(self) -> None:
        """Ask again after a pause, so that the window and the tagging have their time."""
        if not self._slot.busy:
            self._call_waiting(self._when_found)
        if not self._slot.busy and not self._pause.isActive() and any(self._stale()):
            pause = max(_SHORTEST_PAUSE_MS, int(self._seconds * 1000 / _SHARE_OF_A_CORE))
            self._pause.start(pause)

    def _stale(self) -> tuple[bool, bool]:
        """Whether the rows and the state may have changed since they were found."""
        return self._rows_revision < self._revision, self._state_revision < self._revision

    def _show_rows(self, events: tuple[_Rows, ...]) -> None:
        rows = events[-1]
        if rows.asked.catalogue is not self._access.catalogue:
            return  # it was closed meanwhile
        self._awaiting_rows = False
        self._rows_revision = max(self._rows_revision, rows.asked.revision)
        if rows.asked.revision == self._revision:
            self._only_values_changed = True
        self._model.set_ids(rows.ids, rows.tags, rows.asked.keep_places)
        self._answered = True
        self._call_waiting(self._when_found)
        self.rows_found.emit()

    @staticmethod
    def _call_waiting(waiting: list[Callable[[], object]]) -> None:
        acts = list(waiting)
        waiting.clear()
        for act in acts:
            act()

    def _show_state(self, answer: _Answer) -> None:
        self._seconds = answer.seconds
        if answer.state is not None and answer.asked.catalogue is self._access.catalogue:
            self._state_revision = answer.asked.revision
            self.state = answer.state
            self._model.set_attributes_with_values(answer.state.figures.attributes)
            self.updated.emit()
        if self._state_revision == self._revision:
            self._call_waiting(self._when_known)

    def _report_error(self, asked: _Asked, error: FashionLensError) -> None:
        if asked.catalogue is not self._access.catalogue:
            return
        self._rows_revision = self._state_revision = self._revision  # asked again after the next change
        self._answered, self._awaiting_rows = True, False
        self.failed.emit(error)


def _answer(asked: _Asked, _control: WorkControl) -> Generator[_Rows, None, _Answer]:
    began, catalogue = time.monotonic(), asked.catalogue
    with responsive_import.frequent_switches():
        source = query_of(asked.source, catalogue)
        if asked.rows:
            ids = find(catalogue, filtered(source, asked.filter))
            if asked.order is not None:
                first = asked.order[np.isin(asked.order, ids)]
                ids = np.concatenate([first, ids[~np.isin(ids, first)]])
            yield _Rows(ids, catalogue.tags(ids[:PAGE]), asked)
        state = None
        if asked.state:
            in_catalogue = sum(counts(catalogue, Query()).values())
            figures = list_figures(catalogue, source)
            with catalogue.database.read() as database:
                own = {each.code: each for each in own_attributes(database)}
            state = ListState(figures, in_catalogue, catalogue.vocabulary(), catalogue.unused_values(), own)
    return _Answer(asked, state, time.monotonic() - began)


def rows_of(catalogue: Catalogue, ids: Sequence[int] | np.ndarray) -> Iterator[tuple[int, Tag]]:
    """Photos that are in the catalogue, with their rows, read in pages; for workers."""
    for some in batches(len(ids), 8 * PAGE):
        asked = [int(id_) for id_ in ids[some]]
        found = catalogue.tags(asked)
        yield from ((id_, found[id_]) for id_ in asked if id_ in found)
