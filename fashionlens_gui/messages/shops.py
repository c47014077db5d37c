"""Sentences for exports to shops: rules that rows break, profiles and templates, tables that come back."""

from __future__ import annotations

from collections.abc import Sequence

from fashionlens_gui.messages.message import Table, quoted

_TEMPLATE_PROBLEMS = {
    "brace": "“{part}” has no partner. Write facts as {{colour}}, and a brace of the text itself twice",
    "bracket": "“{part}” has no partner, or is inside other brackets. Write a bracket of the text itself twice",
    "fact": "“{part}” is not the name of a fact",
    "filter": "there is no filter “{part}”. Filters are {filters}",
    "argument": "“{part}” has another number of arguments, or a wrong one. Write for example cut:150",
}


def _template_invalid(template: str, problem: str, part: str, filters: Sequence[str]) -> str:
    what = _TEMPLATE_PROBLEMS[problem].format(part=part, filters=", ".join(filters))
    return f"The template “{template}” cannot be read: {what}."


SENTENCES: Table = {
    "template_invalid": _template_invalid,
    "profile_missing": lambda name, known: (
        f"There is no export profile “{name}”. There are {quoted(known)}; or name a profile file."
    ),
    "profile_damaged": "The export profile {file} cannot be used: {problem}. Correct it, or start from a shipped one "
    "with “fashionlens export --profile shopify --save-profile FILE.json”.",
    "profile_not_deleted": "The profile {file} cannot be deleted: {reason}.",
    "resource_damaged": "{file} is damaged: {problem}. Install FashionLens again.",
    "export_missing": "There is no export {number}. “fashionlens export --history” lists them.",
    "nothing_to_export": "The catalogue {file} has no products, or none that --where and the like choose. “fashionlens "
    "tag PHOTOS --remember” adds photos.",
    "shop_file_not_utf8": "{file} is not in UTF-8, in which shops export. Export it from the shop again, without "
    "opening it in a spreadsheet.",
    "corrections_without_key": "{file} has no column that says which product a row is about: SKU, id, handle or file. "
    "Its columns are: {columns}.",
    "corrections_without_values": "{file} has no column of a category or an attribute. Its columns are: {columns}.",
    "shop_file_unknown": "{file} is none of the files that Shopify, WooCommerce or Google know. Its columns are: "
    "{columns}.",
    "xml_damaged": "{file} cannot be read as an XML feed: {problem}. Export it from the shop again.",
    "names_without_columns": lambda file, columns: (
        f"{file} needs the columns attribute and value. It may have {', '.join(columns[2:])}, too."
    ),
    "names_attribute_unknown": "{file}: line {line} has no value, or names the attribute “{text}”, which there is not.",
    "names_google_unknown": "{file}: line {line} says “{text}”, which is neither an id nor a path of Google’s product "
    "taxonomy for apparel.",
    "names_meaning_unknown": "{file}: line {line} says that a value means “{text}”, which is no value of FashionLens.",
}

PLATFORMS = {"shopify": "Shopify", "woocommerce": "WooCommerce", "google": "Google"}


def _not_one_of(text: str, values: Sequence[str]) -> str:
    return f"“{text}” is none of {', '.join(values)}"


RULES: Table = {
    "missing": "is empty, and must not be",
    "too_long": "has {length:,} characters; {most:,} are allowed",
    "not_one_of": _not_one_of,
    "not_a_number": "“{text}” is not a number; decimals have a point",
    "repeated": "“{text}” is in row {first}, too",
    "needs_review": "the tags need review",
    "unknown_fact": "nothing is known of “{fact}”: join a table with such a column, or set a constant",
    "unknown_column": lambda platform: f"{PLATFORMS[platform]} does not know this column and ignores it",
    "too_many_rows": "Excel shows {most:,} rows",
    "control_characters": "has control characters, which are left out",
    "formula": "begins with “{text}”: a spreadsheet takes it for a formula. The shop does not",
    # Shopify
    "handle_invalid": "“{text}” is not a handle: lower-case letters, digits and hyphens",
    "image_not_on_the_web": "“{text}” is not an address on the web. Give the export an address of images",
    "image_missing": "is empty: there is no image. Give the export an address of images, or the product a photo",
    "price_missing": "is empty: the shop sets 0. Join a table with a column price",
    "too_many_images": "there are more than {most} images",
    "too_many_items": "there are more than {most}",
    "tag_split": "“{text}” has a comma and becomes two tags",
    "cut_by_shop": "has {length:,} characters; search results show {most}",
    "file_too_large": "the file has more than {most} MB. Export parts of the catalogue",
    # WooCommerce
    "no_key_to_update": "neither SKU nor ID says which product to update",
    "becomes_draft": "“{text}” is not 1, 0 or -1; the product becomes a draft",
    "date_ignored": "“{text}” is not a date such as 2026-12-01 and is ignored",
    "category_path_broken": "“{text}” has an empty part; “>” cannot be in the name of a category",
    "address_invalid": "“{text}” is not an address on the web, or has spaces or letters beyond ASCII",
    "image_name_empty": "nothing is left of the file name “{text}” in the media library",
    "attribute_dropped": "is empty, so the values beside it are dropped",
    "becomes_line_break": "has the characters \\n, which become a line break",
    "ends_in_backslash": "an item ends in a backslash, which joins it to the next one",
    "tags_removed": "what is in angle brackets is removed: “{text}”",
    "apostrophe_removed": "the first apostrophe is removed: “{text}”",
    "attributes_replaced": "an update replaces all attributes of a product, also those that only the shop has, such as "
    "sizes, on which variations depend. For such products start from the file that the shop has exported",
    "empty_overwrites": "is empty, and deletes what the shop has",
    # Google
    "price_invalid": "“{text}” is not a price such as 19.90 EUR",
    "brand_missing": "is empty; new products of a brand need it",
    "colour_invalid": "“{text}” has digits or #; write the name of a colour",
    "images_left_out": "there are more than {most} further images; the rest is left out",
    "google_category_missing": "is empty; Google chooses one",
    "google_category_unknown": "“{text}” is not in Google’s taxonomy for apparel, bags and beauty",
    "required_for_apparel": "is empty; many countries require it for apparel",
    "begins_with_quote": "begins with a quotation mark, which some readers of tab-separated text remove. The XML feed "
    "has no such problem",
    # Images
    "image_unreadable": "cannot be read: {error}",
    "image_too_small": "has {width} × {height} pixels; at least {least} × {least} are needed",
    "image_too_large": "has {width} × {height} pixels; {most} are allowed",
    "image_smaller_than_advised": "has {width} × {height} pixels; {least} × {least} or more are advised",
    "image_too_many_bytes": "has {megabytes:.1f} MB; {most:g} MB are allowed",
    "image_format": "is {format}; allowed are {formats}",
    "image_animated": "is an animation",
    "image_not_srgb": "has colours that are not sRGB; shops show them paler",
    "image_transparent": "is transparent in parts",
    "image_background": "has a background that is not white",
    "image_exists": "is there with other content and was not replaced",
}
"""What is wrong in a row or with an image, by the codes of :class:`fashionlens_gui.shops.problem.Problem`."""
