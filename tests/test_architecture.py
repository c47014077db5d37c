"""Rules for the code: order of imports, lazy loading, forbidden calls."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("trainer", "fashionlens_gui")
QT = {"PySide6", "shiboken6", "qtpy", "superqt", "pyqtgraph"}
SLOW = {"torch", "torchvision", "pyqtgraph", "pi_heif", "pillow_jxl", "rawpy"}
# Packages from the lowest to the highest; those of one row do not import each other. A module directly in ``trainer``,
# ``fashionlens_gui`` or ``window`` belongs to the row that has the name of that package.
ORDER = (
    {"trainer"},
    {"trainer.preprocessing"},
    {"trainer.networks"},
    {"trainer.data"},
    {"trainer.model_files"},
    {"trainer.inference"},
    {"trainer.data_quality"},
    {"trainer.evaluation"},
    {"trainer.training.fit"},
    {"trainer.training.multi_head"},
    {"trainer.training.transfer"},
    {"trainer.training.improve"},
    {"trainer.training.runs"},
    {"fashionlens_gui.resources"},
    {"fashionlens_gui.messages"},
    {"fashionlens_gui"},
    {"fashionlens_gui.tagging"},
    {"fashionlens_gui.catalogue"},
    {"fashionlens_gui.catalogue.search"},
    {f"fashionlens_gui.catalogue.{package}" for package in ("lists", "upkeep", "files", "imports")},
    {"fashionlens_gui.product_groups", "fashionlens_gui.review"},
    {"fashionlens_gui.shops"},
    {"fashionlens_gui.photo_keywords", "fashionlens_gui.file_sorting"},
    {"fashionlens_gui.watching"},
    {"fashionlens_gui.command_line", "fashionlens_gui.window.shell"},
    {"fashionlens_gui.window.photos", "fashionlens_gui.window.confusion_matrix"},
    {"fashionlens_gui.window.gallery", "fashionlens_gui.window.search"},
    {"fashionlens_gui.window.comparison"},
    {f"fashionlens_gui.window.{tab}" for tab in ("tag", "train", "results", "models", "improve", "catalogue", "shops")},
    {"fashionlens_gui.window.products", "fashionlens_gui.window.photo_files", "fashionlens_gui.window.watching"},
    {"fashionlens_gui.window.duplicates", "fashionlens_gui.window.trends"},
    {"fashionlens_gui.window"},
    {"fashionlens_gui.cli"},
    {"fashionlens_gui.__main__"},
)
# These alone may open the window, and only when asked to (inside a function).
ENTRIES = {"fashionlens_gui.__main__", "fashionlens_gui.cli"}
_TOOLS = ("dev", "bundle")  # extras that the program itself does not import
DISTRIBUTION_OF = {
    "PIL": "pillow",
    "PySide6": "pyside6-essentials",
    "charset_normalizer": "charset-normalizer",
    "pi_heif": "pi-heif",
    "pillow_jxl": "pillow-jxl-plugin",
    "shiboken6": "pyside6-essentials",
}


@dataclass(frozen=True)
class Import:
    """One import statement: what it names, and whether it runs when the module is imported, later, or never."""

    target: str
    line: int
    at_start: bool
    for_types_only: bool


@cache
def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    assert len(found) > 20, "the packages were not found"
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@cache
def imports(module: str) -> tuple[Import, ...]:
    return tuple(_imports(tree(module), at_start=True, for_types_only=False))


def _imports(node: ast.AST, at_start: bool, for_types_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for name in child.names:
                yield Import(name.name, child.lineno, at_start, for_types_only)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0 and child.module, f"line {child.lineno}: write absolute imports"
            for name in child.names:
                full = f"{child.module}.{name.name}"
                yield Import(full if full in modules() else child.module, child.lineno, at_start, for_types_only)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for inner in child.body:
                yield from _imports(ast.Module([inner], []), at_start, True)
            for inner in child.orelse:
                yield from _imports(ast.Module([inner], []), at_start, for_types_only)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, at_start and not inside, for_types_only)


def under(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def calls(module: str) -> Iterator[tuple[int, str, ast.Call]]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func), node


def refuse(complaints: Iterable[str]) -> None:
    found = list(complaints)
    assert not found, "\n" + "\n".join(found)


def test_trainer_imports_neither_qt_nor_the_application() -> None:
    refuse(
        f"{module}:{found.line} imports {found.target}"
        for module in modules()
        if under(module, "trainer")
        for found in imports(module)
        if under(found.target, "fashionlens_gui", *QT)
    )


def test_trainer_never_prints() -> None:
    refuse(
        [f"{module}:{line} {name}" for module in modules() if under(module, "trainer")
         for line, name, _ in calls(module) if name == "print" or name.startswith(("sys.stdout", "sys.stderr"))]
    )  # fmt: skip


def test_only_the_window_imports_qt() -> None:
    complaints = []
    for module in modules():
        if not under(module, "fashionlens_gui") or under(module, "fashionlens_gui.window"):
            continue
        for found in imports(module):
            opens_window = module in ENTRIES and not found.at_start and under(found.target, "fashionlens_gui.window")
            msvc_runtime = module == "fashionlens_gui.cli" and found.target == "shiboken6" and not found.at_start
            if under(found.target, "fashionlens_gui.window", *QT) and not (opens_window or msvc_runtime):
                complaints.append(f"{module}:{found.line} imports {found.target}")
    refuse(complaints)


def row_of(module: str) -> tuple[int, str]:
    """The longest name in ORDER that the module is below, with its row. Modules of a package stand for the package."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        for row, packages in enumerate(ORDER):
            if name in packages:
                return row, name
    raise AssertionError(f"{module} is in no package of ORDER")


def test_every_package_has_a_place_in_the_order() -> None:
    packages = {package for row in ORDER for package in row}
    plain = {"trainer", "trainer.training", "fashionlens_gui", "fashionlens_gui.window"}
    refuse(
        f"{module} is below {row_of(module)[1]}, not in a package of its own"
        for module, file in modules().items()
        if file.name == "__init__.py" and module not in packages | plain and row_of(module)[1] in plain
    )
    refuse(package for package in packages if package not in modules())


def test_packages_import_only_lower_ones() -> None:
    complaints = []
    for module in modules():
        row, package = row_of(module)
        for found in imports(module):
            if under(found.target, *PACKAGES):
                other_row, other = row_of(found.target)
                if other != package and other_row >= row:
                    complaints.append(f"{module}:{found.line} in {package} imports {found.target}")
    refuse(complaints)


def test_no_import_cycles() -> None:
    graph = {
        module: {i.target for i in imports(module) if i.target in modules() and not i.for_types_only} - {module}
        for module in modules()
    }
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            pytest.fail("imports go round: " + " -> ".join((*path[path.index(module) :], module)))
        if module not in done:
            for target in sorted(graph[module]):
                walk(target, (*path, module))
            done.add(module)

    for module in graph:
        walk(module, ())


def test_every_module_has_a_docstring() -> None:
    refuse(
        [
            module
            for module, file in modules().items()
            if file.name != "__init__.py" and not ast.get_docstring(tree(module))
        ]
    )


def test_no_module_is_named_utils() -> None:
    refuse(
        [
            module
            for module in modules()
            if {"utils", "util", "helpers", "common", "manager", "misc"} & set(module.split("."))
        ]
    )


def test_nothing_is_ever_executed_from_a_file_of_the_user() -> None:
    forbidden_calls = {"eval", "exec", "torch.load", "pickle.load", "pickle.loads", "marshal.loads", "os.system"}
    complaints = []
    for module in modules():
        for found in imports(module):
            if under(found.target, "pickle", "marshal", "shelve", "dill", "joblib"):
                complaints.append(f"{module}:{found.line} imports {found.target}")
        for line, name, call in calls(module):
            shell = any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in call.keywords)
            tensors_alone = name == "torch.load" and any(
                k.arg == "weights_only" and ast.unparse(k.value) == "True" for k in call.keywords
            )
            if (name in forbidden_calls and not tensors_alone) or shell:
                complaints.append(f"{module}:{line} {ast.unparse(call)}")
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Attribute | ast.Name) and "LOAD_TRUNCATED_IMAGES" in ast.unparse(node):
                complaints.append(f"{module}:{node.lineno} would take half a photo for a whole one")
    refuse(complaints)


def test_no_error_is_swallowed() -> None:
    complaints = []
    for module in modules():
        for node in ast.walk(tree(module)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            catches_all = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            says_nothing = all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
            if catches_all and says_nothing:
                complaints.append(f"{module}:{node.lineno} catches everything and says nothing")
    refuse(complaints)


def test_every_library_imported_is_declared_and_every_declared_one_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for name, extra in project["optional-dependencies"].items() if name not in _TOOLS for each in extra]
    wanted = [*project["dependencies"], *extras]
    declared = {requirement.split("=")[0].rstrip("<>~! ").lower() for requirement in wanted}
    used = set()
    for module in modules():
        for found in imports(module):
            top = found.target.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in {*PACKAGES, "__future__"}:
                used.add(DISTRIBUTION_OF.get(top, top.lower()))
    assert used == declared


def loaded_after(code: str, *arguments: str) -> set[str]:
    """Top-level modules that a new interpreter has loaded after running the code."""
    tail = "\nimport sys\nprint('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    process = subprocess.run(
        [sys.executable, "-c", code + tail, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert process.returncode == 0, process.stderr
    return set(process.stdout.rpartition("LOADED")[2].split())


def test_nothing_slow_is_loaded_before_the_first_window() -> None:
    assert not loaded_after("import fashionlens_gui.window.app, fashionlens_gui.window.main_window") & SLOW


@pytest.mark.parametrize("command", ["models", "tag"])
def test_the_command_line_never_loads_qt(command: str, tmp_path: Path) -> None:
    samples = [str(file) for file in sorted((ROOT / "resources" / "samples").glob("*.jpg"))[:2]]
    words = {"models": ["models"], "tag": ["tag", *samples, "--out", str(tmp_path / "tags.csv")]}[command]
    code = "import sys; from fashionlens_gui.__main__ import main; assert main(sys.argv[1:]) == 0"
    assert not loaded_after(code, *words) & QT


def test_no_date_is_written_in_the_system_s_language() -> None:
    """strftime uses the locale for names of months and days; the program is in English."""
    texts = (*modules().values(), *(ROOT / "resources" / "report").glob("*.jinja"))
    found = [file.name for file in texts if re.search(r"%-?[AaBbchpxX]\b", file.read_text(encoding="utf-8"))]
    assert found == []


_UNIX = {"symlink_to", "symlink", "mkfifo", "geteuid", "openpty", "killpg"}


def _unix_only(function: ast.FunctionDef) -> set[str]:
    """What a test uses that fails on Windows."""
    found = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)} & _UNIX
    return found | set(re.findall(r"os\.fsdecode\(b'[^']*\\x|'/dev/", ast.unparse(function)))


def test_tests_of_what_windows_lacks_are_skipped_there() -> None:
    complaints = []
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for function in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                skipped = re.search(r"unix|linux|needs_links|skipif|sys\.platform", ast.unparse(function))
                complaints += (
                    [] if skipped else [f"{file.name}:{function.lineno} {what}" for what in _unix_only(function)]
                )
    refuse(complaints)
