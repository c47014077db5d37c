"""``fashionlens runs``: the history of trainings on this computer."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from typing import Any

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, new_command
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.messages.runs import error_parameters, holdout_accuracy, run_failure
from trainer.training.runs import run_record
from trainer.training.runs.run_record import RunRecord


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "runs",
        run,
        help="list past trainings",
        description="Lists every training on this computer, newest first: finished, stopped or failed.",
        examples="\n  fashionlens runs\n  fashionlens runs --json",
    )
    command.add_argument("--json", action="store_true", help="print their settings, curves and figures as JSON")


def run(arguments: Namespace) -> int:
    """List the runs, as a table or JSON."""
    records = run_record.records(paths.run_history_dir())
    if arguments.json:
        terminal.echo_json([_to_json(record) for record in records])
    elif not records:
        terminal.echo("Nothing was trained yet.")
    width = max((len(record.name) for record in records), default=0)
    for record in [] if arguments.json else records:
        terminal.echo(f"{_when(record)}  {record.name:{width}}  {record.outcome:8}  {_how(record)}")
        if failure := run_failure(record):
            terminal.echo(f"{'':16}  {failure}")
    return DONE


def _to_json(record: RunRecord) -> dict[str, Any]:
    told = {"message": run_failure(record), "error_parameters": error_parameters(record)}
    return {"file": str(record.file), **record.to_json(), **told}


def _when(record: RunRecord) -> str:
    return datetime.fromisoformat(record.started).astimezone().strftime("%Y-%m-%d %H:%M")


def _how(record: RunRecord) -> str:
    accuracy = "  –   " if record.accuracy is None else f"{record.accuracy:6.2%}"
    test = holdout_accuracy(record.figures)
    test = f"{test} held out" if test else ""
    fit = record.recipe.fit
    epochs = "no epochs" if fit is None else f"{len(record.history)}/{fit.epochs} epochs"
    return f"{accuracy}  {test:23}  {epochs:14}  {record.seconds:8,.0f} s  {record.recipe.network}, {record.source}"
