"""The facts of one photo for the patterns of folders and names."""

from __future__ import annotations

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from fashionlens_gui.tagging.sku import sku_of
from fashionlens_gui.tagging.tag import Tag, printable
from trainer.taxonomy import ATTRIBUTES, CATEGORY_AND_ATTRIBUTES

FACTS = (*CATEGORY_AND_ATTRIBUTES, "group", "colour_family", "status", "sku", "name")
"""The names of :func:`photo_facts`."""


def photo_facts(tag: Tag, sku: str = "") -> dict[str, str]:
    """What is known of a photo, by each of :data:`FACTS`; empty where there is nothing, or only a guess.

    Args:
        tag: The row.
        sku: The pattern of SKUs, see :mod:`fashionlens_gui.tagging.sku`; empty for none.
    """
    known = bundled_taxonomy()
    attributes = {each.name: each.exported for each in tag.attributes}
    colour = attributes.get("colour", "")
    return {
        "category": tag.category,
        **{name: attributes.get(name, "") for name in ATTRIBUTES},
        "group": known.place(tag.category).group if known else "",
        "colour_family": known.family(colour) if known and colour else "",
        "status": tag.status.value,
        "sku": sku_of(tag.path, sku) if sku else "",
        "name": printable(tag.path.stem),
    }
