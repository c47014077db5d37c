"""Pinned dependencies, known bugs of libraries, packaging, and dev.py on a machine without dependencies."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import dev
from tests import bundle_smoke
from tests.processes import ROOT, unix, wait_for
from tests.trainer.synthetic import folder_tree

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


def test_the_public_ci_runs_the_readmes_commands_on_all_systems_with_the_oldest_and_newest_python() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "system: [ubuntu-latest, windows-latest, macos-latest]" in workflow
    assert f'python: ["3.{dev.OLDEST[1]}", "3.{dev.NEWEST[1]}"]' in workflow
    assert "python dev.py run" in workflow and "python dev.py test" in workflow
    libraries = {*dev.QT_LIBRARIES.values(), dev.FONT_PACKAGE}
    assert libraries <= set(workflow.split()), "the system libraries of dev.py and of the workflow differ"


@pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="no git repository")
def test_git_changes_no_line_ends_of_files_that_are_compared_by_bytes() -> None:
    """On Windows git checks text out with CRLF, unless .gitattributes says otherwise."""
    names = [file.relative_to(ROOT).as_posix() for file in sorted((ROOT / "tests" / "compatibility").rglob("*.csv"))]
    command = ["git", "check-attr", "text", "eol", "--", "README.md", "resources/report/report.css", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = {tuple(line.rsplit(": ", 2)) for line in done.stdout.splitlines()}
    for name in ("README.md", "resources/report/report.css"):
        assert {(name, "text", "auto"), (name, "eol", "lf")} <= found
    for name in names:
        assert (name, "text", "unset") in found


def test_dev_py_parses_with_an_old_python_to_report_the_version() -> None:
    source = (ROOT / "dev.py").read_text(encoding="utf-8")
    parsed = ast.parse(source, feature_version=(3, 7))
    imported = {name.name for node in ast.walk(parsed) if isinstance(node, ast.Import) for name in node.names}
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


LINUX = {"build": "linux-x86_64", "machine": "x86_64", "base": "/usr", "system": (2, 36), "libc": "glibc"}
MAC = {"build": "macosx-11.0-arm64", "machine": "arm64", "base": "/opt/homebrew", "system": (14, 5)}
WINDOWS = {"build": "win-amd64", "machine": "AMD64", "base": r"C:\Python313"}
STORE = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.13_3.13.1.0_x64__qbz5n2kfra8p0"


@pytest.mark.parametrize(
    ("version", "computer", "words"),
    [
        *(((3, minor), computer, "") for minor in (11, 12, 13, 14) for computer in (LINUX, MAC, WINDOWS)),
        ((3, 15), WINDOWS, "needs Python 3.11 to 3.14; this is Python 3.15"),
        ((3, 10), LINUX, "needs Python 3.11 to 3.14; this is Python 3.10"),
        ((3, 13), {**WINDOWS, "build": "win32"}, "64-bit"),
        ((3, 13), {**WINDOWS, "build": "win-arm64"}, "ARM"),
        ((3, 13), {**WINDOWS, "base": STORE}, "Microsoft Store"),
        ((3, 13), {**MAC, "machine": "x86_64"}, "Intel"),
        ((3, 13), {**MAC, "system": (13, 6)}, "macOS 14 or newer; this is macOS 13.6"),
        ((3, 13), {**LINUX, "libc": ""}, "another C library"),
        ((3, 13), {**LINUX, "system": (2, 28)}, "glibc 2.34 or newer; this one has glibc 2.28"),
        ((3, 13), {**LINUX, "machine": "armv7l"}, "armv7l"),
    ],
)
def test_dev_py_says_before_pip_runs_which_python_it_needs(
    version: tuple[int, int], computer: dict[str, Any], words: str
) -> None:
    problem = dev.python_problem(version, **computer)
    assert words in problem
    assert bool(words) == bool(problem)


def test_the_package_and_dev_py_allow_the_same_python_versions() -> None:
    (oldest, after_newest) = (f"3.{dev.OLDEST[1]}", f"3.{dev.NEWEST[1] + 1}")
    assert PROJECT["requires-python"] == f">={oldest},<{after_newest}"
    assert dev.own_python_problem() == ""


@pytest.mark.skipif(os.name == "nt", reason="the pretended programs are shell scripts")
@pytest.mark.parametrize(("system", "expected"), [("nt", ["py", "-3.13"]), ("posix", ["python3.12"])])
def test_dev_py_starts_again_with_an_installed_python_that_fits(
    system: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``py`` has 3.13 and an unsuitable 3.14; ``python3.14`` is broken and ``python3.12`` works."""
    scripts = {
        "py": f'case "$1" in -3.14) exit 1;; -3.13) shift; exec "{sys.executable}" "$@";; *) exit 103;; esac',
        "python3.14": "exit 127",
        "python3.12": f'exec "{sys.executable}" "$@"',
    }
    for name, text in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    name, *options = expected
    found = dev.first_fitting(dev.other_pythons(system))
    assert found == [str(tmp_path / name), *options]
    started: list[list[str]] = []
    monkeypatch.setattr(dev, "own_python_problem", lambda: "too new")
    monkeypatch.setattr(dev, "other_pythons", lambda _: [expected])
    monkeypatch.setattr(dev, "call", lambda command: started.append(command) or 7)
    monkeypatch.setattr(sys, "argv", ["dev.py", "run", "tag", "a photo"])
    assert dev.main() == 7
    assert started == [[*found, str(ROOT / "dev.py"), "run", "tag", "a photo"]]


@pytest.mark.skipif(os.name == "nt", reason="the pretended programs are shell scripts")
def test_dev_py_runs_with_the_python_of_an_environment_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, started = tmp_path / "bin" / "python", []
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "own_python_problem", lambda: "too new")
    monkeypatch.setattr(dev, "call", lambda command: started.append(command[0]) or 0)
    monkeypatch.setattr(sys, "argv", ["dev.py", "run"])
    assert dev.main() == 0
    assert started == [str(python)]


def test_dev_py_says_what_is_wrong_when_no_python_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "own_python_problem", lambda: dev.python_problem((3, 15), **WINDOWS))
    monkeypatch.setattr(sys, "argv", ["dev.py", "run"])
    assert dev.main() == 1
    assert "this is Python 3.15. Install Python 3.13" in capsys.readouterr().err


def test_dev_py_prints_quotes_into_any_code_page() -> None:
    code = (
        "import dev, sys; sys.argv = ['dev.py', 'run']; dev.own_python_problem = lambda: ''\n"
        "dev.COMMANDS['run'] = lambda _: dev.say('type “set X=1”'); sys.exit(dev.main())"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "set X=1" in done.stdout


@pytest.mark.parametrize(
    ("letters", "long_paths", "fits"), [(67, False, True), (68, False, False), (68, True, True), (200, True, True)]
)
def test_dev_py_measures_the_path_before_pip_runs(letters: int, long_paths: bool, fits: bool) -> None:
    root = "C:\\" + "f" * (letters - 3)
    assert (dev.path_problem(root, long_paths) == "") == fits
    assert fits or r"C:\FashionLens" in dev.path_problem(root, long_paths)


@unix
def test_ctrl_c_on_dev_py_lets_a_command_end_by_itself(tmp_path: Path) -> None:
    """The terminal sends Ctrl+C to the whole process group: here to dev.py, and to a command that needs two seconds."""
    code = "import dev, sys; sys.exit(dev.in_venv(*sys.argv[1:]))"
    child = (
        "import pathlib, signal, sys, time; folder = pathlib.Path(sys.argv[1])\n"
        "def stop(*_): time.sleep(2); (folder / 'saved').touch(); sys.exit(130)\n"
        "signal.signal(signal.SIGINT, stop); (folder / 'started').touch(); time.sleep(60)"
    )
    command = [sys.executable, "-c", f"import dev, sys; dev.venv_python = lambda: {sys.executable!r}; {code}"]
    with subprocess.Popen([*command, "-c", child, str(tmp_path)], cwd=ROOT, start_new_session=True) as process:
        wait_for((tmp_path / "started").exists)
        os.killpg(process.pid, signal.SIGINT)
    assert (tmp_path / "saved").exists()
    assert process.returncode == 130


@unix
def test_ctrl_c_on_dev_py_run_train_saves_a_checkpoint(tmp_path: Path) -> None:
    data, out = folder_tree(tmp_path / "data", per_class=8), tmp_path / "my.safetensors"
    words = ["--data", str(data), "--model", "cnn", "--epochs", "1000", "--threads", "1", "--out", str(out)]
    code = "dev.prepare_environment = lambda _: None; sys.exit(dev.run(sys.argv[1:]))"
    command = [sys.executable, "-c", f"import dev, sys; dev.venv_python = lambda: {sys.executable!r}; {code}", "train"]
    with subprocess.Popen([*command, *words], cwd=ROOT, start_new_session=True) as process:
        checkpoint = tmp_path / "my.safetensors.checkpoint"
        wait_for(checkpoint.exists)  # the first epoch is done
        checkpoint.unlink()
        os.killpg(process.pid, signal.SIGINT)
    assert process.returncode == 130
    assert checkpoint.exists(), "the training was killed before it saved a checkpoint"


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
        ("win32", "cpu", False, False),
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


def test_dev_py_installs_the_build_for_a_gpu_that_was_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(dev, "has_nvidia_gpu", lambda: True)
    monkeypatch.delenv("FASHIONLENS_TORCH", raising=False)
    assert dev._torch_options() == []
    assert "FASHIONLENS_TORCH=cu130" in capsys.readouterr().out
    monkeypatch.setenv("FASHIONLENS_TORCH", "cu130")
    assert dev._torch_options() == ["--extra-index-url", "https://download.pytorch.org/whl/cu130"]
    assert capsys.readouterr().out == ""


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


def test_the_bundle_is_tested_with_the_folders_that_windows_programs_need(tmp_path: Path) -> None:
    """Without TEMP and LOCALAPPDATA a program on Windows has no folder for temporary files and none for its data."""
    given = bundle_smoke.user_folders("nt", tmp_path, {"SYSTEMROOT": r"C:\Windows", "PATH": "not passed on"})
    assert given.pop("SYSTEMROOT") == r"C:\Windows"
    assert set(given) == {"TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"}
    assert set(given.values()) == {str(tmp_path)}
    assert bundle_smoke.user_folders("posix", tmp_path, {}) == {}
