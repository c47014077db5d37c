"""Watches the folders of the catalogue in a worker while the window is open, and knows how each of them is."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.catalogue.files.watched_folders import FolderFigures, FolderRule
    from fashionlens_gui.catalogue.model_identity import ModelIdentity
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from trainer.inference.prediction import PhotoPredictor

    OpenedModel = tuple[PhotoPredictor, ModelIdentity]

_log = logging.getLogger(__name__)

_READ_AGAIN_MS = 500
_TRY_AGAIN_MS = 60_000
_MILLISECONDS_TO_STOP = 60_000


class WatchState(StrEnum):
    """How a folder is."""

    PAUSED = "paused"
    WAITING_FOR_MODEL = "waiting_for_model"
    STARTING = "starting"
    WATCHING = "watching"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder as the window shows it.

    Attributes:
        rule: What is done with its photos.
        figures: Of its photos.
        state: How it is.
        regular: It is checked at regular times, since the system does not tell of changes.
        problem: What does not work, which is tried again; None for nothing.
    """

    rule: FolderRule
    figures: FolderFigures
    state: WatchState
    regular: bool = False
    problem: FashionLensError | None = None


@dataclass(frozen=True, slots=True)
class _ModelFailed:
    """The model of a rule cannot be used."""

    folder: Path
    error: FashionLensError


@dataclass(slots=True)
class _FolderState:
    """What events have told of a folder."""

    state: WatchState = WatchState.STARTING
    regular: bool = False
    problem: FashionLensError | None = None


@dataclass(slots=True)
class _Watched:
    """What the worker watches: rules, and the file of the model in use where a rule needs it."""

    rules: tuple[FolderRule, ...] = ()
    model: Path | None = None
    seen: dict[Path, _FolderState] = field(default_factory=dict)


class FolderWatcher(QObject):
    """Begins when the catalogue is open for writing and has rules, and ends before it is closed.

    Args:
        access: The catalogue; told of photos that have come.
        active_model: Tags photos of folders without a model of their own.

    Attributes:
        folders: As they are now, oldest first.
        paused: Nothing is watched for now; not stored.
    """

    changed = Signal()
    """:attr:`folders` or :attr:`paused` is new."""
    tagged = Signal(object, int)
    """The folder, and how many photos have come, when they are in the catalogue."""

    def __init__(self, access: CatalogueAccess, active_model: ActiveModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access, self._active_model = access, active_model
        self.folders: list[WatchedFolder] = []
        self.paused = False
        self._rules: list[tuple[FolderRule, FolderFigures]] = []
        self._watched = _Watched()
        self._failure: FashionLensError | None = None
        self._models: dict[Path, OpenedModel] = {}  # used by one worker at a time
        self._slot = WorkerSlot[object, None](
            "watching folders", self, mode="queued", on_events=self._receive, on_error=self._stopped_by
        )
        self._read_slot = WorkerSlot[None, "list[tuple[FolderRule, FolderFigures]]"](
            "reading watched folders", self, mode="latest", on_result=self._show_rules, on_error=self._not_read
        )
        self._read_again = QTimer(self, singleShot=True, interval=_READ_AGAIN_MS)
        self._read_again.timeout.connect(self.read)
        self._retry = QTimer(self, singleShot=True, interval=_TRY_AGAIN_MS)
        self._retry.timeout.connect(self.try_again)
        access.opened.connect(self._opened)
        access.closing.connect(self._closing)
        access.changed.connect(self._catalogue_changed)
        for signal in (active_model.ready, active_model.failed, active_model.loading):
            signal.connect(self._update)

    @property
    def busy(self) -> bool:
        """Whether rules are being read, or are about to be."""
        return self._read_slot.busy or self._read_again.isActive()

    @property
    def running(self) -> bool:
        """Whether the worker runs."""
        return self._slot.busy

    # -- what the user does -------------------------------------------------------------------------------------------
    def set_rule(self, rule: FolderRule) -> None:
        """Store the rule of a folder, in place of an earlier one of it."""

        def store(catalogue: Catalogue) -> Changes:
            from fashionlens_gui.catalogue.catalogue import Changes
            from fashionlens_gui.catalogue.files.watched_folders import set_rule

            set_rule(catalogue, rule)
            return Changes.none()

        self._access.perform(store, lambda _none: self.read())

    def remove(self, folder: Path) -> None:
        """Watch a folder no longer; its photos stay in the catalogue."""

        def remove(catalogue: Catalogue) -> Changes:
            from fashionlens_gui.catalogue.catalogue import Changes
            from fashionlens_gui.catalogue.files.watched_folders import remove_rule

            remove_rule(catalogue, folder)
            return Changes.none()

        self._access.perform(remove, lambda _none: self.read())

    def set_paused(self, paused: bool) -> None:
        """Pause all folders, or continue."""
        if paused != self.paused:
            self.paused = paused
            self._update()

    @Slot()
    def try_again(self) -> None:
        """Begin anew after something did not work."""
        self._stop()
        self._failure = None
        self._update()

    def shutdown(self) -> None:
        """Stop after the photos that are being tagged, and wait."""
        self._read_again.stop()
        self._retry.stop()
        self._read_slot.shutdown(_MILLISECONDS_TO_STOP)
        self._slot.shutdown(_MILLISECONDS_TO_STOP)

    # -- the catalogue ------------------------------------------------------------------------------------------------
    @Slot(object)
    def _opened(self, _catalogue: Catalogue) -> None:
        self._stop()
        self.read()

    @Slot()
    def _closing(self) -> None:
        self._stop()
        self._read_slot.stop()
        self._rules = []
        self._update()

    @Slot(object)
    def _catalogue_changed(self, _changes: Changes) -> None:
        if self._rules and not self._read_again.isActive():
            self._read_again.start()

    @Slot()
    def read(self) -> None:
        """Read rules and figures."""
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._read_slot.start(partial(_read, catalogue))

    def _show_rules(self, found: list[tuple[FolderRule, FolderFigures]]) -> None:
        self._rules = found
        self._update()

    def _not_read(self, error: FashionLensError) -> None:
        _log.warning("Watched folders cannot be read: %s", error)

    # -- watching -----------------------------------------------------------------------------------------------------
    def _stop(self) -> None:
        self._slot.stop()
        self._watched = _Watched()

    @Slot()
    def _update(self, *_: object) -> None:
        """Watch what is to be watched now, and show it."""
        rules = tuple(rule for rule, _ in self._rules)
        needs_model = any(not rule.model for rule in rules)
        entry, predictor = self._active_model.entry, self._active_model.predictor
        model = entry.path if needs_model and entry is not None and predictor is not None else None
        possible = bool(rules) and self._access.writable and not self.paused and self._failure is None
        if not possible or (needs_model and model is None):
            self._stop()
        elif (rules, model) != (self._watched.rules, self._watched.model):
            self._slot.stop()
            self._watched = _Watched(rules, model, {rule.folder: _FolderState() for rule in rules})
            catalogue = self._access.catalogue
            assert catalogue is not None
            in_use = (model, predictor) if model is not None and predictor is not None else None
            self._slot.start(partial(_watch, catalogue, rules, in_use, self._models))
        self.folders = [self._folder(rule, figures) for rule, figures in self._rules]
        self.changed.emit()

    def _folder(self, rule: FolderRule, figures: FolderFigures) -> WatchedFolder:
        seen = self._watched.seen.get(rule.folder)
        if self._failure is not None:
            return WatchedFolder(rule, figures, WatchState.FAILED, problem=self._failure)
        if seen is not None:
            return WatchedFolder(rule, figures, seen.state, seen.regular, seen.problem)
        if self.paused or not self._access.writable:
            return WatchedFolder(rule, figures, WatchState.PAUSED)
        return WatchedFolder(rule, figures, WatchState.WAITING_FOR_MODEL)

    def _receive(self, events: tuple[object, ...]) -> None:
        from fashionlens_gui.catalogue.catalogue import Changes, Kind
        from fashionlens_gui.watching.watch_events import PhotosGone, PhotosMoved, PhotosRenamed, PhotosTagged

        ids: list[int] = []
        new: dict[Path, int] = {}
        for event in events:
            self._see(event)
            if isinstance(event, PhotosTagged | PhotosRenamed | PhotosMoved | PhotosGone):
                ids += event.ids
            if isinstance(event, PhotosTagged):
                new[event.folder] = new.get(event.folder, 0) + len(event.tags)
        if ids and self._access.catalogue is not None:
            self._access.announce(Changes.merged(Changes.of(kind, ids) for kind in (Kind.PHOTOS, Kind.PREDICTIONS)))
        for folder, count in new.items():
            self.tagged.emit(folder, count)
        self._update()

    def _see(self, event: object) -> None:
        from fashionlens_gui.watching.watch_events import (
            CsvWritten,
            FolderFound,
            FolderMissing,
            PhotosMoved,
            WatchProblem,
        )

        seen = self._watched.seen
        if isinstance(event, FolderFound) and event.folder in seen:
            seen[event.folder].state, seen[event.folder].regular = WatchState.WATCHING, not event.events
        elif isinstance(event, FolderMissing) and event.folder in seen:
            seen[event.folder].state = WatchState.MISSING
        elif isinstance(event, _ModelFailed) and event.folder in seen:
            seen[event.folder].state, seen[event.folder].problem = WatchState.FAILED, event.error
            self._retry.start()
        elif isinstance(event, WatchProblem):
            for folder in event.folders:
                if folder in seen:
                    seen[folder].problem = event.error
        elif isinstance(event, CsvWritten):
            for rule in self._watched.rules:
                if rule.csv == event.file and seen[rule.folder].state is not WatchState.FAILED:
                    seen[rule.folder].problem = None
        elif isinstance(event, PhotosMoved) and event.folder in seen:
            seen[event.folder].problem = None

    def _stopped_by(self, error: FashionLensError) -> None:
        if self._access.catalogue is None or self._slot.control.stopped:
            return
        self._failure = error
        self._retry.start()
        self._update()


def _read(catalogue: Catalogue, _control: WorkControl) -> list[tuple[FolderRule, FolderFigures]]:
    from fashionlens_gui.catalogue.files.watched_folders import folder_figures, rules

    return [(rule, folder_figures(catalogue, rule)) for rule in rules(catalogue)]


def _watch(
    catalogue: Catalogue,
    rules: Sequence[FolderRule],
    in_use: tuple[Path, PhotoPredictor] | None,
    models: dict[Path, OpenedModel],
    control: WorkControl,
) -> Generator[object, None, None]:
    """In the worker: open the models, then watch the folders of those that could be opened."""
    with responsive_import.frequent_switches():
        from fashionlens_gui.watching.watcher import WatchOptions, watch

    opened: dict[str, OpenedModel] = {}
    for name in dict.fromkeys(rule.model for rule in rules):
        try:
            opened[name] = _open(name, in_use, models)
        except FashionLensError as error:
            yield from (_ModelFailed(rule.folder, error) for rule in rules if rule.model == name)
        if control.stopped:
            return
    usable = [rule for rule in rules if rule.model in opened]
    if not usable:
        return
    try:
        yield from watch(catalogue, usable, opened.__getitem__, control, WatchOptions())
    except Exception:
        if not control.stopped:  # else the catalogue was closed meanwhile
            raise


def _open(name: str, in_use: tuple[Path, PhotoPredictor] | None, models: dict[Path, OpenedModel]) -> Any:
    from fashionlens_gui.catalogue.model_identity import identity_of
    from fashionlens_gui.model_choice import find_model, open_predictor

    if not name:
        assert in_use is not None
        return in_use[1], identity_of(*in_use)
    file = find_model(name)
    if in_use is not None and file == in_use[0]:
        return in_use[1], identity_of(*in_use)
    if file not in models:
        with responsive_import.frequent_switches():
            predictor = open_predictor(file, import_torch=responsive_import.import_torch)
        models[file] = predictor, identity_of(file, predictor)
    return models[file]
