"""Setting attributes: of the photo in the viewer or of everything that is selected in the table, as one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.photos.category_picker import CategoryPicker, Choice
from fashionlens_gui.window.tag import vocabulary
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.table.results_model import ResultsModel
from fashionlens_gui.window.tag.vocabulary import TITLES
from fashionlens_gui.window.tag.wording import percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.shell.active_model import ActiveModel

_NONE = "\0none"


class AttributeSetter(QObject):
    """Opens the list of attributes, then that of an attribute's values, and sets what is chosen."""

    def __init__(
        self,
        owner: QWidget,
        model: ResultsModel,
        review: Review,
        viewer: Viewer,
        corrections: Corrections,
        active_model: ActiveModel,
        actions: TagActions,
    ) -> None:
        super().__init__(owner)
        self._model, self._review, self._viewer = model, review, viewer
        self._corrections, self._active_model = corrections, active_model
        self._rows: list[int] = []
        self._name = ""
        self._anchor = QRect()
        self.which = CategoryPicker(owner)
        self.which.picked.connect(self._which_picked)
        self.values = CategoryPicker(owner)
        self.values.picked.connect(self._value_picked)
        viewer.edit.connect(self._edit_in_viewer)
        actions.attributes.triggered.connect(self.choose_which)

    @Slot()
    def choose_which(self) -> None:
        """Open the list of attributes for the rows in question."""
        rows = self._review.rows()
        if not rows or self._corrections.busy:
            return
        self._rows, self._anchor = rows, self._review.anchor()
        choices = [Choice(name, self._now(name), TITLES[name]) for name in self._review.attributes(rows)]
        prompt = f"Attribute of {self._review.about(rows)}"
        self.which.open_at(self._anchor, prompt, choices, numbered=True, what="attribute")

    def open_values(self, name: str, typed: str = "", anchor: QRect | None = None) -> None:
        """Open the values of an attribute for the rows in question; ``typed`` is searched for."""
        rows = self._review.rows()
        if rows and not self._corrections.busy:
            self._rows = rows
            self._open(name, typed, anchor or self._review.anchor())

    @Slot(str)
    def _which_picked(self, name: str) -> None:
        self._open(name, "", self._anchor)

    @Slot(str, str)
    def _edit_in_viewer(self, name: str, typed: str) -> None:
        self.open_values(name, typed, self._viewer.attribute_anchor(name))

    def _open(self, name: str, typed: str, anchor: QRect) -> None:
        self._name = name
        entry = self._active_model.entry
        tag = self._model.tag(self._rows[0]) if len(self._rows) == 1 else None
        said = tag.attributes if tag is not None else ()
        guess = tag is not None and self._is_guess(tag, name)
        choices = [
            Choice(
                value,
                "" if guess else percent(probability),  # a guess is often very sure of itself
                srgb=vocabulary.srgb_of(value) if name == "colour" else None,
            )
            for value, probability in vocabulary.offers(name, said, entry.metadata if entry is not None else None)
        ]
        choices.append(Choice(_NONE, "", "None of these"))
        prompt = f"{TITLES[name]} of {self._review.about(self._rows)}"
        self.values.open_at(anchor, prompt, choices, typed, numbered=True, what=name)

    def _is_guess(self, tag: Tag, name: str) -> bool:
        said = tag.attribute(name)
        doubt = self._model.doubt(tag, said) if said is not None else None
        return doubt is not None and doubt.guess

    @Slot(str)
    def _value_picked(self, value: str) -> None:
        self._corrections.set_attribute(self._rows, self._name, "" if value == _NONE else value)

    def _now(self, name: str) -> str:
        """What the rows say now, where they agree."""
        values = {_value(self._model, row, name) for row in self._rows[:1_000]}
        return values.pop() if len(values) == 1 else "various"


def _value(model: ResultsModel, row: int, name: str) -> str:
    said = model.tag(row).attribute(name)
    return said.value if said is not None else ""
