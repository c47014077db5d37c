"""Photos similar to one, as a list: found in a thread, shown with their similarity, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from fashionlens_gui.catalogue.lists.list_sources import ListSource, NamedQuery
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import icons, layouts, responsive_import, theme
from fashionlens_gui.window.shell.widgets import ElidedLabel
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag import file_dialogs
from trainer.control import WorkControl
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.catalogue.search.similar import SimilarPhotos
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.tag.list_actions import ListActions
    from fashionlens_gui.window.tag.photo_list import PhotoList
    from fashionlens_gui.window.tag.review.review import Review
    from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
    from fashionlens_gui.window.tag.table.table import ResultsTable
    from fashionlens_gui.window.tag.table.thumbnails import Thumbnails

MOST = 500
"""Photos in the list."""
LEAST_SIMILARITY = 0.01
_SIDE = 40


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    name: str
    path: Path
    ids: np.ndarray
    similarity: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What was listed before."""

    source: ListSource
    filter: Query
    order: np.ndarray | None
    sorted_by: tuple[int, Qt.SortOrder]
    photo: int
    scrolled: int


class SimilarBar(QWidget):
    """Says which photo the list is similar to; a button goes back.

    Attributes:
        back_button: Shows the list before.
    """

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._picture = _Picture(thumbnails)
        self.text = ElidedLabel("text", Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideMiddle)
        self.back_button = theme.quiet_button("Back to the list", "chevron-left")
        layouts.row(self.back_button, self._picture, (self.text, 1), parent=self, spacing=1.5)
        self.hide()

    def show_photo(self, name: str, path: Path, count: int) -> None:
        self._picture.show_photo(path)
        self.text.setText(f"{photos(count)} similar to {name}" if count else f"No photo is similar to {name}")
        self.show()


class _Picture(QWidget):
    """A small picture."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._path: Path | None = None
        self.setFixedSize(QSize(_SIDE, _SIDE))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        thumbnails.arrived.connect(lambda _path: self.update())

    def show_photo(self, path: Path) -> None:
        self._path = path
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        picture: QPixmap | None = None if self._path is None else self._thumbnails.get(self._path)
        if picture is not None:
            painter.drawPixmap(self.rect(), picture)
            return
        painter.setPen(QColor(theme.tokens().border))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        icons.icon("photos", "text_muted").paint(painter, self.rect().adjusted(10, 10, -10, -10))


class SimilarList(QObject):
    """Finds similar photos, lists them, and brings the list before back.

    Args:
        owner: Parent of the file dialog.
        access: The catalogue.
        photo_list: Shows the photos.
        model: Shows how similar they are.
        table: Keeps its place for the way back.
        list_actions: Chooses what is listed.
        review: Its target is the photo to compare with.
        bar: Names the photo.
        settings: Folder of the file dialog.
    """

    failed = Signal(object)
    """A FashionLensError."""
    busy_changed = Signal()

    def __init__(
        self,
        owner: QWidget,
        access: CatalogueAccess,
        photo_list: PhotoList,
        model: PhotoTableModel,
        table: ResultsTable,
        list_actions: ListActions,
        review: Review,
        bar: SimilarBar,
        settings: Settings,
    ) -> None:
        super().__init__(owner)
        self._access, self._list, self._model, self._table = access, photo_list, model, table
        self._owner, self._list_actions, self._review = owner, list_actions, review
        self._bar, self._settings = bar, settings
        self._before: _View | None = None
        self._source: NamedQuery | None = None
        self._similar: SimilarPhotos | None = None
        self._of: Catalogue | None = None
        self._slot = WorkerSlot[None, _Found](
            "finding similar photos",
            self,
            mode="latest",
            on_result=self._show,
            on_error=self.failed.emit,
            on_end=self.busy_changed.emit,
        )
        bar.back_button.clicked.connect(self.back)
        photo_list.source_changed.connect(self._source_changed)
        access.closing.connect(self._closing)

    @property
    def busy(self) -> bool:
        return self._slot.busy

    @property
    def showing(self) -> bool:
        """Whether similar photos are listed."""
        return self._source is not None and self._list.source is self._source

    @Slot()
    def find_selected(self) -> None:
        """List the photos most similar to the one that is selected."""
        chosen = self._review.targets()
        if len(chosen) == 1:
            self.find(chosen[0])

    @Slot()
    def choose_file(self) -> None:
        """Ask for a photo, and list those most similar to it."""
        file = file_dialogs.choose_photo(self._owner, self._settings)
        if file is not None:
            self.find_like_file(file)

    def find(self, photo: int) -> None:
        """List the photos most similar to one of the catalogue."""
        tag = self._model.tag(photo)
        name, path = Path(tag.file).name, tag.path

        def run(similar: SimilarPhotos, _catalogue: Catalogue) -> _Found:
            found = similar.to_photo(photo, MOST)
            return _Found(name, path, found.ids_K, found.similarity_K)

        self._start(run)

    def find_like_file(self, file: Path) -> None:
        """List the photos most similar to a file, which need not be in the catalogue."""

        def run(similar: SimilarPhotos, catalogue: Catalogue) -> _Found:
            from fashionlens_gui.catalogue.search.similar_to_file import similar_to_file

            found = similar_to_file(catalogue, similar, file, MOST)
            return _Found(printable(file.name), file, found.ids_K, found.similarity_K)

        self._start(run)

    @Slot()
    def back(self) -> None:
        """Show the list before as it was."""
        before = self._before
        if before is None or not self.showing:
            return
        self._table.horizontalHeader().setSortIndicator(*before.sorted_by)
        self._list_actions.choose_source(before.source, before.filter, before.order)

        def restore() -> None:
            self._table.select_photo(before.photo)
            self._table.verticalScrollBar().setValue(before.scrolled)
            self._table.setFocus()

        self._list.when_found(restore)

    def shutdown(self) -> None:
        self._slot.shutdown(30_000)

    def _start(self, run: Callable[[SimilarPhotos, Catalogue], _Found]) -> None:
        catalogue = self._access.catalogue
        if catalogue is None:
            return

        def work(_control: WorkControl) -> _Found:
            with responsive_import.frequent_switches():
                from fashionlens_gui.catalogue.search.similar import SimilarPhotos

                if self._similar is None or self._of is not catalogue:
                    self._similar, self._of = SimilarPhotos(catalogue), catalogue
                return run(self._similar, catalogue)

        self._slot.start(work)
        self.busy_changed.emit()

    def _show(self, found: _Found) -> None:
        enough = found.similarity >= LEAST_SIMILARITY
        ids, similarity = found.ids[enough], found.similarity[enough]
        if not self.showing:
            current = self._table.current_photo()
            scrolled = self._table.verticalScrollBar().value()
            header = self._table.horizontalHeader()
            by = header.sortIndicatorSection(), header.sortIndicatorOrder()
            self._before = _View(self._list.source, self._list.filter, self._list.order, by, current, scrolled)
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # the most similar come first
        self._source = NamedQuery(f"Similar to {found.name}", Query(photos=tuple(ids.tolist())))
        self._model.set_similarities(dict(zip(ids.tolist(), similarity.tolist(), strict=True)))
        self._bar.show_photo(found.name, found.path, len(ids))
        self._list_actions.choose_source(self._source, order=ids)
        self._list.when_found(self._select_first)

    def _select_first(self) -> None:
        self._table.select_position(0)
        self._table.setFocus()

    @Slot()
    def _source_changed(self) -> None:
        if not self.showing and self._source is not None:
            self._source = self._before = None
            self._bar.hide()
            self._model.set_similarities({})

    @Slot()
    def _closing(self) -> None:
        self._slot.stop()
        self._similar = self._of = None
