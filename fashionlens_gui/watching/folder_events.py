"""Wakes a watcher when something changes in a folder. What has changed, a walk over the folder decides.

Events of the system may be lost, come twice or not at all, as on network drives: there, and where the system gives no
events, the watcher walks over the folder at regular times.
"""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

from fashionlens_gui.database_file import on_network_drive
from trainer.data.photo_files import file_identity

_log = logging.getLogger(__name__)

_STEP_MS, _DEBOUNCE_MS, _TIMEOUT_MS = 50, 400, 1000
_JOIN_SECONDS = 3.0


class FolderEvents:
    """The events of one folder, which may be missing and come back. Used by one thread.

    Args:
        folder: The folder with all folders below it.
        wake: Is set when something changes.
        wanted: Whether to ask the system for events; else :attr:`working` stays False.
    """

    def __init__(self, folder: Path, wake: threading.Event, wanted: bool) -> None:
        self._folder, self._wake = folder, wake
        self._wanted = wanted and not on_network_drive(str(folder), sys.platform)
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._identity: object = None
        self._failed = False

    @property
    def working(self) -> bool:
        """Whether events come."""
        return self._thread is not None and self._thread.is_alive()

    def renew(self) -> None:
        """Begin again where the folder is another one than before, such as after a drive was unplugged."""
        try:
            identity: object = file_identity(self._folder) if self._wanted else None
        except OSError:
            identity = None
        if identity == self._identity and (self.working or identity is None or self._failed):
            return
        self.close()
        self._identity, self._failed = identity, False
        if identity is not None:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._listen, args=(self._stop,), name="watching", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
            self._thread = None

    def _listen(self, stop: threading.Event) -> None:
        import watchfiles

        begun = False
        try:
            for changes in watchfiles.watch(
                self._folder,
                watch_filter=None,
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                stop_event=stop,
                rust_timeout=_TIMEOUT_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                force_polling=False,
                ignore_permission_denied=True,
            ):
                if changes or not begun:  # what came before the first event could be told is found by a walk
                    begun = True
                    self._wake.set()
        except (OSError, RuntimeError) as error:  # too many folders for the system, or a folder that has gone
            self._failed = True
            _log.warning("No events of %s: %r", self._folder, error)
        self._wake.set()
