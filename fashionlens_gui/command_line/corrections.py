"""``fashionlens corrections``: what people said of photos, kept since the first of them."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import file_path, new_command
from fashionlens_gui.command_line.exit_codes import DONE
from fashionlens_gui.corrections import table
from fashionlens_gui.corrections.label import CATEGORY, Label, categories
from fashionlens_gui.corrections.store import read_labels
from fashionlens_gui.tagging.tag import printable
from trainer import number_format

if TYPE_CHECKING:
    from fashionlens_gui.command_line.arguments import Commands

_SHOWN = 30
_MIX_UPS_SHOWN = 8


def add_to(commands: Commands) -> None:
    """The command as an argument parser knows it."""
    command = new_command(
        commands,
        "corrections",
        help="list or export what people corrected and confirmed",
        description="Everything that was corrected or confirmed in the window is kept, also when the list of photos "
        "is cleared. This lists it, newest last, and exports it to train or improve a model with.",
        examples="""
  fashionlens corrections
  fashionlens corrections --csv corrected.csv
  fashionlens train --data corrected.csv --out my-shop.safetensors""",
    )
    command.add_argument(
        "--csv", type=file_path, metavar="FILE.csv", help="write file,category,… for each photo with a category"
    )
    command.add_argument("--json", action="store_true", help="print everything known of them as JSON")
    command.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """List them, as a table or JSON, or export them.

    Raises:
        SaveError, DataError: As their sentences say.
    """
    if arguments.csv:
        outputs.check("--csv", arguments.csv, "corrected.csv")
    labels = read_labels(paths.corrections_file())
    if arguments.csv:
        count = table.write_csv(labels, arguments.csv)
        if not arguments.json:
            terminal.say(f"{number_format.photos(count)} saved in {printable(str(arguments.csv))}.")
    if arguments.json:
        terminal.say_json([label.to_json() for label in labels])
    elif not arguments.csv:
        _print(labels)
    return DONE


def _print(labels: Sequence[Label]) -> None:
    if not labels:
        terminal.say(
            "There are no corrections yet. They are kept from now on, whenever you correct or confirm a photo."
        )
        return
    named = categories(labels)
    confirmed = sum(label.confirms for label in named)
    rest = len({label.file for label in labels}) - len(named)
    terminal.say(
        f"{number_format.photos(len(named))}: {len(named) - confirmed:,} with another category, "
        f"{confirmed:,} confirmed."
    )
    if rest:
        terminal.say(f"{number_format.photos(rest)} more with corrected attributes only.")
    mix_ups = Counter((label.model_value, label.value) for label in named if not label.confirms)
    if mix_ups:
        terminal.say("")
        terminal.say("Corrected most often:")
        for (model_value, value), count in mix_ups.most_common(_MIX_UPS_SHOWN):
            terminal.say(f"  {count:5,}  {printable(model_value) or 'nothing'} to {printable(value)}")
    terminal.say("")
    if len(labels) > _SHOWN:
        terminal.say(f"The newest {_SHOWN} of {len(labels):,}; --json lists all of them:")
    for label in labels[-_SHOWN:]:
        terminal.say(f"  {label.when[:10]}  {printable(label.file)}: {_said(label)}")


def _said(label: Label) -> str:
    what = "" if label.attribute == CATEGORY else f"{label.attribute} "
    value = label.value or "none"
    if label.confirms:
        return f"{what}{value}, confirmed"
    sure = "" if label.model_confidence is None else f" ({label.model_confidence:.0%} sure)"
    model = f"; the model said {label.model_value}{sure}" if label.model_value else ""
    return printable(f"{what}{value}{model}")
