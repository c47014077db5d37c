"""Checks the rows of an export before they are written."""

from __future__ import annotations

from fashionlens_gui.shops import google_rules, shopify_rules, woocommerce_rules
from fashionlens_gui.shops.export_table import ExportTable
from fashionlens_gui.shops.problem import Problem, Severity, common_problems
from fashionlens_gui.shops.profile import Mode


def check(table: ExportTable, mode: Mode) -> list[Problem]:
    """What the platform's importer would refuse or change silently, in the order of rows, errors first in each."""
    found = list(common_problems(table, mode))
    if table.profile.platform == "shopify":
        found += shopify_rules.problems(table, mode)
    elif table.profile.platform == "woocommerce":
        found += woocommerce_rules.problems(table, mode)
    elif table.profile.platform == "google":
        found += google_rules.problems(table, mode)
    return sorted(found, key=lambda problem: (problem.row, problem.severity != Severity.ERROR))


def refused_skus(problems: list[Problem]) -> set[str]:
    """Products of which a row would be refused."""
    return {problem.sku for problem in problems if problem.severity == Severity.ERROR and problem.sku}
