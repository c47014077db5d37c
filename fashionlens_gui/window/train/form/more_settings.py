"""Settings that few need, folded away: when to stop early, how rare categories count, and what computes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from fashionlens_gui.messages.training import CLASS_BALANCING, DEVICES
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.train.form.fields import Field, ignore_wheel, number_box
from trainer.recipe import ProbeRecipe, Recipe

_BALANCE_HELP = {
    "none": "Each photo counts the same, so large categories teach most.",
    "weights": "Photos of rare categories count for more.",
    "sampling": "Photos of rare categories are seen more often.",
}


class MoreSettings(QWidget):
    """A title that unfolds the fields. Those that play no part in what is to be trained are disabled and say why."""

    unfolded = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._own_photos = self._locked = False
        self._in_epochs = True
        self._present: tuple[str, ...] = ()
        self.title = QPushButton("More settings")
        self.title.setProperty("role", "quiet")
        self.title.setCheckable(True)
        self.patience = number_box(0, 100)
        self.patience.setSpecialValueText("Never")
        self.patience.setSuffix(" epochs")
        self.balance = _choice()
        for name, words in CLASS_BALANCING.items():
            self.balance.addItem(f"{_capital(words)} ({name})", name)
        self.device = _choice()
        self._patience_field = Field(
            "S&top early",
            self.patience,
            "After so many epochs without gain.",
            "Saves time when the model has stopped improving. The best state is what is saved in any case.",
        )
        self._balance_field = Field(
            "&Rare categories",
            self.balance,
            "",
            "Where some categories have far more photos than others, a model learns to guess the large ones. Photos "
            "of the others can make up for that: try “count for more” first.",
            wide=True,
        )
        self._device_field = Field(
            "&Computes on",
            self.device,
            "",
            "A graphics card trains many times faster than the processor. Choose the processor where the card is "
            "needed for something else, or its memory is too small.",
            wide=True,
        )
        self._inside = QWidget()
        _stack(self._inside, self._patience_field, self._balance_field, self._device_field)
        _stack(self, self.title, self._inside)
        self.title.toggled.connect(self._unfold)
        self.balance.currentIndexChanged.connect(self._show)
        self.device.currentIndexChanged.connect(self._show)
        self._unfold(False)
        self.show_devices(())

    @property
    def device_name(self) -> str:
        """What is to compute, a name of :data:`trainer.devices.NAMES`."""
        return str(self.device.currentData() or "auto")

    def applied_to(self, recipe: Recipe) -> Recipe:
        """The recipe with what was chosen here, as far as it plays a part."""
        if isinstance(recipe, ProbeRecipe):
            return recipe
        recipe = replace(recipe, patience=self.patience.value())
        return replace(recipe, class_balancing=self.balance.currentData()) if self._own_photos else recipe

    def show_recipe(self, recipe: Recipe) -> None:
        """Show what an earlier run was started with."""
        if isinstance(recipe, ProbeRecipe):
            return
        self.patience.setValue(recipe.patience)
        self.balance.setCurrentIndex(self.balance.findData(recipe.class_balancing))

    def show_kind(self, own_photos: bool, in_epochs: bool) -> None:
        """What is to be trained: own photos or Fashion-MNIST, in epochs or only the last step."""
        self._own_photos, self._in_epochs = own_photos, in_epochs
        self._show()

    def show_devices(self, present: Sequence[str]) -> None:
        """What this computer can compute on, best first; with one there is nothing to choose."""
        if tuple(present) != self._present or not self.device.count():
            chosen = self.device_name
            self._present = tuple(present)
            self.device.clear()
            for name in ("auto", *self._present):
                self.device.addItem(f"{_capital(DEVICES[name])} ({name})", name)
            self.device.setCurrentIndex(max(self.device.findData(chosen), 0))
        self._device_field.setVisible(len(self._present) > 1)
        self._show()

    def set_locked(self, locked: bool) -> None:
        """Keep everything unchangeable while a training runs with it."""
        self._locked = locked
        self._show()

    @Slot()
    def _show(self) -> None:
        self._patience_field.setVisible(self._in_epochs)
        self.patience.setDisabled(self._locked)
        self.balance.setEnabled(self._in_epochs and self._own_photos and not self._locked)
        self.device.setEnabled(self._in_epochs and not self._locked)
        if not self._in_epochs:
            self._balance_field.set_help("Plays no part where only the last step learns.")
            self._device_field.set_help("Where only the last step learns, the processor is quick enough.")
            return
        self._balance_field.set_help(
            _BALANCE_HELP[self.balance.currentData()]
            if self._own_photos
            else "Fashion-MNIST has no rare categories: there are equally many pictures of each."
        )
        automatic = self._present and self.device_name == "auto"
        self._device_field.set_help(f"Here that is {DEVICES[self._present[0]]}." if automatic else "")

    @Slot(bool)
    def _unfold(self, open_: bool) -> None:
        self._inside.setVisible(open_)
        self.title.setIcon(icons.icon("chevron-up" if open_ else "chevron-down"))
        if open_:
            self.unfolded.emit()


def _stack(outside: QWidget, *widgets: QWidget) -> None:
    layout = QVBoxLayout(outside)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme.SPACE)
    for widget in widgets:
        layout.addWidget(widget)


def _choice() -> QComboBox:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    ignore_wheel(box)
    return box


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
