"""``fashionlens corrections``: the stored corrections and confirmations."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence

from fashionlens_gui.catalogue.corrections import Correction, category_corrections, corrections, write_csv
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, file_path, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_with_corrections
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.tagging.tag import printable
from trainer import number_format
from trainer.taxonomy import CATEGORY

_SHOWN = 30
_CONFUSIONS_SHOWN = 8


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "corrections",
        run,
        help="list or export the corrections in the catalogue",
        description="The catalogue has what people corrected and confirmed, in the window and with “catalogue "
        "correct”, until the photos are forgotten. This lists it, newest last, or exports it for training.",
        examples="""
  fashionlens corrections
  fashionlens corrections --csv corrected.csv
  fashionlens train --data corrected.csv --out my-shop.safetensors""",
    )
    command.add_argument(
        "--csv", type=file_path, metavar="FILE.csv", help="write file,category,… for each photo with a category"
    )
    command.add_argument("--json", action="store_true", help="print all details as JSON")
    add_catalogue(command)


def run(arguments: Namespace) -> int:
    """List the corrections, as a table or JSON, or export them.

    Raises:
        CatalogueError: The catalogue cannot be read.
        SaveError: The file cannot be written.
    """
    if arguments.csv:
        outputs.check_target("--csv", arguments.csv, "corrected.csv")
    catalogue = catalogue_with_corrections(arguments)
    found = []
    if catalogue is not None:
        with catalogue:
            found = corrections(catalogue)
    if arguments.csv:
        count = write_csv(found, arguments.csv)
        if not arguments.json:
            terminal.echo(f"{number_format.photos(count)} saved in {printable(str(arguments.csv))}.")
    if arguments.json:
        terminal.echo_json([correction.to_json() for correction in found])
    elif not arguments.csv:
        _print(found)
    return DONE


def _print(found: Sequence[Correction]) -> None:
    if not found:
        terminal.echo("There are no corrections yet. Each photo that you correct or confirm is added.")
        return
    of_category = category_corrections(found)
    confirmed = sum(correction.confirms for correction in of_category)
    rest = len({correction.file for correction in found}) - len(of_category)
    terminal.echo(
        f"{number_format.photos(len(of_category))}: {len(of_category) - confirmed:,} with another category, "
        f"{confirmed:,} confirmed."
    )
    if rest:
        terminal.echo(f"{number_format.photos(rest)} more with corrected attributes only.")
    most_confused = Counter((each.model_value, each.value) for each in of_category if not each.confirms)
    if most_confused:
        terminal.echo("\nCorrected most often:")
        for (model_value, value), count in most_confused.most_common(_CONFUSIONS_SHOWN):
            terminal.echo(f"  {count:5,}  {printable(model_value) or 'nothing'} to {printable(value)}")
    terminal.echo("")
    if len(found) > _SHOWN:
        terminal.echo(f"The newest {_SHOWN} of {len(found):,}; --json lists all of them:")
    for correction in found[-_SHOWN:]:
        terminal.echo(f"  {correction.when[:10]}  {printable(correction.file)}: {_in_words(correction)}")


def _in_words(correction: Correction) -> str:
    what = "" if correction.attribute == CATEGORY else f"{correction.attribute} "
    value = correction.value or "none"
    if correction.confirms:
        return f"{what}{value}, confirmed"
    confidence = correction.model_confidence
    sure = "" if confidence is None else f" ({confidence:.0%} sure)"
    model = f"; the model predicted {correction.model_value}{sure}" if correction.model_value else ""
    return printable(f"{what}{value}{model}")
