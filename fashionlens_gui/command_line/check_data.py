"""``fashionlens check-data``: finds what to correct in photos before training on them."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING, Any

import msgspec

from fashionlens_gui import messages
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, add_encoding, add_model, file_path, new_command
from fashionlens_gui.command_line.terminal import DONE, SOME_FAILED
from fashionlens_gui.messages.data import decision_counts, first_files, sheet_reason
from fashionlens_gui.model_choice import find_model
from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.data.decisions import Decisions
from trainer.data.labelled_photos import find
from trainer.data_quality.decisions_file import read_decisions, write_sheet
from trainer.data_quality.label_issues import find_label_issues

if TYPE_CHECKING:
    from trainer.data_quality.data_check import DataCheck

_FILES_SHOWN = 20


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "check-data",
        run,
        help="check photos before training on them",
        description="Checks photos in one folder for each category, or listed in a CSV, and lists what to look at "
        "before training: unreadable photos, duplicates, categories with too few photos, and photos that are probably "
        "in the wrong category. Nothing is changed. With --decisions it also writes a list of the doubtful photos, in "
        "which you decide about each.",
        examples="""
  fashionlens check-data my-photos
  fashionlens check-data my-photos --decisions decisions.json
  fashionlens train --data my-photos --decisions decisions.json --out my-shop.safetensors
  fashionlens check-data my-photos.csv --out check.json
  fashionlens evaluate --model my-shop --data test-photos --data-check check.json --report my-shop.html""",
    )
    command.add_argument(
        "data",
        metavar="FOLDER|CSV",
        type=file_path,
        help="a folder with a folder for each category, or a CSV with the columns file and category",
    )
    command.add_argument("--json", action="store_true", help="print all findings as JSON")
    command.add_argument("--out", type=file_path, metavar="FILE.json", help="also save all findings")
    command.add_argument(
        "--decisions",
        type=file_path,
        metavar="FILE.json",
        help="also write each doubtful photo with a suggestion, for you to fill in and for train --decisions; "
        "the file’s earlier decisions stay",
    )
    add_model(command)
    add_encoding(command)


def run(arguments: Namespace) -> int:
    """Check and print the findings.

    Raises:
        DataError, ModelFileError: The photos, the decisions or the model cannot be used.
        SaveError: A file cannot be written.
    """
    if arguments.out is not None:
        outputs.check_target(
            "--out", arguments.out, "check.json", [arguments.data, arguments.model, arguments.decisions]
        )
    if arguments.decisions is not None:
        outputs.check_target("--decisions", arguments.decisions, "decisions.json", [arguments.data, arguments.model])
    # Before the check, so that nobody waits for it in vain; and never over a file that is something else.
    decided = read_decisions(arguments.decisions) if arguments.decisions is not None else Decisions()
    photos = find(arguments.data)
    model = find_model(arguments.model)
    from trainer.data_quality.data_check import check
    from trainer.inference.predictor import Predictor

    control = WorkControl()
    predictor = Predictor.load(model)
    with terminal.stop_on_interrupt(control):
        found = terminal.run_with_progress(check(photos, predictor, control))
    content = _printable(_to_json(found))
    if arguments.out is not None:
        text = json.dumps(content, indent=1, ensure_ascii=False)
        outputs.save(arguments.out, lambda place: place.write_text(text, encoding="utf-8"))
    if arguments.json:
        terminal.echo_json(content)
    else:
        _print(found)
    if arguments.decisions is not None:
        _write_decisions(arguments, found, decided)
    return SOME_FAILED if found.unreadable else DONE


def _to_json(found: DataCheck) -> dict[str, Any]:
    """Everything known of each photo; :func:`trainer.data_quality.findings.read_findings` reads its ``findings``."""
    from fashionlens_gui.messages.data_check import findings

    photos = found.photos
    names = [photos.classes[label] for label in photos.labels]
    return {
        "data": str(photos.source),
        "photos": len(photos),
        "categories": dict(zip(photos.classes, found.counts, strict=True)),
        "findings": msgspec.to_builtins(findings(found)),
        "unreadable": [{"file": photo.file, "reason": messages.sentence(photo.error)} for photo in found.unreadable],
        "copies": [
            {
                "files": [str(photos.files[index]) for index in group.indices],
                "categories": [names[index] for index in group.indices],
                "exact": group.exact,
                "across_categories": group.across,
            }
            for group in found.duplicates
        ],
        "likely_wrong_labels": [
            {
                "file": str(photos.files[error.index]),
                "category": photos.classes[error.label],
                "instead": photos.classes[error.predicted],
                "probability": round(error.probability, 4),
                "margin": round(error.margin, 4),
            }
            for error in found.label_errors
        ],
    }


def _write_decisions(arguments: Namespace, found: DataCheck, decided: Decisions) -> None:
    issues = find_label_issues(found, decided)
    write_sheet(arguments.decisions, issues, found.photos.classes, decided, sheet_reason)
    file, left = arguments.decisions, sum(not issue.is_resolved(decided) for issue in issues)
    lines = []
    if words := decision_counts(decided):
        lines.append(f"{file} held decisions already ({words}); they stay in it.")
    if left:
        photos = "1 photo" if left == 1 else f"{left:,} photos"
        lines.append(f"{photos} to decide, in {file}: fill in “decision” for each, then train with --decisions {file}.")
    else:
        lines.append(f"Nothing is left to decide in {file}.")
    for line in lines:
        if arguments.json:  # standard output is for programs then
            terminal.warn(printable(line))
        else:
            terminal.echo(printable(f"\n{line}" if line == lines[0] else line))


def _printable(value: Any) -> Any:
    if isinstance(value, dict):
        return {printable(key): _printable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_printable(inner) for inner in value]
    return printable(value) if isinstance(value, str) else value


def _print(found: DataCheck) -> None:
    from fashionlens_gui.messages.data_check import findings, summary

    terminal.echo(printable(summary(found)))
    all_findings = findings(found)
    for finding in all_findings:
        terminal.echo("")
        terminal.echo(printable(finding.heading))
        for sentence in finding.sentences:
            terminal.echo(f"  {printable(sentence)}")
        for line in first_files(finding.files, _FILES_SHOWN):
            terminal.echo(f"    {printable(line)}")
    if not all_findings:
        terminal.echo("Nothing was found that needs attention.")
