"""How a row of the list of products is written and painted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from fashionlens_gui.messages.products import unsure_text
from fashionlens_gui.product_groups.named_category import title_of
from fashionlens_gui.product_groups.products import Product
from fashionlens_gui.tagging.tag import Status, printable
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_line, paint_line_with_figure
from fashionlens_gui.window.tag.table.thumbnails import SIDE, Thumbnails
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.window.products.background_work import ListedProduct
    from fashionlens_gui.window.products.product_list import ProductListView

Index = QModelIndex | QPersistentModelIndex
LISTED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_MARK = 16


def reason(product: Product) -> str:
    """Why a product needs review, as a sentence without full stop; empty for nothing."""
    text = unsure_text(product.unsure)
    return text[:1].upper() + text[1:]


def title(fields: Mapping[str, str]) -> str:
    """The product's title in the shop's tables, printable; empty without one."""
    return printable(title_of(fields))


def values_text(product: Product) -> str:
    """The values that are sure, such as ``Dress, Navy blue, Plain``."""
    return ", ".join(value for value in product.values.values() if value)


def row_text(listed: ListedProduct) -> str:
    """All that a row says, for the tooltip and for screen readers."""
    product = listed.product
    lines = (product.sku, title(product.fields), photos(len(product.photos)), values_text(product), reason(product))
    return "\n".join(filter(None, lines))


class ProductDelegate(QStyledItemDelegate):
    """The main photo; the SKU and the number of photos; the title or the values; why it needs review, or the values."""

    def __init__(self, view: ProductListView, thumbnails: Thumbnails) -> None:
        super().__init__(view)
        self._view, self._thumbnails = view, thumbnails

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        fonts = fonts_like(self._view.font())
        lines = fonts.strong_metrics.height() + 2 * fonts.small_metrics.height() + 4
        return QSize(30 * theme.SPACE, max(SIDE, lines) + 2 * theme.SPACE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, listed = theme.tokens(), index.data(LISTED_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, index)
        cell = option.rect.adjusted(theme.SPACE, theme.SPACE, -theme.SPACE, -theme.SPACE)
        if listed is None:
            painter.restore()
            return
        product: Product = listed.product
        picture = QRect(cell.left(), cell.top() + (cell.height() - SIDE) // 2, SIDE, SIDE)
        main = listed.tags.get(product.photos[0])
        thumbnail = self._thumbnails.get(main.path) if main is not None else None
        if thumbnail is not None:
            painter.drawPixmap(picture, thumbnail)
        fonts = fonts_like(self._view.font())
        text = cell.adjusted(SIDE + theme.SPACE + 4, 0, 0, 0)
        first = QRect(text.left(), text.top(), text.width(), fonts.strong_metrics.height())
        painter.setFont(fonts.small)
        paint_line_with_figure(painter, first, "", photos(len(product.photos)), (tokens.text, tokens.text_muted))
        count = fonts.small_metrics.horizontalAdvance(photos(len(product.photos))) + theme.SPACE
        painter.setFont(fonts.strong)
        paint_line(painter, first.adjusted(0, 0, -count, 0), printable(product.sku), tokens.text)
        painter.setFont(fonts.small)
        height = fonts.small_metrics.height()
        second = QRect(text.left(), first.bottom() + 3, text.width(), height)
        third = second.translated(0, height + 1)
        lines = [line for line in (title(product.fields), values_text(product)) if line]
        if product.status == Status.OK:
            lines = [*lines, ""] if lines else ["No values yet", ""]
            paint_line(painter, third, lines[1], tokens.text_muted)
        else:
            mark = QRect(third.left(), third.center().y() - _MARK // 2 + 1, _MARK, _MARK)
            name, colour = ("error", "error") if product.status == Status.ERROR else ("warning", "review")
            icons.icon(name, colour).paint(painter, mark)
            paint_line(painter, third.adjusted(_MARK + 5, 0, 0, 0), reason(product), getattr(tokens, colour))
        paint_line(painter, second, lines[0] if lines else "", tokens.text)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = theme.tokens()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.selection if selected else tokens.hover))
            painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 6, 6)
        focused = self._view.hasFocus() and index == self._view.currentIndex()
        if index.row() == self._view.drop_row or focused:
            painter.setPen(QPen(QColor(tokens.accent), 2 if index.row() == self._view.drop_row else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 6, 6)
