"""Photos with label issues as cards: photo, file name, category, issue or decision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QImage, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from fashionlens_gui.messages import capitalized
from fashionlens_gui.messages.data import decision_text, issue_reason
from fashionlens_gui.window.gallery.photo_cards import paint_card, paint_photo
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.painting import paint_line
from trainer.data.decisions import Decisions
from trainer.data_quality.label_issues import LabelIssue

AnyIndex = QModelIndex | QPersistentModelIndex
IssueRole = Qt.ItemDataRole.UserRole
DecisionRole = Qt.ItemDataRole.UserRole + 1

_SIDE = 15 * theme.SPACE
_WIDTH = 22 * theme.SPACE
_FADED = 0.35
_MAX_COPIES = 5


class LabelIssueModel(QAbstractListModel):
    """The label issues and the decisions on them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._issues: tuple[LabelIssue, ...] = ()
        self._row_of: dict[Path, int] = {}
        self._pictures: dict[Path, QImage] = {}
        self._decisions = Decisions()

    @property
    def issues(self) -> tuple[LabelIssue, ...]:
        """The label issues in the order of the cards."""
        return self._issues

    def show(self, issues: Sequence[LabelIssue], decisions: Decisions) -> None:
        self.beginResetModel()
        self._issues, self._decisions = tuple(issues), decisions
        self._row_of = {issue.file: row for row, issue in enumerate(self._issues)}
        self.endResetModel()

    def set_decisions(self, decisions: Decisions) -> None:
        self._decisions = decisions
        if self._issues:
            self.dataChanged.emit(self.index(0), self.index(len(self._issues) - 1))

    def set_thumbnail(self, file: Path, picture: QImage) -> None:
        self._pictures[file] = picture
        if (row := self._row_of.get(file)) is not None:
            self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._issues)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        issue = self._issues[index.row()]
        decision = decision_text(self._decisions, issue)
        if role == IssueRole:
            return issue
        if role == DecisionRole:
            return decision
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pictures.get(issue.file)
        text = f"{issue.file.name}: filed under {issue.category}, {issue_reason(issue)}"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{text}. {decision or 'Undecided'}."
        if role == Qt.ItemDataRole.ToolTipRole:
            copies = "".join(f"\nSame as {copy}" for copy in issue.copies[:_MAX_COPIES])
            return f"{text}\n{issue.file}{copies}"
        return None


class LabelIssueGrid(QListView):
    """The cards in a grid."""

    opened = Signal()
    """Space or a double click: show the current photo large."""

    def __init__(self) -> None:
        super().__init__()
        self.issue_model = LabelIssueModel(self)
        self._delegate = _CardDelegate(self)
        self.setModel(self.issue_model)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName("Photos that may be in the wrong category")
        self.doubleClicked.connect(self.opened)
        theme.notifier().changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many cards per row as fit; they share the width."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self.verticalScrollBar())
        # Qt always leaves room for the scroll bar.
        room = max(self.maximumViewportSize().width() - bar - 1, _WIDTH)
        self._delegate.card.setWidth(room // (room // _WIDTH))
        self.setGridSize(self._delegate.card)
        super().resizeEvent(event)


class _CardDelegate(QStyledItemDelegate):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._font = QFont(parent.font())
        self._font.setPointSizeF(parent.font().pointSizeF() * 0.92)
        self._line = QFontMetrics(self._font).height() + 1
        self.card = QSize(_WIDTH, _SIDE + 3 * self._line + 3 * theme.SPACE)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        return self.card

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        tokens, space = theme.tokens(), theme.SPACE
        rect: QRect = option.rect
        issue: LabelIssue = index.data(IssueRole)
        decision: str = index.data(DecisionRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        paint_card(painter, rect, option.state)
        tile = QRect(rect.left() + (rect.width() - _SIDE) // 2, rect.top() + space, _SIDE, _SIDE)
        painter.setOpacity(_FADED if decision == "Left out" else 1.0)
        paint_photo(painter, tile, index.data(Qt.ItemDataRole.DecorationRole))
        painter.setOpacity(1.0)
        painter.setFont(self._font)
        line = QRect(rect.left() + space, tile.bottom() + 1 + space // 2, rect.width() - 2 * space, self._line)
        last, colour = (decision, tokens.ok) if decision else (capitalized(issue_reason(issue)), tokens.review)
        if option.state & QStyle.StateFlag.State_Selected:
            colour = tokens.text  # status colours have too little contrast on the selection
        middle, right = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight
        for text, shade, elide in (
            (issue.file.name, tokens.text, middle),
            (f"Filed under {issue.category}", tokens.text_muted, right),
            (last, colour, right),
        ):
            paint_line(painter, line, text, shade, align=Qt.AlignmentFlag.AlignHCenter, elide=elide)
            line.translate(0, self._line)
        painter.restore()
