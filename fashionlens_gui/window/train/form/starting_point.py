"""Initial weights of a training, and which layers are trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import layouts
from fashionlens_gui.window.train.form.fields import Field, combo_box
from trainer.model_files.library import ModelEntry
from trainer.recipe import DEFAULTS, ProbeRecipe, Recipe, fine_tuning

PRODUCTS = "products"

# Network: (text of the choice, help).
_FROM_SCRATCH = {
    "cnn": ("Quick (cnn)", "Fast."),
    "resnet-mini": ("Thorough (resnet-mini)", "Slower and more accurate."),
    "wide-resnet": (
        "Best (wide-resnet)",
        "The most accurate. For computers with a GPU; without one it takes most of a day.",
    ),
}
_PRETRAINED = {  # name: (text of the choice, megabytes to download)
    "efficientnet-lite0": ("EfficientNet-Lite0", 0),
    "mobilenet_v3_large": ("MobileNetV3", 22),
    "efficientnet_b0": ("EfficientNet-B0", 21),
    "resnet18": ("ResNet-18", 45),
    "resnet50": ("ResNet-50", 98),
    "vgg16": ("VGG-16", 528),
}
_MODES = {
    "probe": ("Quick: trains the last layer", "Seconds to minutes. Best for a few dozen photos per category."),
    "finetune": ("Thorough: trains all layers", "Minutes to hours. Worth it from about 100 photos per category."),
}


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """Initial weights: exactly one of the attributes is set.

    Attributes:
        network: A network with random weights, or empty.
        start: A model file.
        pretrained: A network with ImageNet weights, or empty.
    """

    network: str = ""
    start: Path | None = None
    pretrained: str = ""


class StartingPointChoice(QWidget):
    """For Fashion-MNIST a choice of networks; for own photos also of pretrained ones, and which layers to train."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice, self.mode = combo_box(), combo_box()
        for name, (title, _) in _MODES.items():
            self.mode.addItem(title, name)
        self.mode_is_chosen = False  # by the user, or by an earlier run that is shown
        self._start_is_chosen = (
            False  # in the same way; until then the first entry is shown, also when models come later
        )
        self._own_photos = False
        self._models: Sequence[ModelEntry] = ()
        self._networks: dict[str, str] = {}
        self._field = Field(
            "Start &from",
            self.choice,
            "",
            "What the new model starts from. A model that was trained on many clothes needs far fewer photos than one "
            "that starts from scratch.",
            wide=True,
        )
        self._mode_field = Field(
            "&How",
            self.mode,
            "",
            "Quick keeps the trained layers and only adds a new last layer for your categories. Thorough adapts all "
            "layers in small steps.",
            wide=True,
        )
        layouts.column(self._field, self._mode_field, parent=self)
        self.choice.currentIndexChanged.connect(self._choose_start)
        self.mode.currentIndexChanged.connect(self._chosen)
        self.mode.activated.connect(self._choose_mode)
        self._fill()

    @property
    def chosen(self) -> StartingPoint:
        chosen: StartingPoint = self.choice.currentData() or StartingPoint("cnn")
        return chosen

    @property
    def recipe(self) -> Recipe:
        """The default recipe for what is chosen."""
        what = self.chosen
        if what.network:
            return DEFAULTS[what.network]
        network = what.pretrained or self._networks[str(what.start)]
        return ProbeRecipe(network) if self.mode.currentData() == "probe" else fine_tuning(network)

    @property
    def has_epochs(self) -> bool:
        """Whether it is trained in epochs and batches."""
        return bool(self.chosen.network) or self.mode.currentData() != "probe"

    @property
    def short_name(self) -> str:
        """Part of the suggested model name."""
        what = self.chosen
        if what.network:
            return what.network
        return "quick" if self.mode.currentData() == "probe" else "thorough"

    def show_models(self, models: Sequence[ModelEntry]) -> None:
        """Offer these models; the settings of a training stay while the start is the same."""
        before = self.chosen
        self._models = models
        self._fill()
        if self.chosen != before:
            self.changed.emit()

    def show_source(self, own_photos: bool, mode: str) -> None:
        """Other photos were chosen; ``mode`` is the usual one for them."""
        if own_photos != self._own_photos:
            self._own_photos, self._start_is_chosen = own_photos, False
            self._fill()
            self.changed.emit()
        if own_photos:
            self.mode_is_chosen = False
            self.mode.setCurrentIndex(self.mode.findData(mode))

    def suggest_mode(self, mode: str) -> None:
        """The photos are counted: show their usual mode, unless one was chosen meanwhile; other settings stay."""
        if not self.mode_is_chosen:
            blocked = self.mode.blockSignals(bool(self.chosen.network))  # then the mode plays no part yet
            self.mode.setCurrentIndex(self.mode.findData(mode))
            self.mode.blockSignals(blocked)

    def show_job(self, what: StartingPoint, recipe: Recipe) -> None:
        index = self._index(what)
        if index < 0:
            self.choice.addItem(what.start.stem if what.start else what.network or what.pretrained, what)
            index = self.choice.count() - 1
        self.choice.setCurrentIndex(index)
        self._start_is_chosen = True
        self.mode.setCurrentIndex(self.mode.findData("probe" if recipe.fit is None else "finetune"))

    def _fill(self) -> None:
        before = self.chosen
        self.choice.blockSignals(True)
        self.choice.clear()
        if self._own_photos:
            # The bundled model comes first; models of grey 28×28 images are no useful starting point.
            useful = [model for model in self._models if model.metadata.input.channels == 3]
            self._networks = {str(model.path): model.metadata.network for model in useful}
            for model in sorted(useful, key=lambda model: model.path.stem != PRODUCTS):
                name = "FashionLens (clothing photos)" if model.path.stem == PRODUCTS else model.path.stem
                self.choice.addItem(name, StartingPoint(start=model.path))
            for name, (title, _) in _PRETRAINED.items():
                self.choice.addItem(f"{title} (everyday photos)", StartingPoint(pretrained=name))
        for name, (title, _) in _FROM_SCRATCH.items():
            self.choice.addItem(
                f"From scratch: {title[0].lower()}{title[1:]}" if self._own_photos else title, StartingPoint(name)
            )
        place = self._index(before) if self._start_is_chosen else -1
        self._start_is_chosen = place >= 0
        self.choice.setCurrentIndex(max(place, 0))
        self.choice.blockSignals(False)
        self._show_chosen()

    @Slot()
    def _choose_start(self) -> None:
        self._start_is_chosen = True
        self._chosen()

    @Slot()
    def _chosen(self) -> None:
        self._show_chosen()
        self.changed.emit()

    @Slot()
    def _choose_mode(self) -> None:
        self.mode_is_chosen = True

    def _index(self, what: StartingPoint) -> int:
        return next((index for index in range(self.choice.count()) if self.choice.itemData(index) == what), -1)

    def _show_chosen(self) -> None:
        what = self.chosen
        self._mode_field.setVisible(not what.network)
        self._mode_field.set_help(_MODES[self.mode.currentData()][1])
        if what.network:
            text = _FROM_SCRATCH[what.network][1]
            self._field.set_help(f"{text} Needs hundreds of photos per category." if self._own_photos else text)
        elif what.pretrained:
            title, megabytes = _PRETRAINED[what.pretrained]
            download = f"Downloads {title} once ({megabytes} MB)" if megabytes else "Nothing is downloaded"
            self._field.set_help(f"{download}. Slower.")
        else:
            self._field.set_help("The usual choice. 20 photos per category are enough for a first try.")
