"""What holds for every test: no screen, a FashionLens folder of its own, few threads, nothing left running."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

# Before anything imports Qt or torch: both read these once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTEST_QT_API", "pyside6")
# Waiting OpenMP threads must not spin: on busy machines that makes torch several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The window tests take pictures; the developer's own scaling must not change them.
os.environ.pop("QT_SCALE_FACTOR", None)

sys.path.insert(
    0, str(Path(__file__).resolve().parents[1])
)  # plain "pytest" finds the packages like "python -m pytest"

import pytest

pytest_plugins = ("pytester", "tests.left_behind")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh FashionLens folder, so that no test sees or touches the user's own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FASHIONLENS_HOME", str(home))
    return home


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """File names that are no UTF-8 get into what tests print and log; a worker of xdist can only send UTF-8."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(autouse=True)
def few_torch_threads() -> Iterator[None]:
    """A test that changes torch's thread count must not change it for the next one."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    yield
    if torch and before is not None and torch.get_num_threads() != before:
        torch.set_num_threads(before)
