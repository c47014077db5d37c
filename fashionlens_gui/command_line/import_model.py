"""``fashionlens import``: adds a model file to your models after checking that it is safe and complete."""

from __future__ import annotations

from argparse import Namespace

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, file_path, new_command, some_text
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.tagging.tag import printable
from trainer.errors import ModelFileError
from trainer.model_files.library import ModelLibrary


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "import",
        run,
        help="add a model file to your models",
        description="Checks a model file (a .zip from “fashionlens export”, or a .safetensors file) completely and "
        "copies it to your models folder. A damaged, changed, unknown or unsafe file is refused with the reason, and "
        "nothing is installed. Pickles (.pth, .pt, .bin) are never opened.",
        examples="""
  fashionlens import my-shop.zip
  fashionlens import best.safetensors --name autumn""",
    )
    command.add_argument("file", metavar="FILE", type=file_path, help="a .zip or a .safetensors file")
    command.add_argument("--name", type=some_text, metavar="NAME", help="name for the model on this computer")


def run(arguments: Namespace) -> int:
    """Check and install.

    Raises:
        ModelFileError: The file is refused.
        SaveError: The models folder cannot be written to.
    """
    library = ModelLibrary(paths.model_folders())
    from trainer.model_files.installing import NameTaken, install

    try:
        entry = install(arguments.file, library, arguments.name or "")
    except NameTaken as error:
        raise ModelFileError("name_taken_at_import", error=error, free=error.free) from error
    name = printable(entry.path.stem)
    terminal.echo(f"Imported “{name}”: {entry.metadata.network}, {len(entry.metadata.classes)} categories.")
    terminal.note(f'Tag with it: fashionlens tag PHOTOS… --model "{name}"')
    return DONE
