"""One window at a time for the user's files; a second start brings the first window to the front and gives it its
photos.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QLockFile, QObject, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)

_MILLISECONDS = 3000
_END = b"\0"  # of each path, and of the message: no path contains it


class SingleInstance(QObject):
    """A QLockFile in the user's FashionLens folder, and a local socket that later starts connect to.

    The lock of a program that died is taken over at any age.
    """

    raise_requested = Signal(list)
    """A second start asks for this window; the paths of its photos."""

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Socket names must be short and local to this user's folder.
        self._address = "fashionlens-" + hashlib.sha256(str(home.resolve()).encode(errors="replace")).hexdigest()[:16]
        self._lock = QLockFile(str(home / "window.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None
        self.writable = True
        """False when the folder cannot be written to; then no lock is needed."""

    def acquire(self) -> bool:
        """Whether this is the only window. True as well where the folder is read-only."""
        if self._lock.tryLock(0):
            return True
        if self._lock.error() == QLockFile.LockError.LockFailedError:
            return False
        _log.warning("No lock: the folder of FashionLens cannot be written to (%s)", self._lock.error())
        self.writable = False
        return True

    def request_raise(self, photos: Iterable[Path] = ()) -> bool:
        """Ask the window that holds the lock to come to the front and to tag photos. False when it does not answer."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._address)
        if not socket.waitForConnected(_MILLISECONDS):
            return False
        paths = (os.fsencode(os.path.abspath(path)) + _END for path in photos)
        socket.write(b"".join(paths) + _END)
        # The system accepts the connection; only the disconnection proves that the window is responsive.
        state = QLocalSocket.LocalSocketState.UnconnectedState
        return socket.state() == state or socket.waitForDisconnected(_MILLISECONDS)

    def listen(self) -> None:
        """Listen for later starts; call once the window is shown."""
        from PySide6.QtNetwork import QLocalServer  # only now: the first window does not need it

        QLocalServer.removeServer(self._address)  # left by a killed program; we hold the lock
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        if not self._server.listen(self._address):
            _log.warning("Later starts cannot reach this window: %s", self._server.errorString())

    def release(self) -> None:
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    @Slot()
    def _answer(self) -> None:
        while self._server is not None and (connection := self._server.nextPendingConnection()) is not None:
            connection.disconnected.connect(connection.deleteLater)
            connection.readyRead.connect(self._receive)
            self._take(connection)

    @Slot()
    def _receive(self) -> None:
        self._take(cast("QLocalSocket", self.sender()))

    def _take(self, connection: QLocalSocket) -> None:
        """Take the message once it is complete."""
        received = bytes(connection.peek(connection.bytesAvailable()).data())
        if received != _END and not received.endswith(2 * _END):
            return
        connection.readAll()
        connection.disconnectFromServer()
        self.raise_requested.emit([Path(os.fsdecode(path)) for path in received.split(_END) if path])
