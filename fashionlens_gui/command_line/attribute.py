"""``fashionlens attribute``: attributes that people define, label and train."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from fashionlens_gui.catalogue import operations, own_attributes
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_columns import OwnAttribute
from fashionlens_gui.catalogue.own_columns import own_attributes as attributes_of
from fashionlens_gui.catalogue.query import Query, counts, find
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, file_path, new_command, some_text
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.messages import capitalized
from fashionlens_gui.product_groups.stored_tag_set import refresh_stale
from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.errors import DataError
from trainer.number_format import photos


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "attribute",
        lambda _: command.error("say what to do with the attribute"),
        help="attributes of your own, such as neckline",
        description="Define an attribute and its values, label some photos, train: within seconds all photos of the "
        "catalogue have the value, where it is sure. Ten photos of each value are a start, fifty are better. Other "
        "commands take it by its name, such as “catalogue list --where neckline=Round”.",
        examples="""
  fashionlens attribute add neckline Round V-neck Collar
  fashionlens attribute label neckline Round photos/a.jpg photos/b.jpg
  fashionlens attribute train neckline
  fashionlens attribute list""",
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)

    def add(name: str, run: Callable[[Namespace], int], help: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=help, description=f"{capitalized(help)}.")
        add_catalogue(action)
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        action.set_defaults(run=run)
        return action

    action = add("add", _add, "define an attribute")
    action.add_argument("name", type=some_text, metavar="NAME")
    action.add_argument("values", nargs="+", type=some_text, metavar="VALUE")
    action = add("label", _label, "set the value of photos; an empty one says that they have none")
    action.add_argument("name", type=some_text, metavar="NAME")
    action.add_argument("value", metavar="VALUE")
    action.add_argument("paths", nargs="+", type=file_path, metavar="PATH", help="photos, or folders of photos")
    action = add("train", _train, "train an attribute on the labelled photos and predict all others")
    action.add_argument("name", type=some_text, metavar="NAME")
    add("list", _list, "list the attributes with their labels and what their predictions are worth")
    action = add("remove", _remove, "remove an attribute; “fashionlens catalogue undo” brings it back")
    action.add_argument("name", type=some_text, metavar="NAME")


def _add(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        own_attributes.add_attribute(catalogue, arguments.name, arguments.values)
        return _report(arguments, catalogue, arguments.name)


def _label(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        with catalogue.database.read() as database:
            attribute = own_attributes.named(database, arguments.name)
        value = next((each for each in attribute.values if each.casefold() == arguments.value.casefold()), None)
        if value is None and arguments.value:
            raise DataError(
                "attribute_unknown_value", name=attribute.name, value=printable(arguments.value), known=attribute.values
            )
        ids = find(catalogue, Query(below=arguments.paths)).tolist()
        if not ids:
            raise UsageError("not_in_catalogue", paths=tuple(printable(str(path)) for path in arguments.paths))
        changes = operations.correct(catalogue, ids, {attribute.code: value or ""})
        if arguments.json:
            terminal.echo_json({"changed": len(changes.ids)})
        else:
            terminal.echo(f"{photos(len(changes.ids))} changed.")
    return DONE


def _train(arguments: Namespace) -> int:
    control = WorkControl()
    with _writing(arguments) as catalogue, terminal.stop_on_interrupt(control):
        _, attribute = own_attributes.train(catalogue, arguments.name, control)
        terminal.run_with_progress(refresh_stale(catalogue))
        return _report(arguments, catalogue, attribute.name)


def _remove(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        own_attributes.remove_attribute(catalogue, arguments.name)
    if arguments.json:
        terminal.echo_json({"removed": printable(arguments.name)})
    else:
        terminal.echo(printable(f"The attribute “{arguments.name}” is removed."))
    return DONE


def _list(arguments: Namespace) -> int:
    with Catalogue(catalogue_file(arguments)) as catalogue:
        with catalogue.database.read() as database:
            attributes = attributes_of(database)
        if arguments.json:
            terminal.echo_json([_record(catalogue, each) for each in attributes])
            return DONE
        for each in attributes:
            _print(catalogue, each)
        if not attributes:
            terminal.echo("There is no attribute of your own yet. “fashionlens attribute add NAME VALUE …” adds one.")
    return DONE


def _report(arguments: Namespace, catalogue: Catalogue, name: str) -> int:
    with catalogue.database.read() as database:
        attribute = own_attributes.named(database, name)
    if arguments.json:
        terminal.echo_json(_record(catalogue, attribute))
    else:
        _print(catalogue, attribute)
    return DONE


def _record(catalogue: Catalogue, attribute: OwnAttribute) -> dict[str, Any]:
    head = attribute.head
    return {
        "name": attribute.name,
        "code": attribute.code,
        "values": list(attribute.values),
        "labelled": attribute.labelled,
        "photos": counts(catalogue, Query(), attribute.code),
        "trained": head
        and {
            "photos": head.photos,
            "trained_at": head.trained_at,
            "correct_when_held_out": round(head.accuracy, 4),
            "sure_when_held_out": round(head.coverage, 4),
            "sure_from": round(head.threshold, 4),
            "promised": head.promised,
        },
    }


def _print(catalogue: Catalogue, attribute: OwnAttribute) -> None:
    labelled = ", ".join(f"{count:,} {value or '(none)'}" for value, count in attribute.labelled.items())
    terminal.echo(printable(f"{attribute.name}: {', '.join(attribute.values)}"))
    terminal.echo(printable(f"  labelled: {labelled or 'no photos yet'}"))
    head = attribute.head
    if head is None:
        terminal.echo("  not trained yet")
        return
    terminal.echo(f"  trained on {photos(head.photos)}; {head.accuracy:.0%} of them are correct when held out")
    if head.promised is None:
        terminal.echo("  Nothing can be promised with so few labels: no value is sure. Label more photos, best of all")
        terminal.echo("  different ones of each value.")
        return
    found = counts(catalogue, Query(), attribute.code)
    sure = ", ".join(f"{count:,} {value}" for value, count in found.items() if value)
    terminal.echo(
        f"  At least {head.promised:.0%} of the sure values are correct, for photos like the labelled ones; of those "
        f"{head.coverage:.0%} are sure."
    )
    terminal.echo(printable(f"  photos with a value: {sure or 'none'}"))


def _writing(arguments: Namespace) -> Catalogue:
    return Catalogue(catalogue_file(arguments), write=True)
