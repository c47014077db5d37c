"""What values are called where people see them: their own name, else the name in the language that they chose.

What is stored, chosen and searched stays the value itself; every view asks :func:`shown` when it paints.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.catalogue.catalogue import Kind
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.shops.names import Names
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_ENGLISH = "en"


class _Notifier(QObject):
    changed = Signal()
    """Values are called otherwise."""

    names: Names | None = None


@cache
def notifier() -> _Notifier:
    """The object whose ``changed`` signal says that values are called otherwise."""
    return _Notifier()


def shown(attribute: str, value: str) -> str:
    """What a value is called.

    Args:
        attribute: ``category`` or an attribute.
        value: As stored; empty gives an empty text.
    """
    names = notifier().names
    return value if names is None else names.name(attribute, value)


def shown_names() -> Callable[[str, str], str] | None:
    """:func:`shown` as it is now, for a worker; None where values are called as they are stored."""
    names = notifier().names
    return None if names is None else names.name


class ShownNames(QObject):
    """Reads the names of the open catalogue in a thread, and again after each change of them.

    Args:
        access: The catalogue.
        settings: The language.
        parent: The window.
    """

    def __init__(self, access: CatalogueAccess, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._access, self._settings = access, settings
        self._slot = WorkerSlot[None, "Names | None"]("reading names", self, mode="latest", on_result=self._use)
        access.opened.connect(self.read)
        access.changed.connect(self._changed)

    @Slot()
    def read(self, *_: object) -> None:
        """Read the names; also after another language was chosen."""
        if self._access.catalogue is not None:
            self._slot.start(partial(_read, self._access.catalogue, self._settings.names_language))

    def shutdown(self) -> None:
        self._slot.shutdown()
        notifier().names = None

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if Kind.VOCABULARY in changes.kinds:
            self.read()

    def _use(self, names: Names | None) -> None:
        before = notifier().names
        if names != before:
            notifier().names = names
            notifier().changed.emit()


def _read(catalogue: Catalogue, language: str, _control: WorkControl) -> Names | None:
    from fashionlens_gui.catalogue.own_names import own_names

    own = {key: text for key, text in own_names(catalogue).items() if key[2] in ("name", language)}
    if not own and language == _ENGLISH:
        return None
    from fashionlens_gui.shops.names import Names

    return Names(own, language)
