"""Pinned dependencies, known bugs of libraries, packaging, and dev.py on a machine without dependencies."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import dev

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [Requirement(text) for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_installed_versions_match_the_declared_ones(requirement: Requirement) -> None:
    assert requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)


def test_torchvision_matches_the_torch_version() -> None:
    wanted = [Requirement(text) for text in importlib.metadata.requires("torchvision") or []]
    torch = next(requirement for requirement in wanted if requirement.name == "torch")
    pinned = next(requirement for requirement in REQUIREMENTS if requirement.name == "torch")
    assert str(torch.specifier) == str(pinned.specifier)


def test_an_emitted_signal_costs_no_reference_to_true() -> None:
    """PySide6 6.12.0 loses one reference per emit, and Python 3.11 aborts when none is left."""
    from PySide6.QtCore import QObject, Signal

    class Sender(QObject):
        toggled = Signal(bool)
        clicked = Signal()

    sender = Sender()
    sender.toggled.connect(lambda _: None)
    before = sys.getrefcount(True)
    for _ in range(1000):
        sender.toggled.emit(True)
        sender.clicked.emit()
    assert abs(sys.getrefcount(True) - before) < 10


def test_torchvision_imports_with_any_torch_and_is_unchanged_where_it_loads() -> None:
    code = """
import torch
import trainer.torchvision_guard as guard

loads = guard._native_library_loads
guard._native_library_loads = lambda: True
guard._declare_operators_if_needed()
assert guard._declared is None, "operators were declared although the native library loads"
guard._native_library_loads = loads

vision = guard.torchvision()
from torchvision import datasets, models, transforms
from torchvision.transforms import v2
assert vision.__version__.startswith("0.28.0")
assert datasets.FashionMNIST.mirrors
assert v2.RandomErasing(p=1.0)(torch.ones(3, 8, 8)).shape == (3, 8, 8)
assert models.resnet18(weights=None).eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 1000)
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=170)
    assert process.returncode == 0, process.stderr


def test_readme_and_continuous_integration_name_the_same_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 dev.py run" in readme
    assert "python3 dev.py test" in readme
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("python3 dev.py test")


def test_dev_py_parses_with_an_old_python_to_report_the_version() -> None:
    source = (ROOT / "dev.py").read_text(encoding="utf-8")
    parsed = ast.parse(source, feature_version=(3, 7))
    imported = {name.name for node in ast.walk(parsed) if isinstance(node, ast.Import) for name in node.names}
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def test_dev_py_finds_missing_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(dev, "FONT_FOLDERS", ["/no/such/folder"])
    missing = dev.missing_system_packages({"libfashionlens-not-there.so.1": "libfashionlens1"})
    assert missing == {"libfashionlens-not-there.so.1": "libfashionlens1", "a font": "fonts-dejavu-core"}


def test_dev_py_needs_no_packages_on_windows_and_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert dev.missing_system_packages({"libfashionlens-not-there.so.1": "libfashionlens1"}) == {}
    assert dev.has_screen()


@pytest.mark.skipif(os.name == "nt", reason="Linux only")
def test_dev_py_names_the_exact_command_when_it_may_not_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(dev.SetupError) as caught:
        dev.install_system_packages({"libEGL.so.1": "libegl1", "libGL.so.1": "libgl1"})
    command = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 libgl1"
    assert command in str(caught.value)


def test_dev_py_names_what_is_missing_where_there_is_no_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(dev.SetupError, match=r"sudo dnf install 'libEGL\.so\.1\(\)\(64bit\)'"):
        dev.install_system_packages({"libEGL.so.1": "libegl1"})


@pytest.mark.parametrize(
    ("platform", "choice", "pip_finds_it", "takes_cpu_wheels"),
    [
        ("linux", "", False, True),
        ("linux", "", True, False),
        ("linux", "cpu", True, True),
        ("linux", "pypi", False, False),
        ("win32", "", False, False),
    ],
)
def test_dev_py_installs_the_cpu_build_without_an_nvidia_gpu(
    platform: str, choice: str, pip_finds_it: bool, takes_cpu_wheels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("FASHIONLENS_TORCH", choice)
    monkeypatch.setattr(dev, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(dev, "_pip_finds_cpu_torch", lambda: pip_finds_it)
    assert (dev.CPU_WHEELS in dev._torch_options()) == takes_cpu_wheels


def test_dev_py_installs_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands: list[list[str]] = []

    def record(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "_make_venv", lambda: None)
    monkeypatch.setattr(dev, "_venv_works", lambda: True)
    monkeypatch.setattr(dev, "_torch_options", list)
    monkeypatch.setattr(subprocess, "run", record)
    for extras in (set(), set(), {"dev"}, {"dev"}, set(), {"bundle"}):
        dev.prepare_environment(extras)
    installed = [command[-1].removeprefix(str(ROOT)) for command in commands]
    assert installed == ["", "[dev]", "[bundle,dev]"]


def build(command: list[str], folder: Path) -> None:
    process = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=folder, timeout=170)
    assert process.returncode == 0, process.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site-packages folder with FashionLens, built from a source archive outside the repository."""
    root = tmp_path_factory.mktemp("built")
    copy, archives, wheels, site = (root / name for name in ("copy", "archives", "wheels", "site"))
    for name in ("trainer", "fashionlens_gui", "resources"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.part"))
    for name in ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build(["-c", f"from setuptools.build_meta import build_sdist; build_sdist({str(archives)!r})"], copy)
    archive = next(archives.glob("*.tar.gz"))
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-w", str(wheels)]
    build(["-m", "pip", "wheel", *options, str(archive)], root)
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    return site


def files_below(folder: Path) -> set[str]:
    return {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".part"
    }


def test_an_installed_fashionlens_has_everything_inside(installed: Path) -> None:
    """The wheel has all code and all resources, but not the ``resources/__init__.py`` of the repository."""
    code = {f"{name}/{file}" for name in ("trainer", "fashionlens_gui") for file in files_below(ROOT / name)}
    resources = {f"fashionlens_gui/resources/{file}" for file in files_below(ROOT / "resources")}
    inside = {name for name in files_below(installed) if ".dist-info/" not in name}
    assert inside == code - {"fashionlens_gui/resources/__init__.py"} | resources
    assert any("/resources/icons/" in name for name in inside)
    assert any("/resources/samples/" in name for name in inside)


@pytest.mark.parametrize("where", ["installed", "repository"])
def test_resources_are_those_of_the_code_that_runs(where: str, installed: Path, tmp_path: Path) -> None:
    """Even where an editable install of another checkout is on the path."""
    folder, expected = {
        "installed": (installed, installed / "fashionlens_gui" / "resources"),
        "repository": (ROOT, ROOT / "resources"),
    }[where]
    process = subprocess.run(
        [sys.executable, "-c", "from fashionlens_gui import paths; print(paths.resources_dir())"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 0, process.stderr
    assert Path(process.stdout.strip()) == expected
    assert (expected / "models" / "products.safetensors").is_file()
