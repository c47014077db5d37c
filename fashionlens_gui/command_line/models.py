"""``fashionlens models``, ``export`` and ``import``: the models on this computer, and files to share."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from fashionlens_gui import messages, paths
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, file_path, new_command, some_text
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.model_choice import default_model
from fashionlens_gui.tagging.tag import printable
from trainer.errors import ModelFileError
from trainer.model_files.library import ModelEntry, ModelLibrary, read_entry


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    command = new_command(
        commands,
        "models",
        run,
        help="list the models on this computer",
        description="Lists your own models and those that came with FashionLens.",
        examples="\n  fashionlens models",
    )
    command.add_argument("--json", action="store_true", help="print all their metadata as JSON")
    _add_import(commands)


def run(arguments: Namespace) -> int:
    """List the models, as a table or JSON."""
    library = ModelLibrary(paths.model_folders())
    entries = library.entries()
    if arguments.json:
        terminal.echo_json([_entry_to_json(entry) for entry in entries])
    elif not entries:
        terminal.echo(f"There are no models yet. Train one, or put a model file into {library.folders[0]}.")
    else:
        chosen = default_model(library)
        width = max(len(entry.path.stem) for entry in entries)
        for entry in entries:
            mark = "*" if entry.path == chosen else " "
            kind = f"{entry.metadata.network:12}  {len(entry.metadata.classes):3} categories"
            terminal.echo(f"{mark} {entry.path.stem:{width}}  {kind}  {_figure(entry):26}  {entry.path}")
        terminal.note("* is used when --model is not given.")
    return DONE


def _entry_to_json(entry: ModelEntry) -> dict[str, object]:
    metadata = entry.metadata
    return {
        "name": entry.path.stem,
        "path": str(entry.path),
        "network": metadata.network,
        "classes": list(metadata.classes),
        "data": messages.data_text(metadata.data),
        "figures": metadata.figures,
        "review_below": metadata.review_below,
        "created": metadata.created,
        "version": metadata.version,
        "card": str(entry.card) if entry.card else None,
        "bytes": entry.path.stat().st_size,
    }


def _figure(entry: ModelEntry) -> str:
    """The accuracy on test images, else on validation images."""
    for name, word in (("test_accuracy", "test"), ("validation_accuracy", "validation")):
        if name in entry.metadata.figures:
            return f"{word} accuracy {entry.metadata.figures[name]:.2%}"
    return ""


def run_export(arguments: Namespace) -> int:
    """Write the file.

    Raises:
        ModelFileError: There is no such model, or it is damaged.
        SaveError: The file cannot be written.
    """
    if arguments.onnx is None:
        outputs.check_target("--out", arguments.out, "my-shop.zip", [arguments.model])
    else:
        outputs.check_target("--onnx", arguments.onnx, "my-shop.onnx", [arguments.model])
    path = ModelLibrary(paths.model_folders()).find(arguments.model)
    if arguments.onnx is not None:
        return _write_onnx(path, arguments.onnx)
    from trainer.model_files import package

    digests = package.write(arguments.out, read_entry(path))
    terminal.echo(f"Exported “{printable(path.stem)}” to {printable(str(arguments.out))}:")
    for member, digest in digests.items():
        terminal.echo(f"  {digest}  {printable(member)}")
    return DONE


def _write_onnx(path: Path, target: Path) -> int:
    from trainer.inference import onnx_export

    photos = sorted(paths.samples_dir().iterdir())
    report = terminal.run_with_progress(onnx_export.export(path, target, photos))
    terminal.echo(
        f"Exported “{printable(path.stem)}” to {printable(str(target))} ({target.stat().st_size / 1e6:.1f} MB)."
    )
    terminal.echo(f"Input: {report.input}")
    terminal.echo(f"Outputs: {', '.join(report.outputs)}")
    terminal.echo(
        f"Checked with ONNX Runtime on {report.photos} photos, in batches of {' and '.join(map(str, report.batches))}: "
        f"the largest difference from FashionLens itself is {report.largest_difference:.1e}."
    )
    return DONE


def _add_import(commands: Commands) -> None:
    """Add the command ``import`` to the parser."""
    command = new_command(
        commands,
        "import",
        run_import,
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


def run_import(arguments: Namespace) -> int:
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
