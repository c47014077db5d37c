"""A bar at the top of the window: that the catalogue cannot be changed, by whom it is open, and what was taken over."""

from __future__ import annotations

from PySide6.QtCore import Slot

from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.catalogue import WITHOUT_MEMORY, in_use_text, read_only_text, taken_over_text
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.notice import Notice
from trainer.control import ProgressEvent
from trainer.errors import FashionLensError


class CatalogueNotice(Notice):
    """Says what is unusual about the catalogue; hidden when nothing is."""

    def __init__(self, access: CatalogueAccess) -> None:
        super().__init__()
        self._access = access
        access.opened.connect(self._opened)
        access.progressed.connect(self._show_progress)

    @Slot(object)
    def _opened(self, _catalogue: object) -> None:
        access, taken = self._access, self._access.taken_over
        if access.problem is not None:
            self.show_problem(access.problem)
        elif taken is not None and (taken.photos or taken.others):
            self.show_message("check", taken_over_text(taken.photos, taken.others, taken.corrections))
        else:
            self.dismiss()

    def show_problem(self, error: FashionLensError) -> None:
        """Why the catalogue cannot be changed, with a button to try again where that may help."""
        again = ("Try again", self._access.open)
        if self._access.temporary:
            self.show_message("warning", f"{sentence(error)} {WITHOUT_MEMORY}", closable=True)
        elif error.code == "catalogue_in_use":
            text = in_use_text(*(str(error.parameters[name]) for name in ("user", "computer", "since")))
            self.show_message("info", text, [again], closable=False)
        else:
            self.show_message("warning", read_only_text(sentence(error)), [again], closable=False)

    def show_error(self, error: FashionLensError) -> None:
        """Something else went wrong when the catalogue was opened; it can be changed all the same."""
        self.show_message("warning", sentence(error))

    @Slot(object)
    def _show_progress(self, event: ProgressEvent) -> None:
        count = f": {event.done:,} of {event.total:,}" if event.total else ""
        self.show_message("info", f"{progress_text(event)}{count}…", closable=False)
