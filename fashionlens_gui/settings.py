"""The user's settings: a small typed record kept as JSON. No Qt."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fashionlens_gui import paths
from trainer.atomic_write import write_text
from trainer.taxonomy import ATTRIBUTES

_log = logging.getLogger(__name__)

THEMES = ("system", "light", "dark")


@dataclass
class Settings:
    """What the program remembers between starts. An empty text means "not chosen"."""

    theme: str = "system"
    """"system", "light" or "dark"."""
    model: str = ""
    """Name of, or path to, the model that tags."""
    data_folder: str = ""
    """Where the user keeps data sets."""
    train_on: str = ""
    """The folder or list of own photos that was chosen last to train on; empty for Fashion-MNIST."""
    window_geometry: str = ""
    """What Qt gave us to restore the window's place and size, in base 64."""
    last_folder: str = ""
    """The folder that file dialogs open in."""
    attributes_off: tuple[str, ...] = ()
    """Attributes that the user does not want to see or export. All others are on, those of later versions too."""
    with_confidence: bool = False
    """Whether exports have a column with the confidence of each attribute."""
    review_below: float | None = None
    """Confidence below which a photo needs review, [0, 1]; None for the model's own threshold."""
    notice: str = field(default="", compare=False)
    """A sentence for the user about the loading itself; not saved."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that are switched on, without the category, in the order of all lists."""
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

        A file that cannot be understood is put aside as ``settings.json.bad`` and the defaults are used;
        :attr:`notice` then tells the user.
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
            return cls(notice=_put_aside(file))
        return cls(**_usable(content))

    def save(self, file: Path | None = None) -> None:
        """Write the settings as one step. Raises :class:`trainer.errors.SaveError`."""
        content = asdict(self)
        del content["notice"]
        write_text(file or paths.settings_file(), json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _usable(content: dict[str, Any]) -> dict[str, Any]:
    """The entries we know and that have the right form; others keep their default, a newer version may know them."""
    entries = {name: content[name] for name, fits in _FORMS.items() if name in content and fits(content[name])}
    if rejected := sorted(_FORMS.keys() & content.keys() - entries.keys()):
        _log.warning("Settings ignored, because they make no sense: %s", ", ".join(rejected))
    if "attributes_off" in entries:
        off = entries["attributes_off"]
        entries["attributes_off"] = tuple(name for name in ATTRIBUTES if name in off)
    return entries


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_threshold(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1)


_FORMS: dict[str, Callable[[Any], bool]] = {
    "theme": lambda value: _is_text(value) and value in THEMES,
    "model": _is_text,
    "data_folder": _is_text,
    "train_on": _is_text,
    "window_geometry": _is_text,
    "last_folder": _is_text,
    "attributes_off": _are_texts,
    "with_confidence": lambda value: isinstance(value, bool),
    "review_below": _is_threshold,
}


def _put_aside(file: Path) -> str:
    bad = file.with_name(file.name + ".bad")
    try:
        os.replace(file, bad)
    except OSError as error:
        _log.warning("%s could not be put aside: %s", file, error)
        return f"The settings in {file} could not be read; FashionLens starts with its own."
    return f"The settings could not be read; FashionLens starts with its own. The old file is kept as {bad}."
