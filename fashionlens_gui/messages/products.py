"""Sentences for products, their tables and patterns, and own attributes."""

from __future__ import annotations

from collections.abc import Sequence

from fashionlens_gui.messages.message import Table, quoted


def _table_without_key(file: str, on: str, names: Sequence[str], columns: Sequence[str], chosen: bool) -> str:
    what = "SKUs" if on == "sku" else "file names"
    lacks = f"has no column “{names[0]}”" if chosen else f"has no column of {what} that is called {' or '.join(names)}"
    return f"{file} {lacks}. Its columns are {', '.join(columns)[:300]}. Name the one with the {what}."


SENTENCES: Table = {
    "pattern_too_long": "A pattern has at most {most} letters.",
    "pattern_braces": "The pattern “{pattern}” has a brace too many or too few. A field looks like {{sku}}.",
    "pattern_unknown_field": lambda pattern, field, known: (
        f"The pattern “{pattern}” has an unknown field {{{field}}}. There are {', '.join(f'{{{n}}}' for n in known)}."
    ),
    "pattern_field_twice": "The pattern “{pattern}” has the field {{{field}}} twice. Use {{*}} for what does not "
    "matter.",
    "pattern_without_sku": "The pattern “{pattern}” does not say where the SKU is. Write {{sku}} there, such as "
    "{{sku}}_{{n}}.",
    "table_file_twice": lambda file, name, line, first, skus: (
        f"{file} has two SKUs for {name}: {skus[0]} in line {first} and {skus[1]} in line {line}. Correct one of them."
    ),
    "table_column_twice": lambda file, columns: (
        f"{file} has columns of the same name: {quoted(columns)}. Rename one of them."
    ),
    "table_without_rows": lambda file, columns: (
        f"{file} has nothing below its first row, which names the columns: {', '.join(columns)[:300]}."
    ),
    "table_without_key": _table_without_key,
    "one_rule": "Give one rule: --pattern (which can be repeated), --again, --folders or --table.",
    "no_patterns": "No patterns were used in this catalogue yet. Name one with --pattern.",
    "one_table_action": "Name a table, or give one of --refresh, --list and --remove.",
    "no_such_table": "No table is called “{name}”. “fashionlens join --list” lists them.",
    "no_such_product": "There is no product with the SKU “{sku}”. “fashionlens products list” lists them.",
    "not_one_product": "These photos are not of one product. Name photos of one, and not all of them to split it.",
    "no_such_attribute": lambda name, known: (
        f"There is no attribute “{name}”. There are {', '.join(known) or 'none yet'}."
    ),
    "attribute_name_taken": "There is an attribute or a column “{name}” already. Choose another name.",
    "attribute_name_invalid": "“{name}” cannot be the name of an attribute: it needs 1 to {most} letters, and does not "
    "begin with own_.",
    "attribute_without_values": "The attribute “{name}” needs two or more values that differ in more than case.",
    "attribute_few_labels": lambda name, counts, fewest: (
        f"Too few photos are labelled to train “{name}”: two values need {fewest} tagged photos each. There are "
        + (", ".join(f"{count:,} of “{value or 'none'}”" for value, count in counts.items()) or "none")
        + "."
    ),
    "attribute_unknown_value": lambda name, value, known: (
        f"“{value}” is no value of “{name}”; there are {', '.join(known)}. To add it, use “fashionlens catalogue "
        "add-value”."
    ),
    "nothing_to_group": "No photo matches the pattern. “fashionlens products suggest” shows patterns that fit.",
}

UNSURE = {
    "low_confidence": "no photo is sure of the category",
    "other_product": "a photo may be of another product",
    "people_differ": "its photos were set to different categories",
    "table_differs": "the shop's table names another category than the photos show",
    "no_product": "no photo shows a product",
    "unreadable": "no photo can be read",
}
"""Why a product needs review, by the codes of :mod:`fashionlens_gui.product_groups.tag_set`."""


def unsure_text(codes: Sequence[str]) -> str:
    """Why a product needs review, such as ``no photo is sure of the category``; empty for nothing."""
    return "; ".join(UNSURE[code] for code in codes)


PHOTO_MARKS = {
    "main": "Main photo",
    "odd": "Other product?",
    "aside": "Set aside",
}
"""What is special about a photo of a product."""
