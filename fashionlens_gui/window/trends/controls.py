"""The choices of the page of trends: what is counted, by what, over which periods and dates, of which photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QWidget

from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.search.facets import FACETS
from fashionlens_gui.catalogue.search.trends import ADDED, TAKEN, Over
from fashionlens_gui.window.search.flow_layout import FlowLayout
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.trends.question import Choices, TrendQuestion

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue

_OVER = (
    ("Month", Over.MONTH),
    ("Week", Over.WEEK),
    ("Day", Over.DAY),
    ("Folder", Over.FOLDER),
    ("Import", Over.IMPORT),
)
_DATES = (("Added", ADDED), ("Taken (EXIF)", TAKEN))
_EVERYTHING = Query()
_LIST = "list"
_LETTERS = 9  # of a box: longer texts are cut, and whole in its list


class TrendControls(QWidget):
    """Boxes to choose from.

    Args:
        list_query: The list of the Tag tab.
    """

    changed = Signal()

    def __init__(self, list_query: Callable[[], Callable[[Catalogue], Query]]) -> None:
        super().__init__()
        self._list_query = list_query
        self._filling = False
        self.sums, self.by, self.over, self.dates, self.where = (ChoiceBox() for _ in range(5))
        flow = FlowLayout(self, theme.SPACE)
        for name, box in (
            ("Count", self.sums), ("by", self.by), ("per", self.over), ("date", self.dates), ("of", self.where),
        ):  # fmt: skip
            box.setAccessibleName(name)
            box.setMinimumContentsLength(_LETTERS)
            box.currentIndexChanged.connect(self._chosen)
            part = QWidget()
            label = QLabel(name)
            label.setBuddy(box)
            layouts.row(label, box, parent=part)
            flow.addWidget(part)
        self.show_choices(Choices({}, (), ()))

    def question(self) -> TrendQuestion:
        """What is chosen."""
        where = self.where.currentData()
        query: Callable[[Catalogue], Query]
        query = self._list_query() if where == _LIST else lambda _catalogue: where
        return TrendQuestion(
            self.by.currentData(), self.over.currentData(), self.dates.currentData(), self.sums.currentData(), query
        )

    def show_choices(self, choices: Choices) -> None:
        """Offer these, too; what is chosen stays where it is still there."""
        self._filling = True
        columns = [(f"“{name}”", name) for name in choices.columns]
        own = [(name, code) for code, name in choices.attributes.items()]
        _fill(self.sums, [("Photos", ""), *((f"Sum of {text}", name) for text, name in columns)])
        _fill(
            self.by, [*((name.capitalize(), name) for name in FACETS if name != "status"), ("Status", "status"), *own]
        )
        _fill(self.over, _OVER)
        _fill(self.dates, [*_DATES, *((f"Column {text}", name) for text, name in columns)])
        _fill(self.where, [("All photos", _EVERYTHING), ("The list in the Tag tab", _LIST), *choices.places])
        self._filling = False
        self._update()

    @Slot()
    def _chosen(self) -> None:
        if not self._filling:
            self._update()
            self.changed.emit()

    def _update(self) -> None:
        dated = self.over.currentData() not in (Over.FOLDER, Over.IMPORT)
        self.dates.setEnabled(dated)
        self.dates.setToolTip("" if dated else "Folders and imports have no dates to choose")


def _fill(box: ChoiceBox, choices: Sequence[tuple[str, Any]]) -> None:
    if [(box.itemText(place), box.itemData(place)) for place in range(box.count())] == list(choices):
        return
    before = box.currentData()
    box.clear()
    for text, data in choices:
        box.addItem(text, data)
    box.setCurrentIndex(next((place for place, (_, data) in enumerate(choices) if data == before), 0))
