"""What a rule of grouping does with the names of photos: for a worker, and as the model of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.product_groups import grouping
from fashionlens_gui.product_groups.arranging import sku_key
from fashionlens_gui.product_groups.grouping import FOLDER_PATTERN, Suggestion
from fashionlens_gui.product_groups.name_pattern import NameParts
from fashionlens_gui.product_groups.table_joins import file_skus
from fashionlens_gui.product_groups.views import View
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.products.background_work import ALL
from fashionlens_gui.window.shell import responsive_import, theme
from fashionlens_gui.window.shell.plain_table import heading
from trainer.number_format import photos, whole_percent

Index = QModelIndex | QPersistentModelIndex
_COLUMNS = (("File", "The name of the file"), ("SKU", "The product"), ("Photo", "Its number or view"))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of grouping: patterns of names, or a table with the columns of the file and the SKU."""

    patterns: tuple[str, ...] = ()
    table: Path | None = None
    encoding: str = ""
    file_column: str = ""
    sku_column: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The photos' names by id, the rules that fit them, and the patterns of the last time."""

    names: Mapping[int, str] = field(default_factory=dict)
    suggestions: Sequence[Suggestion] = ()
    remembered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule does.

    Attributes:
        rows: Name, SKU and number or view of each photo; the SKU is empty where nothing matches.
        products: Their number.
        sizes: Number of products by their number of photos.
        alike: SKUs that look alike and may be one product.
        skus: SKU and position by the photo's id, of a table; None for patterns.
    """

    rows: tuple[tuple[str, str, str], ...] = ()
    products: int = 0
    sizes: Mapping[int, int] = field(default_factory=dict)
    alike: tuple[tuple[str, ...], ...] = ()
    skus: Mapping[int, tuple[str, int]] | None = None

    @property
    def matched(self) -> int:
        return sum(bool(sku) for _, sku, _ in self.rows)


def read_names(catalogue: Catalogue) -> Names:
    """The names of all photos, and rules that fit."""
    with responsive_import.frequent_switches():
        names = grouping.names_of(catalogue, ALL)
        return Names(names, grouping.suggestions(list(names.values())), grouping.remembered_patterns(catalogue))


def try_rule(names: Mapping[int, str], rule: Rule) -> RuleResult:
    """What a rule would do. Raises DataError for a bad pattern or table."""
    with responsive_import.frequent_switches():
        if rule.table is not None:
            return _try_table(names, rule)
        found = grouping.preview(names.values(), rule.patterns)
        rows = tuple((_shown(name), "", "") if parts is None else _row(name, parts) for name, parts in found.matches)
        return RuleResult(rows, found.products, found.sizes, found.alike)


def _try_table(names: Mapping[int, str], rule: Rule) -> RuleResult:
    assert rule.table is not None
    skus, _ = grouping.match_table(names, file_skus(rule.table, rule.file_column, rule.sku_column, rule.encoding))
    counts: dict[str, int] = {}
    for sku, _ in skus.values():
        counts[sku_key(sku)] = counts.get(sku_key(sku), 0) + 1
    sizes: dict[int, int] = {}
    for count in sorted(counts.values()):
        sizes[count] = sizes.get(count, 0) + 1
    rows = tuple((_shown(name), printable(skus[id_][0]) if id_ in skus else "", "") for id_, name in names.items())
    return RuleResult(rows, len(counts), sizes, (), skus)


def _row(name: str, parts: NameParts) -> tuple[str, str, str]:
    view = "" if parts.view == View.UNKNOWN else parts.view.value
    number = "" if parts.number is None else str(parts.number)
    return _shown(name), parts.sku, " ".join(filter(None, (number, view)))


def _shown(name: str) -> str:
    """The name with its folder."""
    return "/".join(name.split("/")[-2:])


def result_text(result: RuleResult) -> str:
    """What a rule does, in sentences."""
    rest = len(result.rows) - result.matched
    one = result.sizes.get(1, 0)
    lines = [f"{photos(result.matched)} in {_count(result.products, 'product')}."]
    if rest:
        lines.append(f"{photos(rest)} match{'es' if rest == 1 else ''} nothing and {'stays' if rest == 1 else 'stay'}.")
    if one:
        lines.append(f"{_count(one, 'product')} with one photo only.")
    if result.sizes:
        most = max(result.sizes)
        lines.append(f"The largest has {photos(most)}.")
    return " ".join(lines)


def alike_text(result: RuleResult) -> str:
    """SKUs that may be one product; empty for none."""
    if not result.alike:
        return ""
    first = ", ".join(result.alike[0][:4])
    more = f" and {len(result.alike) - 1:,} more" if len(result.alike) > 1 else ""
    return f"These may be one product: {first}{more}. You can merge them afterwards."


def suggestion_text(suggestion: Suggestion) -> str:
    """A rule that fits, such as ``{sku}_{n}: fits 98 % of the photos``."""
    names = " or ".join("By folder" if text == FOLDER_PATTERN else text for text in suggestion.patterns)
    return f"{names}:  fits {whole_percent(suggestion.share)} of the photos"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


class RuleModel(QAbstractTableModel):
    """The rows of a result: all, or those that match nothing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: Sequence[tuple[str, str, str]] = ()

    def show(self, result: RuleResult, only_unmatched: bool) -> None:
        self.beginResetModel()
        self._rows = [row for row in result.rows if not row[1]] if only_unmatched else result.rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return heading(_COLUMNS, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return "matches nothing" if index.column() == 1 and not row[1] else row[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and not row[1]:
            return QColor(theme.tokens().review if index.column() == 1 else theme.tokens().text_muted)
        return None
