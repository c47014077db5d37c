"""``fashionlens models``: the models on this computer."""

from __future__ import annotations

from argparse import Namespace

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, new_command
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.model_choice import default_model
from trainer.model_files.library import ModelEntry, ModelLibrary


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "models",
        run,
        help="list the models on this computer",
        description="Lists your own models and those that came with FashionLens.",
        examples="\n  fashionlens models",
    )
    command.add_argument("--json", action="store_true", help="print all their metadata as JSON")


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
        "data": metadata.data_name,
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
