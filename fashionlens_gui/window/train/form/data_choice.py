"""Which photos to train on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QRadioButton, QVBoxLayout, QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.data import decision_counts, parts_sentence
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import layouts, message_box, theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.data_check.dialog import DataCheckDialog
from fashionlens_gui.window.train.form.encoding_dialog import EncodingDialog
from fashionlens_gui.window.train.training_worker import has_fashion_mnist
from trainer.control import WorkControl
from trainer.data import labelled_photos
from trainer.data.csv_encoding import choose_encoding
from trainer.data.data_paths import FASHION_MNIST
from trainer.data_quality.decisions_file import read_decisions
from trainer.errors import DataError, FashionLensError
from trainer.recipe import MIN_PHOTOS_TO_FINE_TUNE, suggested_mode

_ADVISED = 20  # photos of each category
_NOTHING_CHOSEN = "Not chosen yet"
_COUNTING = "Counting the photos…"

Mode = Literal["probe", "finetune"]


@dataclass(frozen=True, slots=True)
class _Summary:
    """What a worker found in a folder or list of photos.

    Attributes:
        exists: It is there.
        photos: Categories and advice, or what is wrong.
        suggested_mode: What suits the number of photos.
        decisions: Number of decisions in a sentence, or empty.
        unsure: The error of a list that may be in one of several encodings.
    """

    exists: bool
    photos: str
    suggested_mode: Mode
    decisions: str
    unsure: DataError | None = None


class DataChoice(QWidget):
    """Own photos in a folder with one sub-folder per category, or a list of them; or Fashion-MNIST."""

    changed = Signal()
    counted = Signal()
    """The photos of the chosen folder are counted: :attr:`suggested_mode` holds for them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._locked = False
        self.data_check: DataCheckDialog | None = None
        self._folder = ""
        self._suggested_mode: Mode = "probe"
        self._counter = WorkerSlot[None, _Summary](
            "counting photos", self, mode="latest", on_result=self._show_summary, on_error=self._show_count_failure
        )
        self._fashion_mnist = QRadioButton("&Fashion-MNIST")
        self._fashion_mnist.setToolTip(
            "A free data set of small grey pictures, good for a first try. FashionLens looks for it in its data folder "
            "and in the folder that you choose here; otherwise it downloads it once."
        )
        self._own = QRadioButton("&My own photos, a folder per category or a list")
        self._own.setChecked(True)
        self._own.setToolTip(
            "For example: a folder “Shop” with the folders “Dresses”, “Shoes” and “Bags”, or a table (CSV) of files "
            "and their categories."
        )
        self._files_place = _PathRow("I have it…", "The folder that holds the four files of Fashion-MNIST")
        self.choose_files_place_button = self._files_place.button
        self._files_place.button.clicked.connect(self._choose_data_folder)
        here = has_fashion_mnist(settings.data_folder)
        found = "Found on this computer" if here else "Downloaded once, 30 MB"
        self._files_place.show_path(settings.data_folder, found)
        self._photos = _PathRow("Folder…", "The folder of your own photos, or the list of them")
        self.choose_photos_button = self._photos.button
        self._photos.button.clicked.connect(self._choose_photos)
        self.choose_list_button = self._photos.add_button("List…")
        self.choose_list_button.setToolTip(
            "A table (CSV) with a column “file” and a column “category”, for photos that are not sorted into folders."
        )
        self.choose_list_button.clicked.connect(self._choose_list)
        self._photos.show_path("", _NOTHING_CHOSEN)
        self.photos_help = theme.muted("")
        self.encoding_dialog: EncodingDialog | None = None
        self._unsure: DataError | None = None
        self.encoding_button = theme.quiet_button("Choose the letters…")
        self.encoding_button.setToolTip("The list may be in one of several encodings. Choose the one that is right.")
        self.encoding_button.clicked.connect(self._ask_encoding)
        for table, encoding in settings.encodings.items():
            choose_encoding(encoding, Path(table))
        self.check_button = theme.quiet_button("Check the photos…")
        self.check_button.setToolTip("Find photos that are in the wrong category, duplicate or unreadable.")
        self.check_button.clicked.connect(self._check_photos)
        self.decisions_label = theme.muted("")
        below = _indented(self._photos, self.photos_help, self.encoding_button, self.check_button, self.decisions_label)
        below.setAlignment(self.encoding_button, Qt.AlignmentFlag.AlignLeft)
        below.setAlignment(self.check_button, Qt.AlignmentFlag.AlignLeft)
        layouts.column(
            self._own,
            below,
            0.5,
            self._fashion_mnist,
            _indented(
                theme.muted("60,000 small grey pictures in ten categories, for a first try."),
                self._files_place,
            ),
            parent=self,
            spacing=0.5,
        )
        self._own.toggled.connect(self._switched)
        self._own.clicked.connect(self._remember)
        self._fashion_mnist.clicked.connect(self._remember)
        if settings.train_on:
            self.set_source(settings.train_on)
        self._switched()

    @property
    def source(self) -> str:
        """:data:`FASHION_MNIST`, or the chosen folder ("" when none was chosen)."""
        return FASHION_MNIST if self._fashion_mnist.isChecked() else self._folder

    @property
    def suggested_mode(self) -> Mode:
        """What suits the chosen folder's number of photos; "probe" until they are counted."""
        return self._suggested_mode

    def problem(self) -> str:
        """What is missing before training can start, or nothing."""
        if self.source:
            return ""
        return "Choose your photos first: a folder with one sub-folder for each category, or a list."

    def set_source(self, source: str) -> None:
        """Choose a source without the user."""
        own = source != FASHION_MNIST
        if own:
            self._folder = source
            self._photos.show_path(source, "")
            self._suggested_mode = "probe"
            self.photos_help.setText(_COUNTING if source else "")
            self.decisions_label.clear()
            self._unsure = None
            self._count()
        (self._own if own else self._fashion_mnist).setChecked(True)
        self._switched()

    def set_check_locked(self, locked: bool) -> None:
        """Disable the check during training: both use the whole processor."""
        self._locked = locked
        self._switch_check()

    def shutdown(self, milliseconds: int) -> None:
        """End a check, for a window that closes; a count has nothing to save."""
        self._counter.shutdown(min(milliseconds, 1000))
        if self.data_check is not None:
            self.data_check.shutdown(milliseconds)

    @Slot()
    def _check_photos(self) -> None:
        if self.data_check is None and self._folder:
            self.data_check = DataCheckDialog(Path(self._folder), self)
            self.data_check.finished.connect(self._checked)
            self.data_check.begin()

    @Slot()
    def _checked(self) -> None:
        self.data_check = None
        self._switch_check()
        self._count()  # what was decided has changed

    def _switch_check(self) -> None:
        own = self._own.isChecked()
        self.check_button.setVisible(own)
        self.check_button.setEnabled(bool(self._folder) and not self._locked)
        self.decisions_label.setVisible(own and bool(self.decisions_label.text()))

    def _count(self) -> None:
        if self._folder:
            self._counter.start(partial(_summarize, Path(self._folder)))

    def _show_summary(self, found: _Summary) -> None:
        if not found.exists and self._folder == self._settings.train_on:  # remembered, and deleted since
            self._photos.show_path("", _NOTHING_CHOSEN)
            self.photos_help.setText(f"“{Path(self._folder).name}” is no longer there.")
            self._folder = ""
            self._switched()
            return
        self.photos_help.setText(found.photos)
        self.decisions_label.setText(found.decisions)
        self.photos_help.setVisible(self._own.isChecked() and bool(found.photos))
        self._switch_check()
        self._suggested_mode = found.suggested_mode
        self.counted.emit()
        self._unsure = found.unsure
        self._switch_encoding()
        if found.unsure is not None and self.encoding_button.isVisible():
            self._ask_encoding()

    def _switch_encoding(self) -> None:
        self.encoding_button.setVisible(self._own.isChecked() and self._unsure is not None)

    @Slot()
    def _ask_encoding(self) -> None:
        if self._unsure is not None:
            self.encoding_dialog = EncodingDialog(self, self._unsure)
            self.encoding_dialog.dialog.accepted.connect(self._encoding_chosen)
            self.encoding_dialog.dialog.open()

    @Slot()
    def _encoding_chosen(self) -> None:
        assert self.encoding_dialog is not None
        choose_encoding(self.encoding_dialog.encoding, Path(self._folder))
        self._settings.encodings[self._folder] = self.encoding_dialog.encoding
        self._save_settings()
        self.set_source(self._folder)

    def _show_count_failure(self, error: FashionLensError) -> None:
        self.photos_help.setText(sentence(error))

    @Slot()
    def _switched(self) -> None:
        self._files_place.setVisible(self._fashion_mnist.isChecked())
        self._photos.setVisible(self._own.isChecked())
        self.photos_help.setVisible(self._own.isChecked() and bool(self.photos_help.text()))
        self._switch_check()
        self._switch_encoding()
        self.changed.emit()

    @Slot()
    def _choose_photos(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self,
            "Folder with one sub-folder per category",
            paths.reachable_folder(self._folder, self._settings.last_folder),
        )
        if folder:
            self.set_source(folder)
            self._remember()

    @Slot()
    def _choose_list(self) -> None:
        file, _ = QFileDialog.getOpenFileName(
            self,
            "Table of files and categories",
            paths.reachable_folder(self._folder, self._settings.last_folder),
            "Tables (*.csv)",
        )
        if file:
            self.set_source(file)
            self._remember()

    @Slot()
    def _remember(self) -> None:
        """Offer the same photos after the next start."""
        self._settings.train_on = self.source
        self._save_settings()

    @Slot()
    def _choose_data_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self, "Folder with the four files of Fashion-MNIST", paths.reachable_folder(self._settings.data_folder)
        )
        if not folder:
            return
        self._settings.data_folder = folder
        self._files_place.show_path(folder, "")
        self._save_settings()

    def _save_settings(self) -> None:
        if error := self._settings.save_or_log():
            message_box.error(self, error)


class _PathRow(QWidget):
    """Shows a path and a button to choose another one."""

    def __init__(self, button: str, name: str) -> None:
        super().__init__()
        self._name = ""
        self._path = QLineEdit()
        self._path.setReadOnly(True)
        self._path.setAccessibleName(name)
        self.button = theme.quiet_button(button)
        layouts.row((self._path, 1), self.button, parent=self)

    def add_button(self, text: str) -> QPushButton:
        button = theme.quiet_button(text)
        cast(QHBoxLayout, self.layout()).addWidget(button)
        return button

    def show_path(self, path: str, otherwise: str) -> None:
        """Show the last part of the path; the whole path is in the tooltip."""
        self._name = Path(path).name or path
        self._elide()
        self._path.setAccessibleDescription(path)
        self._path.setPlaceholderText(otherwise)
        self._path.setToolTip(path)

    def _elide(self) -> None:
        room = self._path.width() - 3 * theme.SPACE
        self._path.setText(self._path.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideMiddle, room))
        self._path.setCursorPosition(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()


def _indented(*widgets: QWidget) -> QVBoxLayout:
    return layouts.column(*widgets, spacing=0.5, margins=(3, 0, 0, 0))


def _summarize(source: Path, _control: WorkControl) -> _Summary:
    """In a worker's thread: count photos up to the number that matters, and read what was decided of them."""
    counts: dict[str, int] = {}
    unsure: DataError | None = None
    try:
        counts = labelled_photos.count(source, MIN_PHOTOS_TO_FINE_TUNE)
        photos = f"{_categories(counts)} {parts_sentence(labelled_photos.parts_of(source))}".rstrip()
    except DataError as error:
        photos = sentence(error)
        unsure = error if error.code == "csv_encoding_unsure" else None
    if unsure is not None:
        photos = f"The letters in {source.name} can be read in several ways."
    try:
        decided = decision_counts(read_decisions(paths.decisions_file(source)))
        decisions = f"Your decisions: {decided}. Training will use them." if decided else ""
    except DataError as error:
        decisions = sentence(error)
    return _Summary(os.path.exists(source), photos, suggested_mode(list(counts.values())), decisions, unsure)


def _categories(counts: dict[str, int]) -> str:
    names = list(counts)
    fewest = min(names, key=lambda name: counts[name])
    shown = f"{len(names)} categories: {', '.join(names[:4])}{' and others' if len(names) > 4 else ''}."
    few = sum(count < _ADVISED for count in counts.values())
    if not few:
        return shown
    if few > 1 and counts[fewest]:
        who = "Each has" if few == len(names) else f"{few} of them have"
        return f"{shown} {who} fewer than {_ADVISED} photos (“{fewest}”: {counts[fewest]}). More photos work better."
    has = f"has only {counts[fewest]} photo{'' if counts[fewest] == 1 else 's'}" if counts[fewest] else "has no photos"
    return f"{shown} “{fewest}” {has}. {_ADVISED} or more per category work better."
