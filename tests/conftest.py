"""Setup of all tests: no screen, a separate FashionLens folder, few threads, no leaks."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

# Qt and torch read these once, at import.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTEST_QT_API", "pyside6")
# Spinning OpenMP threads make torch several times slower on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Window tests compare screenshots, which must not depend on the scaling of the desktop.
os.environ.pop("QT_SCALE_FACTOR", None)

sys.path.insert(
    0, str(Path(__file__).resolve().parents[1])
)  # plain "pytest" finds the packages like "python -m pytest"

import pytest

from fashionlens_gui import paths

pytest_plugins = ("pytester", "tests.leak_check")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty FashionLens folder, so that no test reads or changes the files of the user."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FASHIONLENS_HOME", str(home))
    return home


_data_paths = paths.data_paths


@pytest.fixture(autouse=True, scope="session")
def no_graphs_of_new_backbones() -> Iterator[None]:
    """Trainings write no ONNX graphs: each export takes longer than the training of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "data_paths", lambda chosen="": replace(_data_paths(chosen), graphs=()))
        yield


@pytest.fixture
def graphs_of_new_backbones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings write graphs as outside the tests."""
    monkeypatch.setattr(paths, "data_paths", _data_paths)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape non-UTF-8 file names in captured output, since xdist workers send UTF-8 only."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(autouse=True)
def few_torch_threads() -> Iterator[None]:
    """Restore torch's thread count after each test."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    yield
    if torch and before is not None and torch.get_num_threads() != before:
        torch.set_num_threads(before)
