"""Adds what pyproject.toml cannot say: the top-level resources/ is installed inside the package.

In the repository weights, icons and samples lie beside the code; installed, they must lie within it
(``fashionlens_gui/resources``, where ``fashionlens_gui.paths`` looks first).
"""

from pathlib import Path

from setuptools import find_packages, setup

RESOURCES = Path(__file__).parent / "resources"


def resource_packages() -> dict[str, str]:
    """Each folder below resources/ that holds a file, as package name -> folder in the repository."""
    folders = {file.parent for file in RESOURCES.rglob("*") if file.is_file()} | {RESOURCES}
    found = {}
    for folder in sorted(folders):
        parts = folder.relative_to(RESOURCES.parent).parts
        found[".".join(("fashionlens_gui", *parts))] = "/".join(parts)
    return found


resources = resource_packages()
setup(
    packages=[*find_packages(include=["fashionlens_gui*", "trainer*"]), *resources],
    package_dir=resources,
    package_data={name: ["*"] for name in resources},
    include_package_data=False,
)
