"""The user's settings, a JSON file. No Qt."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec

from fashionlens_gui import messages, paths
from fashionlens_gui.past_evaluations import PastEvaluation
from trainer.atomic_write import write_text
from trainer.errors import DataError, SaveError
from trainer.taxonomy import ATTRIBUTES, Level

_log = logging.getLogger(__name__)

Theme = Literal["system", "light", "dark"]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


@dataclass
class Settings:
    """The settings with their defaults. An empty text means "not chosen"."""

    theme: Theme = "system"
    model: str = ""
    """Name of, or path to, the model that tags."""
    data_folder: str = ""
    """The user's folder of data sets."""
    train_on: str = ""
    """What was last chosen to train on: a folder or list of own photos, or ``fashion-mnist``; empty for nothing yet."""
    window_geometry: str = ""
    """The window's place and size from ``QWidget.saveGeometry``, in base 64."""
    last_folder: str = ""
    """The folder that file dialogs open in."""
    attributes_off: tuple[str, ...] = ()
    """Attributes that the user does not want to see or export. All others are on, those of later versions too."""
    with_confidence: bool = False
    """Whether exports have a column with the confidence of each attribute."""
    with_path: bool = False
    """Whether exports have the columns ``path`` and ``name``."""
    sort_into: str = ""
    """The folder that files were sorted into last."""
    sort_pattern: str = "{category}/{colour}"
    """The folders that were made there."""
    keep_watching_in_tray: bool = False
    """Whether closing the window leaves the program in the tray while folders are watched."""
    for_excel: bool = False
    """Whether exports are laid out for Excel."""
    sku_pattern: str = ""
    """How exports find the SKU in the name of a photo, see :mod:`fashionlens_gui.tagging.sku`; empty for no column."""
    review_below: Probability | None = None
    """Confidence below which a photo needs review, [0, 1]; None for the model's own threshold."""
    must_be_sure_of: Level = Level.CATEGORY
    """The level of the taxonomy that the model must be sure of; else a photo needs review."""
    sidebar: bool | None = None
    """Whether the Tag tab shows its sidebar; None: where the window is wide enough."""
    names_language: str = "en"
    """The language in which the window shows categories and values: en, de, fr or es."""
    shop_profile: str = ""
    """The export profile that was chosen last."""
    shop_values: dict[str, dict[str, str]] = field(default_factory=dict)
    """By profile: what was typed for all products, by fact, and the address of images as ``image_url``."""
    encodings: dict[str, str] = field(default_factory=dict)
    """The encodings of tables (CSV) that the user chose, by path."""
    added_values: dict[str, list[str]] = field(default_factory=dict)
    """Categories and attribute values that people added, by attribute, as earlier versions kept them. The window moves
    them into the catalogue."""
    evaluations: tuple[PastEvaluation, ...] = ()
    """The newest evaluation of each model on each test set, newest first."""
    notice: DataError | None = field(default=None, compare=False)
    """What the user should know about the loading itself; not saved."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that are switched on, in the order of ATTRIBUTES."""
        return tuple(name for name in ATTRIBUTES if name not in self.attributes_off)

    def switch_attribute(self, name: str, on: bool) -> None:
        """Switch one attribute on or off. Raises ValueError when there is none of this name."""
        if name not in ATTRIBUTES:
            raise ValueError(f"there is no attribute “{name}”")
        off = {*self.attributes_off} - {name} if on else {*self.attributes_off, name}
        self.attributes_off = tuple(each for each in ATTRIBUTES if each in off)

    @classmethod
    def load(cls, file: Path | None = None) -> Settings:
        """Read the settings; a missing file gives the defaults.

        A damaged file is renamed to ``settings.json.bad`` and the defaults are used; :attr:`notice` tells the user.
        """
        file = file or paths.settings_file()
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(content, dict):
                raise ValueError(f"expected an object, found {type(content).__name__}")
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, RecursionError) as error:  # ValueError: JSON and UTF-8 errors are of this kind
            _log.warning("Settings %s cannot be read: %s", file, error)
            return cls(notice=_move_aside(file))
        return cls(**_valid(content))

    def save(self, file: Path | None = None) -> None:
        """Write the settings as one step, without waiting for the disk. Raises :class:`trainer.errors.SaveError`."""
        content = asdict(replace(self, notice=None))
        del content["notice"]
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        write_text(file or paths.settings_file(), text, wait=0, durable=False)

    def save_or_log(self) -> SaveError | None:
        """As :meth:`save`, but log an error and return it."""
        try:
            self.save()
        except SaveError as error:
            _log.warning("The settings are not saved: %s %s", messages.sentence(error), error.detail)
            return error
        return None


def _valid(content: dict[str, Any]) -> dict[str, Any]:
    """The entries that are known and valid; others keep their default, since a newer version may know them."""
    entries = {}
    for name, form in get_type_hints(Settings, include_extras=True).items():
        if name not in content or name == "notice":
            continue
        try:
            entries[name] = msgspec.convert(content[name], form)
        except msgspec.ValidationError as error:
            _log.warning("The setting %s is ignored: %s", name, error)
    if "attributes_off" in entries:
        off = entries["attributes_off"]
        entries["attributes_off"] = tuple(name for name in ATTRIBUTES if name in off)
    return entries


def _move_aside(file: Path) -> DataError:
    """Rename a damaged file to ``….bad``; returns the notice."""
    bad = file.with_name(file.name + ".bad")
    try:
        os.replace(file, bad)
    except OSError as error:
        _log.warning("%s could not be renamed: %s", file, error)
        return DataError("settings_not_read", file=str(file))
    return DataError("settings_moved", file=str(bad))
