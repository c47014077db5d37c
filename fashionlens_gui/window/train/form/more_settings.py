"""Advanced settings, collapsed: early stopping, class balancing and the device."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from fashionlens_gui.messages import capitalized
from fashionlens_gui.messages.training import CLASS_BALANCING, DEVICES
from fashionlens_gui.window.shell import icons, layouts
from fashionlens_gui.window.train.form.fields import Field, combo_box, number_box
from trainer.recipe import Recipe

_BALANCE_HELP = {
    "none": "Each photo counts the same, so large categories dominate.",
    "weights": "Photos of rare categories count for more.",
    "sampling": "Photos of rare categories are used more often.",
}


class MoreSettings(QWidget):
    """A title that expands the fields. Fields that do not apply are disabled and say why."""

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
        self.balance = combo_box()
        for name, words in CLASS_BALANCING.items():
            self.balance.addItem(f"{capitalized(words)} ({name})", name)
        self.device = combo_box()
        self._patience_field = Field(
            "S&top early",
            self.patience,
            "After this many epochs without improvement.",
            "Saves time when the model no longer improves. The best state is saved in any case.",
        )
        self._balance_field = Field(
            "&Rare categories",
            self.balance,
            "",
            "If some categories have far more photos than others, a model favours the large ones. Photos of rare "
            "categories can be weighted to balance that: try “count for more” first.",
            wide=True,
        )
        self._device_field = Field(
            "&Computes on",
            self.device,
            "",
            "A GPU trains many times faster than the processor. Choose the processor if the GPU is needed for "
            "something else or has too little memory.",
            wide=True,
        )
        self._inside = QWidget()
        layouts.column(self._patience_field, self._balance_field, self._device_field, parent=self._inside)
        layouts.column(self.title, self._inside, parent=self)
        self.title.toggled.connect(self._unfold)
        self.balance.currentIndexChanged.connect(self._show)
        self.device.currentIndexChanged.connect(self._show)
        self._unfold(False)
        self.show_devices(())

    @property
    def device_name(self) -> str:
        """A name of :data:`trainer.devices.NAMES`."""
        return str(self.device.currentData() or "auto")

    def applied_to(self, recipe: Recipe) -> Recipe:
        """The recipe with the settings that apply to it."""
        if recipe.fit is None:
            return recipe
        recipe = replace(recipe.fit, patience=self.patience.value())
        return replace(recipe, class_balancing=self.balance.currentData()) if self._own_photos else recipe

    def show_recipe(self, recipe: Recipe) -> None:
        fit = recipe.fit
        if fit is not None:
            self.patience.setValue(fit.patience)
            self.balance.setCurrentIndex(self.balance.findData(fit.class_balancing))

    def show_kind(self, own_photos: bool, in_epochs: bool) -> None:
        """Enable what applies to own photos or Fashion-MNIST, in epochs or the last layer only."""
        self._own_photos, self._in_epochs = own_photos, in_epochs
        self._show()

    def show_devices(self, present: Sequence[str]) -> None:
        """Offer these devices, best first; a single one is not shown."""
        if tuple(present) != self._present or not self.device.count():
            chosen = self.device_name
            self._present = tuple(present)
            self.device.clear()
            for name in ("auto", *self._present):
                self.device.addItem(f"{capitalized(DEVICES[name])} ({name})", name)
            self.device.setCurrentIndex(max(self.device.findData(chosen), 0))
        self._device_field.setVisible(len(self._present) > 1)
        self._show()

    def set_locked(self, locked: bool) -> None:
        self._locked = locked
        self._show()

    @Slot()
    def _show(self) -> None:
        self._patience_field.setVisible(self._in_epochs)
        self.patience.setDisabled(self._locked)
        self.balance.setEnabled(self._in_epochs and self._own_photos and not self._locked)
        self.device.setEnabled(self._in_epochs and not self._locked)
        if not self._in_epochs:
            self._balance_field.set_help("Does not apply when only the last layer is trained.")
            self._device_field.set_help("The processor is fast enough when only the last layer is trained.")
            return
        self._balance_field.set_help(
            _BALANCE_HELP[self.balance.currentData()]
            if self._own_photos
            else "Fashion-MNIST has the same number of pictures in each category."
        )
        automatic = self._present and self.device_name == "auto"
        self._device_field.set_help(f"Here that is {DEVICES[self._present[0]]}." if automatic else "")

    @Slot(bool)
    def _unfold(self, open_: bool) -> None:
        self._inside.setVisible(open_)
        self.title.setIcon(icons.icon("chevron-up" if open_ else "chevron-down"))
        if open_:
            self.unfolded.emit()
