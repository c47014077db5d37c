"""The user's settings: a small typed record kept as JSON. No Qt."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from fashionlens_gui import paths
from trainer import durable

_log = logging.getLogger(__name__)

THEMES = ("system", "light", "dark")


@dataclass
class Settings:
    """What the program remembers between starts. Every field is text; empty means "not chosen"."""

    theme: str = "system"
    """"system", "light" or "dark"."""
    model: str = ""
    """Name of, or path to, the model that tags."""
    data_folder: str = ""
    """Where the user keeps data sets."""
    window_geometry: str = ""
    """What Qt gave us to restore the window's place and size, in base 64."""
    last_folder: str = ""
    """The folder that file dialogs open in."""
    notice: str = field(default="", compare=False)
    """A sentence for the user about the loading itself; not saved."""

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
        durable.write_text(file or paths.settings_file(), json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _usable(content: dict[str, object]) -> dict[str, str]:
    """The entries we know and that have the right form; others keep their default, a newer version may know them."""
    known = {each.name for each in fields(Settings)} - {"notice"}
    entries = {name: value for name, value in content.items() if name in known and isinstance(value, str)}
    if entries.get("theme", "system") not in THEMES:
        del entries["theme"]
    if rejected := sorted(known & content.keys() - entries.keys()):
        _log.warning("Settings ignored, because they make no sense: %s", ", ".join(rejected))
    return entries


def _put_aside(file: Path) -> str:
    bad = file.with_name(file.name + ".bad")
    try:
        os.replace(file, bad)
    except OSError as error:
        _log.warning("%s could not be put aside: %s", file, error)
        return f"The settings in {file} could not be read; FashionLens starts with its own."
    return f"The settings could not be read; FashionLens starts with its own. The old file is kept as {bad}."
