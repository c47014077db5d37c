"""Runs the review in groups: finds the groups in a thread, shows one after the other and stores the answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.catalogue.catalogue import Kind
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag import vocabulary
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.group_review.page import GroupPage, Progress
from fashionlens_gui.window.tag.group_review.photo_grid import Tile, TilePictures
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.review.review import Review
from trainer.control import WorkControl
from trainer.number_format import photos, whole_percent
from trainer.taxonomy import CATEGORY, OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.catalogue.query import Query
    from fashionlens_gui.review.group_review import GroupReview
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_MANY_PHOTOS = 500  # that changed at once: the review begins again


class GroupReviewer(QObject):
    """The review in groups, with its page.

    Args:
        owner: Of the list of values.
        access: The catalogue, and what changes in it.
        photo_list: The list that is reviewed, whatever its filter.
        review: Knows the values to choose from; its viewer and the page are not shown together.
        corrections: Store the answers; one act of the user is one undo.
        actions: One opens the page, one continues with single photos.
    """

    toggled = Signal(bool)
    """Show the page (True) or the list (False)."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(
        self,
        owner: QWidget,
        access: CatalogueAccess,
        photo_list: PhotoList,
        review: Review,
        corrections: Corrections,
        actions: TagActions,
    ) -> None:
        super().__init__(owner)
        self._access, self._list, self._values, self._corrections = access, photo_list, review, corrections
        self._review: GroupReview | None = None
        self._name = CATEGORY
        self.showing = False
        self.pictures = TilePictures(self)
        self.page = GroupPage(self.pictures)
        self.picker = ChoicePicker(owner)
        self._worker = WorkerSlot[None, Any](
            "finding photos that look alike", self, mode="latest", on_error=self.failed.emit
        )
        self._changes_worker = WorkerSlot[None, "set[int]"](
            "finding what is reviewed", self, mode="queued", on_error=self.failed.emit
        )
        self.picker.picked.connect(self.answer)
        self.picker.added.connect(lambda value: corrections.add_value(self._name, value))
        self.page.closed.connect(self.close)
        self.page.confirmed.connect(self.confirm)
        self.page.answered.connect(self.answer)
        self.page.search.connect(self.open_picker)
        self.page.label_chosen.connect(self._choose_label)
        self.page.one_by_one.connect(actions.review.trigger)
        actions.review_groups.triggered.connect(self.open)
        review.viewer_toggled.connect(self._viewer_toggled)
        access.closing.connect(self.close)
        photo_list.source_changed.connect(self.close)
        photo_list.updated.connect(self._update_end)
        access.changed.connect(self._catalogue_changed)
        corrections.not_stored.connect(self._ask_again)

    @property
    def busy(self) -> bool:
        """Whether groups are being found."""
        return self._worker.busy or self._changes_worker.busy

    def id_of(self, photo: int) -> int:
        """The id of a photo of the review in the catalogue."""
        assert self._review is not None
        return self._review.id_of(photo)

    @Slot()
    def open(self) -> None:
        """Show the page with the doubtful categories."""
        if self._access.writable and not self.showing:
            self._values.close_viewer()
            self.showing = True
            self._name = CATEGORY
            self.reload()
            self.toggled.emit(True)

    @Slot()
    def close(self) -> None:
        """Back to the list."""
        if self.showing:
            self.showing, self._review = False, None
            self._worker.stop()
            self.page.show_waiting()
            self.toggled.emit(False)

    @Slot()
    def reload(self) -> None:
        """Find the groups again, as after photos were added."""
        catalogue = self._access.catalogue
        if not self.showing or catalogue is None:
            return
        self._review = None
        self.page.show_labels(self._values.attributes_in_use(), self._name)
        self.page.show_waiting()
        self.page.setFocus()
        self._start(partial(_open_review, catalogue, self._list.source_query(), self._name), self._opened)

    def shutdown(self) -> None:
        self._worker.shutdown(30_000)
        self._changes_worker.shutdown(30_000)
        self.pictures.shutdown()

    @Slot()
    def confirm(self) -> None:
        """Confirm the photos that are not marked, and show the next group."""
        if self._review is not None and len(self._review.group):
            self._store(self._review.confirm(self.page.grid.marked))

    @Slot(str)
    def answer(self, value: str) -> None:
        """Set the marked photos, or all if none is marked, to a value."""
        if self._review is not None and (targets := self._targets()):
            self._store({value: self._review.answer(targets)})

    @Slot(str)
    def open_picker(self, typed: str) -> None:
        """Open the list of values for the marked photos, or for all; ``typed`` is searched for."""
        targets = self._targets()
        if self._review is None or not targets:
            return
        probable = dict(self._review.answers())
        is_category = self._name == CATEGORY
        values = [OTHER] if is_category else []
        values += self._values.values(self._name)
        choices = [
            Choice(
                value,
                whole_percent(probable.get(value)),
                synonyms=vocabulary.synonyms(value) if is_category else (),
                srgb=vocabulary.srgb_of(value) if self._name == "colour" else None,
                always=is_category and value == OTHER,
            )
            for value in dict.fromkeys([*probable, *values[1:], *values[:1]])
        ]
        prompt = f"{self._name.capitalize()} for {photos(len(targets))}"
        self.picker.open_at(self.page.anchor(), prompt, choices, typed, numbered=True, what=self._name, can_add=True)

    def _targets(self) -> set[int]:
        return self.page.grid.marked or (set(self._review.group.tolist()) if self._review is not None else set())

    def _store(self, values: dict[str, list[int]]) -> None:
        if values:
            self._corrections.set_values(self._name, values)
        self._regroup()
        self._show()

    def _regroup(self) -> None:
        """Group again what is not shown: odd photos have another value now."""
        if self._review is not None:
            self._start(partial(_find_groups, *self._review.rest()), self._follow)

    def _start(self, work: Callable[[WorkControl], Any], on_result: Callable[[Any], None]) -> None:
        self._worker.start(work, on_result)

    def _opened(self, review: GroupReview) -> None:
        self._review = review
        self._show()

    def _follow(self, groups: list[Any]) -> None:
        if self._review is not None:
            waited = not len(self._review.group)
            self._review.follow(groups)
            if waited:
                self._show()
            else:
                self.page.show_progress(_progress(self._review))
                self._read_ahead()

    def _show(self) -> None:
        review = self._review
        if review is None:
            return
        if not len(review.group):
            if self._worker.busy and review.left:
                self.page.show_waiting()
            else:
                statuses = self._list.state.figures.statuses
                needed = statuses[Status.NEEDS_REVIEW] if self._name == CATEGORY else 0
                self.page.show_end(review.done, needed)
            return
        values = review.values()
        tiles = [self._tile(photo, len(values) > 1) for photo in review.group.tolist()]
        self.page.show_group(values, tiles, review.marked.tolist(), review.answers(), _progress(review))
        self._read_ahead()

    @Slot()
    def _update_end(self) -> None:
        """The list has counted its photos."""
        if self._review is not None and self.page.at_the_end:
            self._show()

    def _tile(self, photo: int, with_caption: bool) -> Tile:
        assert self._review is not None
        value, probability = self._review.value(photo), self._review.probability(photo)
        value = shown(self._name, value)
        about = f"{self._review.file(photo)}\n{value} {whole_percent(probability)}"
        return Tile(photo, self._review.path(photo), value if with_caption else "", about)

    def _read_ahead(self) -> None:
        assert self._review is not None
        for photo in self._review.following.tolist():
            self.pictures.get(self._review.path(photo))

    @Slot(str)
    def _choose_label(self, name: str) -> None:
        self._name = name
        self.reload()

    @Slot(bool)
    def _viewer_toggled(self, viewing: bool) -> None:
        if viewing:
            self.close()

    @Slot(object)
    def _catalogue_changed(self, changes: Changes) -> None:
        """Undo and redo change photos, too, and so do other views."""
        if self._review is None:
            return
        ids = self._review.among(changes.ids.tolist())
        if len(ids) > _MANY_PHOTOS or (ids and Kind.PREDICTIONS in changes.kinds):
            self.reload()
        else:
            self._ask_again(ids)

    @Slot(list)
    def _ask_again(self, ids: list[int]) -> None:
        """Ask the catalogue which of these photos are still to be reviewed."""
        catalogue, review = self._access.catalogue, self._review
        if ids and review is not None and catalogue is not None:
            self._changes_worker.start(
                partial(_unsure_among, catalogue, ids, self._name), partial(self._take_changes, review, ids)
            )

    def _take_changes(self, review: GroupReview, ids: list[int], unsure: set[int]) -> None:
        if review is self._review and review.take_changes(ids, unsure):
            self._regroup()
            self._show()


def _progress(review: GroupReview) -> Progress:
    return Progress(review.left, review.groups, review.done)


def _open_review(
    catalogue: Catalogue, query: Callable[[Catalogue], Query], name: str, _control: WorkControl
) -> GroupReview:
    from fashionlens_gui.review.group_review import open_review

    with responsive_import.frequent_switches():
        return open_review(catalogue, query(catalogue), name)


def _find_groups(
    photos_M: np.ndarray, probabilities_MK: np.ndarray, embeddings_ND: np.ndarray, _control: WorkControl
) -> list[np.ndarray]:
    from fashionlens_gui.review.group_review import find_groups

    with responsive_import.frequent_switches():
        return find_groups(photos_M, probabilities_MK, embeddings_ND)


def _unsure_among(catalogue: Catalogue, ids: Iterable[int], name: str, _control: WorkControl) -> set[int]:
    from fashionlens_gui.catalogue.search.uncertainty import unsure_among

    return unsure_among(catalogue, list(ids), name)
