"""Only one window at a time works on the user's files; a second start brings the first to the front."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

_log = logging.getLogger(__name__)

_MILLISECONDS = 3000


class SingleInstance(QObject):
    """A lock on the user's FashionLens folder, and a doorbell for later starts.

    The lock is the system's own (QLockFile): that of a program that died is taken over, whatever its age.
    """

    asked_forward = Signal()
    """A second start wants this window in front."""

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Socket names must be short and local to this user's folder.
        self._address = "fashionlens-" + hashlib.sha256(str(home.resolve()).encode(errors="replace")).hexdigest()[:16]
        self._lock = QLockFile(str(home / "window.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None
        self.writable = True
        """False where the folder cannot be written to: then there is nothing to protect either."""

    def acquire(self) -> bool:
        """Whether this is the only window. True as well where the folder is read-only."""
        if self._lock.tryLock(0):
            return True
        if self._lock.error() == QLockFile.LockError.LockFailedError:
            return False
        _log.warning("No lock: the folder of FashionLens cannot be written to (%s)", self._lock.error())
        self.writable = False
        return True

    def ask_forward(self) -> bool:
        """Ask the window that holds the lock to come to the front. False when it does not answer."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._address)
        if not socket.waitForConnected(_MILLISECONDS):
            return False
        # A connection alone proves little, the system makes it; that the window hangs up proves that it heard.
        state = QLocalSocket.LocalSocketState.UnconnectedState
        return socket.state() == state or socket.waitForDisconnected(_MILLISECONDS)

    def listen(self) -> None:
        """Begin to hear later starts; call once the window is shown."""
        from PySide6.QtNetwork import QLocalServer  # only now: the first window does not need it

        QLocalServer.removeServer(self._address)  # what a killed program left; we hold the lock, so it is nobody's
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        if not self._server.listen(self._address):
            _log.warning("Later starts cannot reach this window: %s", self._server.errorString())

    def release(self) -> None:
        """Let the next start be the one."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    @Slot()
    def _answer(self) -> None:
        # Nothing is read: that somebody called is the whole message, so there is nothing to trust.
        while self._server is not None and (caller := self._server.nextPendingConnection()) is not None:
            caller.disconnected.connect(caller.deleteLater)
            caller.disconnectFromServer()
            self.asked_forward.emit()
