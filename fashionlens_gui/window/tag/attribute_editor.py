"""Setting an attribute of the photo in the viewer or of all selected photos, as one undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag import vocabulary
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.unsure_reason import UnsureKind
from fashionlens_gui.window.tag.vocabulary import TITLES
from trainer.number_format import whole_percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.shell.active_model import ActiveModel

_NONE = "\0none"
_SAMPLE = 500  # photos whose values are counted: some 15 ms


class AttributeEditor(QObject):
    """Opens the list of attributes, then the list of an attribute's values, and sets the chosen one."""

    def __init__(
        self,
        owner: QWidget,
        model: PhotoTableModel,
        review: Review,
        viewer: Viewer,
        corrections: Corrections,
        active_model: ActiveModel,
        actions: TagActions,
    ) -> None:
        super().__init__(owner)
        self._model, self._review, self._viewer = model, review, viewer
        self._corrections, self._active_model = corrections, active_model
        self._photos: list[int] = []
        self._name = ""
        self.attribute_picker = ChoicePicker(owner)
        self.attribute_picker.picked.connect(lambda name: self._open(name, "", self._review.anchor()))
        self.value_picker = ChoicePicker(owner)
        self.value_picker.added.connect(lambda value: self._corrections.add_value(self._name, value))
        self.value_picker.removed.connect(lambda value: self._corrections.remove_value(self._name, value))
        self.value_picker.picked.connect(self._value_picked)
        viewer.details.edit.connect(self._edit_in_viewer)
        actions.attributes.triggered.connect(self.choose_attribute)

    @Slot()
    def choose_attribute(self) -> None:
        photos = self._review.targets()
        if not photos:
            return
        self._photos = photos
        choices = []
        for name in self._review.attribute_names(photos):
            values = self._values(name)
            choices.append(
                Choice(
                    name, "various" if len(values) > 1 else shown(name, values.pop() or ""), self._review.title(name)
                )
            )
        prompt = f"Attribute of {self._review.describe(photos)}"
        self.attribute_picker.open_at(self._review.anchor(), prompt, choices, numbered=True, what="attribute")

    def open_values(self, name: str, typed: str = "", anchor: QRect | None = None) -> None:
        """Open the values of an attribute for the targets; ``typed`` is searched for."""
        photos = self._review.targets()
        if photos:
            self._photos = photos
            self._open(name, typed, anchor or self._review.anchor())

    @Slot(str, str)
    def _edit_in_viewer(self, name: str, typed: str) -> None:
        self.open_values(name, typed, self._viewer.details.anchor(name))

    def _open(self, name: str, typed: str, anchor: QRect) -> None:
        self._name = name
        entry = self._active_model.entry
        tag = self._model.tag(self._photos[0]) if len(self._photos) == 1 else None
        attribute = _of(tag, name) if tag is not None else None
        values = self._values(name)
        current = values.pop() if len(values) == 1 else None
        own = self._review.own_attributes.get(name)
        reason = None
        if tag is not None and attribute is not None and own is None:
            reason = self._model.unsure_reason(tag, attribute)
        guess = reason is not None and reason.kind is UnsureKind.GUESS
        removable = self._review.removable_values(name)
        if own is None:
            offered = vocabulary.value_choices(
                name, attribute, entry.metadata if entry is not None else None, self._review.values(name)
            )
        else:
            offered = [(value, None) for value in own.values]
        choices = [
            Choice(
                value,
                "" if guess else whole_percent(probability),  # networks are often very confident of guesses
                shown(name, value),
                (value,),
                srgb=vocabulary.srgb_of(value) if name == "colour" else None,
                removable=value in removable,
            )
            for value, probability in offered
        ]
        choices.append(Choice(_NONE, "", "None of these", always=True))
        title = self._review.title(name)
        prompt = f"{title} of {self._review.describe(self._photos)}"
        chosen = _NONE if current == "" else current or ""
        self.value_picker.open_at(
            anchor, prompt, choices, typed, numbered=True, what=title.lower(), current=chosen, can_add=True
        )

    @Slot(str)
    def _value_picked(self, value: str) -> None:
        self._corrections.set_attribute(self._photos, self._name, "" if value == _NONE else value)
        if self._review.viewing:
            self._viewer.setFocus()  # Enter accepts the photo; on the chip it would open the list again

    def _values(self, name: str) -> set[str | None]:
        """The photos' values; "" where the user set that there is none, None where it is not known."""
        attributes = (_of(tag, name) for tag in self._model.tags(self._photos[:_SAMPLE]))
        return {attribute.value if attribute is not None else None for attribute in attributes}


def _of(tag: Tag, name: str) -> AttributeTag | None:
    """What a photo has of an attribute, also of one that people defined."""
    own = next((each for each in tag.own if each.name == name), None)
    return tag.attributes.named(name) if own is None and name in TITLES else own
