#!/usr/bin/env python3
"""Sets up and runs FashionLens: ``python3 dev.py run``, ``python3 dev.py test`` and further commands.

Standard library only, so that it works before anything is installed. The first call creates ``.venv`` and installs the
dependencies of pyproject.toml and, on Debian and Ubuntu, the system libraries that Qt needs. Later calls skip this.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OUT = ROOT / "out"
OLDEST, NEWEST = (3, 11), (3, 14)  # torch has no wheels for others
WHEELS = "https://download.pytorch.org/whl/"
CPU_WHEELS = WHEELS + "cpu"
PYTHON_TO_INSTALL = "Install Python 3.13 (64 bit) from https://www.python.org/downloads/ and run this again."
# Letters: Windows without long paths opens files up to 259; the longest path of torch below .venv has 192.
LONGEST_PATH, LONGEST_BELOW_ROOT = 259, 192

# Shared object -> Debian package. A minimal Debian has none of these; most desktops have all of them.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11_LIBRARIES = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
FONT_PACKAGE = "fonts-dejavu-core"
# The tests of one file run in one process and share its fixtures.
ON_ALL_CORES = ("-n", "auto", "--dist", "loadfile")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")


class SetupError(Exception):
    """An error with a message for the user, which is printed without a traceback."""


# ---------------------------------------------------------------------------------------------- system


def has_screen() -> bool:
    """Whether a display is available."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def has_nvidia_gpu() -> bool:
    """Whether an NVIDIA driver is installed."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def missing_system_packages(libraries: dict[str, str]) -> dict[str, str]:
    """What Qt needs and this Linux lacks: shared object (or "a font") -> Debian package."""
    if not sys.platform.startswith("linux"):
        return {}
    missing = {name: package for name, package in libraries.items() if not _loads(name)}
    if not any(_has_font(Path(folder).expanduser()) for folder in FONT_FOLDERS):
        missing["a font"] = FONT_PACKAGE
    return missing


def install_system_packages(missing: dict[str, str]) -> None:
    """Install the missing packages with apt-get, or raise an error with the command to run.

    Raises:
        SetupError: The user is not root, there is no apt-get, or apt-get failed.
    """
    if not missing:
        return
    packages = sorted(set(missing.values()))
    if not shutil.which("apt-get"):
        raise SetupError(
            f"This Linux lacks {', '.join(missing)}.\n"
            "Install them with your package manager and run this again. On Fedora:\n  sudo dnf install "
            + " ".join(f"'{name}()(64bit)'" for name in missing if name != "a font")
            + (" dejavu-sans-fonts" if "a font" in missing else "")
        )
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0:
        raise SetupError(
            f"This Linux lacks {', '.join(missing)}. Install the packages with\n"
            f"  sudo apt-get update && sudo {' '.join(command)}\nand run this again."
        )
    say(f"Installing system packages: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait_for_lock = ["-o", "DPkg::Lock::Timeout=120"]
    for step in (["apt-get", "update", "-q"], [*command, "-q", *wait_for_lock]):
        if subprocess.run(step, env=environment, stdin=subprocess.DEVNULL).returncode != 0:
            raise SetupError(f"{' '.join(step)} failed; see its output above.")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font(folder: Path) -> bool:
    return folder.is_dir() and any(file.suffix.lower() in {".ttf", ".otf", ".ttc"} for file in folder.rglob("*"))


# ---------------------------------------------------------------------------------------------- this Python


def python_problem(
    version: tuple[int, ...], build: str, machine: str, base: str, system: tuple[int, ...] = (), libc: str = ""
) -> str:
    """Why the libraries cannot be installed with a Python on a computer, in sentences; empty when they can.

    Args:
        version: Of Python, such as ``(3, 13)``.
        build: ``sysconfig.get_platform()``, such as ``win-amd64``.
        machine: ``platform.machine()``; on a Mac also Python's own processor.
        base: ``sys.base_prefix``, the folder of Python.
        system: Version of macOS, or of glibc on Linux.
        libc: ``glibc``, or anything else on Linux.
    """
    shown = ".".join(map(str, version[:2]))
    if not OLDEST <= version[:2] <= NEWEST:
        return f"FashionLens needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; this is Python {shown}. {PYTHON_TO_INSTALL}"
    if build == "win32":
        return f"FashionLens needs a 64-bit Python and a 64-bit Windows; this Python has 32 bits. {PYTHON_TO_INSTALL}"
    if build.startswith("win-arm"):
        return (
            "PyTorch has no package for Python on ARM. Install “Windows installer (64-bit)”, not the one for ARM64, "
            "from https://www.python.org/downloads/windows/ and run this again: Windows 11 on ARM runs it."
        )
    if "WindowsApps" in base or "PythonSoftwareFoundation.Python" in base:
        return f"Python from the Microsoft Store does not work with the library of the window. {PYTHON_TO_INSTALL}"
    if build.startswith("macosx"):
        if machine != "arm64":
            return (
                "FashionLens needs a Mac with Apple silicon and a Python for it; this Python is for Intel processors."
            )
        if system < (14,):
            return f"FashionLens needs macOS 14 or newer; this is macOS {'.'.join(map(str, system))}."
    if build.startswith("linux"):
        if machine not in ("x86_64", "aarch64"):
            return f"PyTorch has no package for Linux on {machine}; FashionLens needs x86_64 or aarch64."
        needed = (2, 34) if machine == "x86_64" else (2, 39)
        if libc != "glibc" or system < needed:
            return (
                f"FashionLens needs a Linux with glibc {needed[0]}.{needed[1]} or newer; this one has "
                f"{libc or 'another C library'} {'.'.join(map(str, system))}. Debian 12, Ubuntu 22.04 and Fedora 36 "
                "are new enough on x86_64, Ubuntu 24.04 and Fedora 40 also on aarch64."
            )
    return ""


def own_python_problem() -> str:
    """The :func:`python_problem` of the Python that runs this file."""
    libc, libc_version = platform.libc_ver() if sys.platform.startswith("linux") else ("", "")
    system = platform.mac_ver()[0] if sys.platform == "darwin" else libc_version
    numbers = tuple(int(part) for part in system.split(".") if part.isdigit())
    build = sysconfig.get_platform()
    return python_problem(tuple(sys.version_info[:2]), build, platform.machine(), sys.base_prefix, numbers, libc)


def other_pythons(system: str) -> list[list[str]]:
    """Commands that start Python of each supported version, newest first, on a system of this ``os.name``."""
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    return [["py", f"-3.{minor}"] if system == "nt" else [f"python3.{minor}"] for minor in minors]


def first_fitting(commands: list[list[str]]) -> list[str]:
    """The first command whose Python has no :func:`python_problem`; empty when there is none."""
    for name, *options in commands:
        program = shutil.which(name)
        question = [program or name, *options, str(ROOT / "dev.py"), "--fits"]
        if program and subprocess.run(question, capture_output=True).returncode == 0:
            return [program, *options]
    return []


def path_problem(root: str, long_paths: bool) -> str:
    """Why the libraries cannot be installed below a folder on Windows; empty when they can."""
    if long_paths or len(root) + LONGEST_BELOW_ROOT <= LONGEST_PATH:
        return ""
    return (
        f"The folder {root} has {len(root)} letters. Windows cannot open some files of PyTorch below it.\n"
        "Move the folder of FashionLens to C:\\FashionLens and run this again."
    )


def windows_has_long_paths() -> bool:
    """Whether programs may open paths of more than 259 letters; True on other systems."""
    if sys.platform != "win32":
        return True
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False


# ---------------------------------------------------------------------------------------------- environment


def venv_python() -> Path:
    """Path of the interpreter of .venv, which may not exist yet."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare_environment(extras: set[str]) -> None:
    """Create .venv and install the package (editable) with the extras, unless they are already installed."""
    stamp = VENV / "installed-by-dev-py.txt"
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode())
    before = stamp.read_text(encoding="utf-8").split() if stamp.is_file() and _venv_works() else []
    if before and before[0] == digest.hexdigest():
        if extras <= set(before[1:]):
            return
        extras = extras | set(before[1:])
    problem = path_problem(str(ROOT), windows_has_long_paths())
    if problem:
        raise SetupError(problem)
    _make_venv()
    requirement = f"{ROOT}[{','.join(sorted(extras))}]" if extras else str(ROOT)
    say("Installing FashionLens and its libraries into .venv (once; about 1.3 GB, mostly PyTorch)")
    command = [str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if subprocess.run([*command, *_torch_options(), "--editable", requirement]).returncode != 0:
        raise SetupError("pip could not install the libraries; see its output above. Check the network and try again.")
    stamp.write_text("\n".join([digest.hexdigest(), *sorted(extras)]) + "\n", encoding="utf-8")


def _make_venv() -> None:
    if _venv_works():
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian has a separate package for venv
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        install_system_packages({"Python's venv module": name})
    say(f"Creating {VENV} with Python {sys.version.split()[0]}")
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)]).returncode != 0:
        raise SetupError(f"Python could not create an environment in {VENV}; see its output above.")


def _venv_works() -> bool:
    """Whether the Python of .venv still exists, runs and has a version that fits."""
    python = venv_python()
    if not python.is_file():
        return False
    question = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return subprocess.run([str(python), "-c", question], capture_output=True).returncode == 0


def _torch_options() -> list[str]:
    """On Linux, PyPI's torch contains gigabytes of CUDA libraries. Without an NVIDIA GPU the CPU build is installed.

    ``FASHIONLENS_TORCH=cpu`` or ``=pypi`` overrides the choice; the name of another build in PyTorch's own index, such
    as ``cu130``, installs that. Where pip already finds a CPU build (a local wheel, a mirror) no index is added.
    """
    choice = os.environ.get("FASHIONLENS_TORCH", "").lower()
    if choice not in ("", "cpu", "pypi"):
        return ["--extra-index-url", WHEELS + choice]
    if not sys.platform.startswith("linux") or choice == "pypi":
        if sys.platform == "win32" and not choice and has_nvidia_gpu():
            say(
                "There is an NVIDIA GPU. PyTorch's usual package for Windows computes on the processor alone.\n"
                "   To train on the GPU: delete .venv, type “set FASHIONLENS_TORCH=cu130” and run this again\n"
                "   (https://pytorch.org/get-started names the builds that there are)."
            )
        return []
    if choice != "cpu" and (has_nvidia_gpu() or _pip_finds_cpu_torch()):
        return []
    say(f"Installing the CPU build of PyTorch from {CPU_WHEELS}")
    return ["--extra-index-url", CPU_WHEELS]


def _pip_finds_cpu_torch() -> bool:
    version = next(
        line.split("torch==")[1].split('"')[0]
        for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
        if "torch==" in line
    )
    command = [str(venv_python()), "-m", "pip", "index", "versions", "torch", "--disable-pip-version-check"]
    answer = subprocess.run(command, capture_output=True, text=True)
    return f"{version}+cpu" in answer.stdout


# ---------------------------------------------------------------------------------------------- commands


def run(arguments: list[str]) -> int:
    """Open the window; without a screen, tag the sample photos and save a screenshot; arguments go to fashionlens."""
    if arguments:
        prepare_environment(set())
        return in_venv("-m", "fashionlens_gui", *arguments)
    if has_screen():
        wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
        install_system_packages(missing_system_packages(QT_LIBRARIES if wayland else {**QT_LIBRARIES, **X11_LIBRARIES}))
        prepare_environment(set())
        return in_venv("-m", "fashionlens_gui")
    prepare_environment(set())
    return _run_without_screen()


def _run_without_screen() -> int:
    samples, table, picture = ROOT / "resources" / "samples", OUT / "tags.csv", OUT / "window.png"
    OUT.mkdir(exist_ok=True)
    say(f"No screen (neither DISPLAY nor WAYLAND_DISPLAY is set): tagging the photos in {samples}")
    failed = in_venv("-m", "fashionlens_gui", "tag", str(samples), "--out", str(table))
    if failed:
        return failed
    say(f"The tags, one row per photo: {table}")
    install_system_packages(missing_system_packages(QT_LIBRARIES))
    command = ["-m", "fashionlens_gui", "--screenshot", str(picture), "--size", "1280x720"]
    failed = in_venv(*command, QT_QPA_PLATFORM="offscreen")
    if not failed:
        say(f"A screenshot of the window: {picture}")
    return failed


def test(arguments: list[str]) -> int:
    """Run ruff, mypy and pytest; with arguments, run only pytest with them."""
    install_system_packages(missing_system_packages(QT_LIBRARIES))
    prepare_environment({"dev"})
    pytest = ("pytest", *(arguments or ON_ALL_CORES))
    steps = [pytest] if arguments else [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), pytest]
    failed = []
    for step in steps:
        say(" ".join(step))
        if in_venv("-m", *step):
            failed.append(" ".join(step))
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """Run the benchmarks in tests/benchmarks, or only the named ones."""
    install_system_packages(missing_system_packages(QT_LIBRARIES))
    prepare_environment({"dev"})
    found = {file.stem: file for file in sorted((ROOT / "tests" / "benchmarks").glob("[!_]*.py"))}
    unknown = set(arguments) - set(found)
    if unknown:
        raise SetupError(f"Unknown benchmark: {', '.join(sorted(unknown))}. Choose from: {', '.join(found)}.")
    results = []
    for name in arguments or found:
        say(f"benchmark {name}")
        results.append(in_venv("-m", f"tests.benchmarks.{name}"))
    return max(results, default=0)


def bundle(arguments: list[str]) -> int:
    """Build the offline application in dist/fashionlens and test it without Python and network."""
    install_system_packages(missing_system_packages({**QT_LIBRARIES, **X11_LIBRARIES}))
    prepare_environment({"bundle"})
    say("PyInstaller (takes some minutes)")
    failed = in_venv(
        "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN", "fashionlens.spec", *arguments
    )
    return failed or in_venv("-m", "tests.bundle_smoke", str(ROOT / "dist" / "fashionlens"))


def screenshots(arguments: list[str]) -> int:
    """Save the screenshots of the README in resources/guide/screenshots."""
    install_system_packages(missing_system_packages(QT_LIBRARIES))
    prepare_environment({"dev"})
    return in_venv("-m", "tests.screenshots", *arguments)


COMMANDS = {"run": run, "test": test, "bench": bench, "bundle": bundle, "screenshots": screenshots}


def in_venv(*arguments: str, **environment: str) -> int:
    """Run the Python of .venv in the repository root and return its exit code."""
    # Spinning idle OpenMP threads make torch five times slower on a busy machine with few cores.
    variables = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUTF8": "1", **os.environ, **environment}
    return call([str(venv_python()), *arguments], cwd=ROOT, env=variables)


def call(command: list[str], **options: object) -> int:
    """Run a command to its end and return its exit code; Ctrl+C is for the command alone.

    The terminal sends Ctrl+C to both. ``subprocess.run`` would kill the command 0.25 seconds later, before a training
    has saved its checkpoint.
    """
    before = signal.signal(signal.SIGINT, lambda *_: None)  # a handler, because SIG_IGN would be inherited
    try:
        return subprocess.Popen(command, **options).wait()
    finally:
        signal.signal(signal.SIGINT, before)


def say(text: str) -> None:
    """Print a heading that is easy to see between the output of the tools."""
    print(f"\n== {text}", flush=True)


def main() -> int:
    """Parse the command line and run the command."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # “quotes” in a file or pipe with an old code page
    problem = own_python_problem()
    if sys.argv[1:] == ["--fits"]:
        return 1 if problem else 0
    if problem:
        found = first_fitting([*other_pythons(os.name), [str(venv_python())]])
        if found:
            return call([*found, str(ROOT / "dev.py"), *sys.argv[1:]])
        print(f"\n{problem}", file=sys.stderr)
        return 1
    parser = argparse.ArgumentParser(prog="dev.py", description="Sets up and runs FashionLens.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, function in COMMANDS.items():
        commands.add_parser(name, help=(function.__doc__ or "").rstrip("."), add_help=False)
    chosen, rest = parser.parse_known_args(sys.argv[1:2])[0], sys.argv[2:]
    try:
        return COMMANDS[chosen.command](rest)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
