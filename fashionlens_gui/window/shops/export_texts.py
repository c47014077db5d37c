"""Sentences about an export: what would be written, and what was. No Qt."""

from __future__ import annotations

from fashionlens_gui.messages import sentence
from fashionlens_gui.window.shops.export_work import Checked, Written
from fashionlens_gui.window.shops.profile_names import PLATFORMS
from trainer.number_format import number, photos


def summary_text(checked: Checked) -> str:
    """What would be written, and what the shop would refuse."""
    plan = checked.plan
    if not checked.products:
        return "There are no products. Add photos in the Tag tab first."
    if not plan.parts:
        return "Nothing is new or has changed since the last export."
    if not checked.count:
        return "All products need review."
    rows = sum(len(part.written.rows) for part in plan.parts)
    texts = [f"{_products(checked.count)} in {number(rows)} row{'' if rows == 1 else 's'}."]
    if plan.unchanged:
        texts.append(f"{number(plan.unchanged)} as in the last export.")
    if plan.not_there_yet:
        texts.append(f"{number(plan.not_there_yet)} were never exported.")
    if checked.refused:
        shop = PLATFORMS[checked.profile.platform]
        texts.append(f"{number(checked.refused)} problem{'' if checked.refused == 1 else 's'} for {shop}.")
    return " ".join(texts)


def written_text(written: Written) -> tuple[str, str]:
    """The kind of notice, ``check`` or ``warning``, and what was written."""
    if written.problem is not None:
        return "warning", sentence(written.problem)
    texts = [f"{_products(len(part.written.products))} saved in {file.name}." for part, file in written.parts]
    if written.images is not None:
        failed = f", {number(len(written.images.problems))} with problems" if written.images.problems else ""
        texts.append(f"{photos(written.images.written + written.images.kept)} as copies{failed}.")
    if not written.remembered:
        texts.append("The catalogue can only be read, so the next export does not know of this one.")
    return "check", " ".join(texts)


def _products(count: int) -> str:
    return "1 product" if count == 1 else f"{number(count)} products"
