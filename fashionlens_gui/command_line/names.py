"""The command ``names``: the user's names of categories and values, as a table."""

from __future__ import annotations

from argparse import Namespace

from fashionlens_gui.catalogue.own_names import own_names
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, add_encoding, file_path, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, open_catalogue
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.shops.names import read_names, write_names
from fashionlens_gui.tagging.tag import printable


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "names",
        _run,
        help="your own names of categories and values, for exports",
        description="Lists your names. --out writes all categories and values with the German, French and Spanish "
        "names that FashionLens has, to edit in a spreadsheet; --read takes the edited table over, in one step that "
        "“fashionlens catalogue undo” reverts. Columns: name (yours, in each language), plural, de, fr, es, google (id "
        "of a Google product category), shop (your shop's category, such as Clothing > Dresses), meaning (of an own "
        "value: one of FashionLens).",
        examples="""
  fashionlens names --out names.csv
  fashionlens names --read names.csv""",
    )
    add_catalogue(command)
    do = command.add_mutually_exclusive_group()
    do.add_argument("--out", type=file_path, metavar="FILE.csv", help="write the table")
    do.add_argument("--read", type=file_path, metavar="TABLE", help="take over an edited table, CSV or Excel")
    add_encoding(command)


def _run(arguments: Namespace) -> int:
    if arguments.out:
        outputs.check_target("--out", arguments.out, "names.csv")
    with open_catalogue(arguments, write=arguments.read is not None) as catalogue:
        if arguments.out:
            rows = write_names(arguments.out, catalogue)
            terminal.echo(f"{rows:,} categories and values saved in {printable(str(arguments.out))}.")
        elif arguments.read:
            changed = read_names(arguments.read, catalogue)
            terminal.echo("Your names are taken over." if changed else "Nothing changed.")
        else:
            found = own_names(catalogue)
            for (attribute, value, field), text in sorted(found.items()):
                terminal.echo(printable(f"{attribute} {value}, {field}: {text}"))
            if not found:
                terminal.echo("You have given no names yet. --out writes a table to fill in.")
    return DONE
