"""“Read keywords…”: what people have set in other programs, as a table, before it becomes corrections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from fashionlens_gui import messages
from fashionlens_gui.messages.files import words_text
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.photo_files.work_dialog import PhotoScope, ScopeChoice, WorkDialog
from fashionlens_gui.window.shell import plain_table, theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import photos
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.photo_keywords.read import FoundKeywords
    from fashionlens_gui.tagging.tag import Tag

_MOST_ROWS = 1_000
_ORDER = CATEGORY_AND_ATTRIBUTES
_WORDS = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What was found, and the first of the photos as they are now."""

    keywords: FoundKeywords
    tags: dict[int, Tag]


class ReadDialog(WorkDialog):
    """Reads the files at once, and again for other photos.

    Args:
        catalogue: Open for writing.
        scopes: The photos, the widest first.
        parent: The window.
    """

    agreed = Signal(object)
    """Take these FoundKeywords over."""

    def __init__(self, catalogue: Catalogue, scopes: Sequence[PhotoScope], parent: QWidget) -> None:
        super().__init__("Read keywords", "Take over", "check", parent)
        self._catalogue = catalogue
        self._found: FoundKeywords | None = None
        self._read_slot = WorkerSlot[ProgressEvent, _Found](
            "reading keywords",
            self,
            mode="latest",
            on_events=self._show_reading,
            on_result=self._show_found,
            on_error=self._not_read,
        )
        self.scopes = ScopeChoice(scopes)
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels(["Photo", "What", "Now", "Then"])
        plain_table.set_up(self.table)
        self.table.setSortingEnabled(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setAccessibleName("What would change")
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.summary, self.words = theme.plain(""), theme.muted("")
        self.set_content(
            theme.muted(
                "What people have added or removed in Lightroom, digiKam and other programs becomes a correction."
            ),
            self.scopes,
            (self.table, 1),
            self.summary,
            self.words,
        )
        self.scopes.changed.connect(self._read)
        self.action_button.clicked.connect(self._agree)
        self.resize(96 * theme.SPACE, 66 * theme.SPACE)
        self._read()

    @property
    def reading(self) -> bool:
        return self._read_slot.busy

    @Slot()
    def _read(self) -> None:
        self.action_button.setEnabled(False)
        self.words.setText("")
        self.table.setRowCount(0)
        self.summary.setText("Reading the files…")
        self._read_slot.start(partial(_read, self._catalogue, self.scopes.scope.find))

    def _show_reading(self, events: tuple[ProgressEvent, ...]) -> None:
        self.summary.setText(f"Reading the files: {events[-1].done:,} of {events[-1].total:,}…")

    def _show_found(self, found: _Found) -> None:
        keywords = self._found = found.keywords
        rows = [
            (printable(tag.file), name.capitalize(), _value(tag, name) or "none", value or "none")
            for photo, tag in found.tags.items()
            for name, value in sorted(keywords.values[photo].items(), key=lambda each: _ORDER.index(each[0]))
        ]
        self.table.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
        for column in (1, 2, 3):
            self.table.setColumnWidth(
                column, plain_table.width_of(self.table, column, (texts[column] for texts in rows))
            )
        more = len(keywords.values) - len(found.tags)
        text = f"{photos(len(keywords.values))} will change." if keywords.values else "Nothing new was found."
        parts = [text, f"{more:,} of them are not in the table." if more else ""]
        if keywords.errors:
            file, error = keywords.errors[0]
            first = f"{printable(file.name)}: {messages.sentence(error)}"
            parts.append(f"{len(keywords.errors):,} could not be read, such as {first}")
        self.summary.setText(" ".join(filter(None, parts)))
        self.words.setText(_words(keywords.unknown, keywords.ambiguous))
        self.words.setVisible(bool(self.words.text()))
        self.action_button.setEnabled(bool(keywords.values))

    def _not_read(self, error: FashionLensError) -> None:
        self.summary.setText("")
        self._failed(error)

    @Slot()
    def _agree(self) -> None:
        self.agreed.emit(self._found)
        self.accept()

    def slots(self) -> list[WorkerSlot[Any, Any]]:
        return [*super().slots(), self._read_slot]


def _value(tag: Tag, name: str) -> str:
    if name == CATEGORY:
        return tag.category
    attribute = tag.attributes.named(name)
    return "" if attribute is None else attribute.value


def _words(unknown: Counter[str], ambiguous: Counter[str]) -> str:
    texts = []
    for title, words in (("No value of any attribute", unknown), ("May mean several values", ambiguous)):
        if words:
            first = [(printable(word), count) for word, count in words.most_common(_WORDS)]
            texts.append(f"{title}: {words_text(first, len(words) - len(first))}")
    return "\n".join(texts)


def _read(
    catalogue: Catalogue, find: Callable[[Catalogue], Sequence[int]], control: WorkControl
) -> Generator[ProgressEvent, None, _Found]:
    from fashionlens_gui.photo_keywords.read import find_keywords

    found = yield from find_keywords(catalogue, find(catalogue), control)
    return _Found(found, catalogue.tags(list(found.values)[:_MOST_ROWS]))
