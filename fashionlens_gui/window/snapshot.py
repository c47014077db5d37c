"""A picture of the real window with the sample photos tagged in it: ``fashionlens --screenshot FILE``.

For machines without a screen, where somebody wants to see that all is well, and for trying the bundled application. It
is the same window that the user gets, in a FashionLens folder of its own: the user's catalogue and settings are neither
shown nor touched.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QByteArray, QCoreApplication, QEventLoop
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QApplication

from fashionlens_gui.settings import Settings, Theme
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell import theme, workers
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.gc_control import Collector
from trainer.atomic_write import atomic_write
from trainer.errors import FashionLensError

_TIMEOUT_SECONDS = 120.0
_IDLE_SECONDS = 0.5
"""After so long without any work, everything is painted."""


def main(picture: Path, size: tuple[int, int] = (1280, 720), theme_choice: Theme = "light") -> int:
    """Open the window, tag the sample photos in it and save what it looks like as PNG.

    Args:
        picture: The file to write; an older one is replaced.
        size: Width and height of the window in logical pixels.
        theme_choice: The theme.

    Returns:
        The exit status, 0.

    Raises:
        FashionLensError: The model cannot be loaded, the work does not end, or the picture cannot be written.
    """
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(application, QApplication)
    theme.apply(application, theme_choice)
    collector = Collector()  # before any other thread runs: Python must not destroy Qt's objects in one of them
    with _temporary_home():
        settings = Settings(theme=theme_choice)
        model = ActiveModel(settings)
        window = MainWindow(settings, model)
        try:
            window.resize(*size)
            window.show()
            model.begin()
            window.tag_panel.add_samples()
            _wait(lambda: model.state != "loading" and not workers.busy_slots())
            if model.error is not None:
                raise model.error
            image = window.grab().toImage()
            with atomic_write(picture) as temporary:
                _save(image, temporary)
        finally:
            window.shut_down()
            workers.stop_all()
            window.destroy_now()
            collector.stop()
    return 0


def _save(image: QImage, file: Path) -> None:
    writer = QImageWriter(str(file), QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(writer.errorString())


def _wait(done: Callable[[], bool]) -> None:
    """Process events until ``done`` has been true for a while."""
    end = time.monotonic() + _TIMEOUT_SECONDS
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < _IDLE_SECONDS:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        time.sleep(0.01)
        now = time.monotonic()
        if not done():
            idle_since = now
        if now > end:
            raise FashionLensError("samples_not_tagged", seconds=round(_TIMEOUT_SECONDS))


@contextmanager
def _temporary_home() -> Iterator[None]:
    before = os.environ.get("FASHIONLENS_HOME")
    with tempfile.TemporaryDirectory(prefix="fashionlens-") as home:
        os.environ["FASHIONLENS_HOME"] = home
        try:
            yield
        finally:
            if before is None:
                del os.environ["FASHIONLENS_HOME"]
            else:
                os.environ["FASHIONLENS_HOME"] = before
