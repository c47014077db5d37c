"""Sentences for watched folders, sorted files and keywords in photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fashionlens_gui.messages.message import Table
from trainer.number_format import photos


def _unknown_fact(pattern: str, name: str, names: Sequence[str]) -> str:
    known = ", ".join(f"{{{each}}}" for each in names)
    return f"“{pattern}” asks for “{{{name}}}”, which is not known of a photo. There are {known}."


SENTENCES: Table = {
    # Sorting
    "pattern_unknown_fact": _unknown_fact,
    "pattern_leaves_folder": "“{pattern}” leads out of the folder. Give folders below it, such as "
    "{{category}}/{{colour}}.",
    "name_pattern_has_folder": "“{pattern}” is for names of files and may have no folder in it. Name folders in the "
    "pattern of folders.",
    "sorting_unfinished": "An earlier sorting was interrupted. Continue it, or bring its files back, first: in the "
    "window, or with “fashionlens sort-files --continue” or “--undo”.",
    "no_unfinished_sorting": "No sorting was interrupted.",
    "no_sorting_to_undo": "There is no sorting to undo.",
    "sort_without_folder": "Say where the photos go with --into FOLDER.",
    # Watched folders
    "no_watched_folders": "No folder is watched yet. Name one, such as: fashionlens watch photos --out tags.csv",
    "watched_folder_missing": "There is no folder {folder}. Check the spelling; a drive that is off now must be on "
    "when its folder is named for the first time.",
    "watched_in_watched": "{inner} is in {outer}, which is watched with all its folders. Watch one of the two.",
    "watched_csv_unusable": "The table cannot be {file}: its folder is not there, or that is a folder itself. Choose "
    "another file.",
    "folder_not_watched": "{folder} is not watched.",
    # Keywords
    "keyword_file_missing": "the file is not there.",
    "keyword_file_damaged": "the file is damaged and is left as it is.",
    "keyword_file_changed": "another program has changed the file meanwhile; it is left as it is. Try again.",
    "keyword_file_unreadable": "it cannot be read or written: {reason}.",
    "keyword_file_of_several_pictures": "the file has several pictures in it, which other programs would no longer "
    "find. Write its keywords beside it.",
    "keyword_original_lost": "the original cannot be restored, since the record of it is damaged. The file is left as "
    "it is.",
    "keywords_not_in_this_format": "{format} takes no keywords inside. Write them beside it.",
    "keywords_too_long": "there is no room for the keywords in this file. Write them beside it.",
    "xmp_damaged": "its XMP cannot be read and is left as it is. Open and save it in the program that wrote it.",
}

LEFT_REASONS = {
    "missing": "the file is not there",
    "unreadable_photo": "it cannot be read as a photo",
    "link": "it is a link",
    "in_place": "it is there already",
    "copied_before": "the same file is there already",
    "changed_since": "the copy was changed since",
    "place_taken": "another file is in its place",
}
"""Why a file stays where it is, by the codes of :class:`fashionlens_gui.file_sorting.plan.LeftFile`."""


def left_reason(code: str, reasons: Mapping[str, str]) -> str:
    """Why a file stays; ``reasons`` are those of the system."""
    return LEFT_REASONS.get(code) or reasons.get(code, code).partition(". ")[0]


def files_text(count: int) -> str:
    """``1 file``, ``1,204 files``."""
    return f"{count:,} {'file' if count == 1 else 'files'}"


def keyword_summary(written: int, unchanged: int, cleaned: int, errors: int, restoring: bool, dry_run: bool) -> str:
    """What is done with files, or would be.

    Args:
        written: Files that are written or restored.
        unchanged: Files that have the words already.
        cleaned: Files from which only the words of FashionLens are removed.
        errors: Files that cannot be written.
        restoring: Files are brought back as they were.
        dry_run: Nothing is done yet.
    """
    verb = "brought back as they were" if restoring else "written"
    to_be = "will be" if dry_run else "was" if written == 1 else "were"
    parts = [f"{files_text(written)} {to_be} {verb}."] if written or not cleaned else []
    if cleaned:
        parts.append(
            f"Other programs have changed {files_text(cleaned)} since: only the keywords of FashionLens "
            f"{'will be' if dry_run else 'were'} removed."
        )
    if unchanged:
        parts.append(f"{files_text(unchanged)} {'has' if unchanged == 1 else 'have'} these keywords already.")
    if errors:
        parts.append(f"{files_text(errors)} cannot be {'restored' if restoring else 'written'}:")
    return " ".join(parts)


def sort_summary(photos_: int, folders: int, left: Mapping[str, int], moves: bool, reasons: Mapping[str, str]) -> str:
    """What a sorting would do.

    Args:
        photos_: Photos that are copied or moved.
        folders: New folders.
        left: Photos that stay, by the code of the reason.
        moves: They are moved.
        reasons: Of the system, by code.
    """
    made = f" into {folders:,} new {'folder' if folders == 1 else 'folders'}" if folders else ""
    done = f"{photos(photos_)} will be {'moved' if moves else 'copied'}{made}." if photos_ else "Nothing is to be done."
    return f"{done} {stay_text(left, reasons)}".strip()


def sorted_text(photos_: int, verb: str, left: Mapping[str, int], reasons: Mapping[str, str], stopped: bool) -> str:
    """What a sorting has done; ``verb`` is such as ``moved``."""
    parts = [f"{photos(photos_)} {verb}.", stay_text(left, reasons)]
    if stopped:
        parts.append("It was stopped before the end.")
    return " ".join(filter(None, parts))


def stay_text(left: Mapping[str, int], reasons: Mapping[str, str]) -> str:
    """How many files stay where they are, and why."""
    if not left:
        return ""
    why = "; ".join(f"{count:,}: {left_reason(code, reasons)}" for code, count in left.items())
    total = sum(left.values())
    return f"{files_text(total)} {'stays' if total == 1 else 'stay'} ({why})."


def unfinished_text(done: int, total: int, moves: bool, undoing: bool) -> str:
    """A sorting that was interrupted."""
    if undoing:
        return "Files of a sorting are not all brought back yet: it was interrupted."
    return (
        f"Sorting files was interrupted: {done:,} of {files_text(total)} {'moved' if moves else 'copied'}. Continue "
        "it, or bring the files back."
    )


def words_text(words: Sequence[tuple[str, int]], more: int) -> str:
    """Keywords with the numbers of their photos; ``more`` are not named."""
    return ", ".join(f"{word} ({count:,})" for word, count in words) + (f" and {more:,} more" if more else "")
