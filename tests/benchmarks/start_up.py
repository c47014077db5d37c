"""Time until the first window is shown.

From the start of the process to the first picture of the main window, warm (an unmeasured start goes first), beside the
same start with torch imported first, which is what a program that is not careful does. Their ratio does not depend on
the speed of the machine; the seconds do.

Also measured: the time to the row of a photo that is dropped as the window opens, beside ``import torch`` alone, and
the longest time that the window's thread gives no answer while torch is loaded behind it.

Run: ``python -m tests.benchmarks.start_up [--starts 5] [--json]``
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.tiny_model import tiny_model

_ROOT = Path(__file__).resolve().parents[2]
_TARGET_SECONDS = 1.0

_WINDOW = """
import sys, time
from PySide6.QtWidgets import QApplication
from fashionlens_gui import log
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.app import Application
log.start()
qt = QApplication(sys.argv[:1])
application = Application()
theme.apply(qt, application.settings.theme)
application.open()
"""

_FIRST_PICTURE = (
    _WINDOW
    + """
application.window.first_painted.disconnect()
def shown():
    print(time.time(), time.process_time(), "torch" in sys.modules)
    qt.quit()
application.window.first_painted.connect(shown)
qt.exec()
application.close()
"""
)

_FIRST_PHOTO = (
    _WINDOW
    + """
from PySide6.QtCore import QTimer
import os
from fashionlens_gui import paths
panel = application.window.tag_panel
def saved(_rows):
    print(time.time(), time.process_time(), "torch" in sys.modules)
panel.queue.rows_saved.connect(saved)
panel.queue.import_ended.connect(lambda _: QTimer.singleShot(0, qt.quit))
panel.add_paths([next(paths.samples_dir().glob("*.jpg"))])
qt.exec()
if not application.close():
    sys.stdout.flush()
    os._exit(0)  # as the program does while a library is still imported
"""
)

_IMPORT_TORCH = """
import torch
import sys, time
print(time.time(), time.process_time(), "torch" in sys.modules)
"""

_GAPS = (
    _WINDOW
    + """
from PySide6.QtCore import Qt, QTimer
gaps, last, begun = [], [0.0], time.perf_counter()
def beat():
    now = time.perf_counter()
    if last[0]:
        gaps.append(now - last[0])
    last[0] = now
def ready(_predictor):
    print(max(gaps), sorted(gaps)[int(len(gaps) * 0.99)], time.perf_counter() - begun)
    QTimer.singleShot(0, qt.quit)
timer = QTimer()
timer.setTimerType(Qt.TimerType.PreciseTimer)
timer.timeout.connect(beat)
application.window.first_painted.connect(lambda: timer.start(5))
application.active_model.ready.connect(ready)
application.active_model.failed.connect(qt.quit)
qt.exec()
application.close()
"""
)


@dataclass(frozen=True)
class Figures:
    """All in seconds.

    Attributes:
        first_window: Median from process start to the first picture.
        first_window_worst: The slowest of those starts.
        first_window_processor: Median of the processor time it takes; on a busy machine this is the one to compare.
        torch_first: Median of the same with torch imported first.
        ratio: first_window / torch_first.
        starts: Number of starts of each kind.
        model_ready: From the opened window to a loaded model.
        longest_gap: Of the window's thread until then.
        gap_p99: 99 of 100 gaps are shorter; the heartbeat itself takes 0.005.
        first_photo: Median from process start to the row of a photo that is dropped as the window opens.
        first_photo_ratio: The same as a multiple of what ``import torch`` takes alone.
        first_photo_processor_ratio: That of the processor times.
    """

    first_window: float
    first_window_worst: float
    first_window_processor: float
    torch_first: float
    ratio: float
    starts: int
    model_ready: float
    longest_gap: float
    gap_p99: float
    first_photo: float
    first_photo_ratio: float
    first_photo_processor_ratio: float


def measure(starts: int = 5) -> Figures:
    """Start the window ``starts`` times each way, in turn, so that a busy moment hits both."""
    torch_first = "import torch\n" + _FIRST_PICTURE
    ours, careless = [], []
    _seconds(_FIRST_PICTURE)
    _seconds(torch_first)
    for _ in range(starts):
        ours.append(_seconds(_FIRST_PICTURE))
        careless.append(_seconds(torch_first))
    with tempfile.TemporaryDirectory() as home:  # the first start there chooses between int8 and float32
        _seconds(_FIRST_PHOTO, home)
        photo, torch_alone = [], []
        for _ in range(starts):
            photo.append(_seconds(_FIRST_PHOTO, home))
            torch_alone.append(_seconds(_IMPORT_TORCH))
    photo_clock, photo_processor = map(statistics.median, zip(*photo, strict=True))
    alone_clock, alone_processor = map(statistics.median, zip(*torch_alone, strict=True))
    seconds, processor = zip(*ours, strict=True)
    torch_seconds, _ = zip(*careless, strict=True)
    longest, p99, ready = _run(_GAPS).split()
    return Figures(
        first_window=statistics.median(seconds),
        first_window_worst=max(seconds),
        first_window_processor=statistics.median(processor),
        torch_first=statistics.median(torch_seconds),
        ratio=statistics.median(seconds) / statistics.median(torch_seconds),
        starts=starts,
        model_ready=float(ready),
        longest_gap=float(longest),
        gap_p99=float(p99),
        first_photo=photo_clock,
        first_photo_ratio=photo_clock / alone_clock,
        first_photo_processor_ratio=photo_processor / alone_processor,
    )


def _seconds(code: str, home: str | None = None) -> tuple[float, float]:
    """From just before the process is made to what it shows: by the clock, and of the processor."""
    begun = time.time()
    shown, processor, with_torch = _run(code, home).split()
    if (with_torch == "True") != code.lstrip().startswith("import torch"):
        raise RuntimeError("torch was imported too early")
    return float(shown) - begun, float(processor)


def _run(code: str, folder: str | None = None) -> str:
    """The last line that a Python process prints, in a FashionLens folder of its own, or in ``folder``."""
    with contextlib.nullcontext(folder) if folder else tempfile.TemporaryDirectory() as home:
        if code == _GAPS:
            tiny_model(Path(home) / "models" / "tiny.safetensors")
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "FASHIONLENS_HOME": home}
        environment.setdefault("OMP_WAIT_POLICY", "passive")
        process = subprocess.run(
            [sys.executable, "-c", code], cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=120
        )
    if process.returncode != 0 or not process.stdout.strip():
        raise RuntimeError(f"the window did not start (status {process.returncode}):\n{process.stderr}")
    return process.stdout.strip().splitlines()[-1]


def main() -> int:
    """Measure and print; 1 when the first window takes longer than it should."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    figures = measure(options.starts)
    if options.json:
        print(json.dumps(asdict(figures), indent=2))
    else:
        print(f"first window      {figures.first_window:.2f} s (worst of {figures.starts}: "
              f"{figures.first_window_worst:.2f} s; target {_TARGET_SECONDS:.0f} s)")  # fmt: skip
        print(f"processor time    {figures.first_window_processor:.2f} s")
        print(f"with torch first  {figures.torch_first:.2f} s")
        print(f"ratio             {figures.ratio:.2f}")
        print(f"model ready       {figures.model_ready:.2f} s after the window")
        print(f"first photo       {figures.first_photo:.2f} s, {figures.first_photo_ratio:.2f} times import torch "
              f"({figures.first_photo_processor_ratio:.2f} in processor time)")  # fmt: skip
        print(f"longest gap       {figures.longest_gap * 1000:.0f} ms (p99 {figures.gap_p99 * 1000:.0f} ms)")
    return 0 if figures.first_window <= _TARGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
