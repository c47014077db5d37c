"""A popup with a searchable list, such as of categories or of an attribute's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.keys import delete_keys, number_key
from fashionlens_gui.window.shell.painting import fonts_like, paint_dot, paint_key_cap, paint_line_with_figure
from trainer.spelling import spelling_key

_ROW = 4 * theme.SPACE
_MOST_ROWS = 10
_WIDTH = 36 * theme.SPACE
_NOTE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_KEY_ROLE = _NOTE_ROLE + 1
_COLOUR_ROLE = _KEY_ROLE + 1
_DOT = 14
_CAP = 20
_LONGEST = 60  # characters of a new label


@dataclass(frozen=True, slots=True)
class Choice:
    """An item of the list.

    Attributes:
        label: The value that is chosen.
        note: Shown at the right, such as a probability or a count.
        shown: The text of the line, if not ``label``.
        synonyms: Found by the search, too.
        srgb: A colour to show before the text, each 0 to 255, or None.
        always: Shown below the matches, whatever is typed.
        removable: The user added it; Delete removes it from the list.
    """

    label: str
    note: str = ""
    shown: str = ""
    synonyms: tuple[str, ...] = ()
    srgb: tuple[int, int, int] | None = None
    always: bool = False
    removable: bool = False


def matching(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices that match what was typed: prefixes first, then prefixes of a word, then other parts.

    Matches of synonyms come after all matches of names. Other spellings, such as “t shirt” for “T-shirt”, match too.
    """
    query, key = " ".join(typed.casefold().split()), spelling_key(typed)
    if not query:
        return list(choices)

    def rank(choice: Choice) -> int | None:
        found = [rank_of(choice.shown or choice.label), *(rank_of(word, 3) for word in choice.synonyms)]
        return min((each for each in found if each is not None), default=None)

    def rank_of(name: str, offset: int = 0) -> int | None:
        text = name.casefold()
        if text.startswith(query):
            return offset
        if any(word.startswith(query) for word in text.replace("/", " ").replace("-", " ").split()):
            return offset + 1
        return offset + 2 if query in text or (key and key in spelling_key(name)) else None

    ranked = [(rank(choice), index, choice) for index, choice in enumerate(choices)]
    matches = sorted((r, index) for r, index, _ in ranked if r is not None)
    return [choices[index] for _, index in matches]


class ChoicePicker(QFrame):
    """Type to filter, arrows to move, Enter or click to choose, Escape to close.

    In a numbered list 1 to 9 choose a line while nothing is typed. The list keeps its size and place while one types.
    """

    picked = Signal(str)
    """The chosen label."""
    added = Signal(str)
    """A label that is new, as it was typed; :attr:`picked` follows."""
    removed = Signal(str)
    """A label that is not wanted any more."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._owner = parent
        self.setProperty("role", "card")
        self.setAccessibleName("Choose a category")
        self._choices: tuple[Choice, ...] = ()
        self._numbered = self._can_add = False
        self._current = self._what = ""
        self.prompt = QLabel()
        self.prompt.setProperty("role", "muted")
        self.prompt.setTextFormat(Qt.TextFormat.PlainText)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Type to find a category")
        self.search.setAccessibleName("Find a category")
        self.search.setMaxLength(_LONGEST)
        self.search.addAction(icons.icon("search", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Categories")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_LineDelegate(self.list))
        self.list.itemClicked.connect(self._choose)
        layouts.column(self.prompt, self.search, (self.list, 1), parent=self, margins=1)

    def open_at(
        self,
        below: QRect,
        prompt: str,
        choices: Sequence[Choice],
        typed: str = "",
        numbered: bool = False,
        what: str = "category",
        current: str = "",
        can_add: bool = False,
    ) -> None:
        """Show the list.

        Args:
            below: The anchor in global coordinates; the list opens below it, or above it if there is no room.
            prompt: The heading.
            choices: The lines.
            typed: The initial search.
            numbered: Whether 1 to 9 choose a line.
            what: What is chosen, in the singular.
            current: The label in force, which is selected at first.
            can_add: Whether a word that is no label can be added.
        """
        article = "an" if what[0] in "aeiou" else "a"
        self.setAccessibleName(f"Choose {article} {what}")
        self.search.setPlaceholderText(f"Type to find {'or add ' * can_add}{article} {what}")
        self.search.setAccessibleName(f"Find {article} {what}")
        self._choices, self._current, self._what = tuple(choices), current, what
        self._numbered, self._can_add = numbered, can_add
        room = theme.scaled(_WIDTH) - 2 * theme.SPACE - 2
        self.prompt.setText(self.prompt.fontMetrics().elidedText(prompt, Qt.TextElideMode.ElideMiddle, room))
        self.prompt.setToolTip(prompt)
        self.search.setText(typed)
        self._filter(typed)
        height = min(_MOST_ROWS, max(3, len(self._choices))) * _ROW
        self.list.setMinimumHeight(height)
        self.setFixedWidth(theme.scaled(_WIDTH))
        self.adjustSize()
        self.move(self._place(below))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)
        self.search.setCursorPosition(len(typed))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        """Handle the keys of the list while the search field has the focus."""
        key = event.key()
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _MOST_ROWS, Qt.Key.Key_PageUp: -_MOST_ROWS}
        if key in moves:
            row = self.list.currentRow() + moves[Qt.Key(key)]
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.list.currentItem() is not None:
                self._choose(self.list.currentItem())
            return True
        if key == Qt.Key.Key_Escape:
            self.close()
            return True
        at_end = self.search.cursorPosition() == len(self.search.text())
        if QKeySequence(key) in delete_keys() and at_end and (key == Qt.Key.Key_Delete or not self.search.text()):
            self._remove(self.list.currentItem())
            return True
        number = number_key(event) if self._numbered and not self.search.text() else None
        if number:
            item = self.list.item(number - 1)
            if item is not None:
                self._choose(item)
            return True
        return False

    def _filter(self, typed: str) -> None:
        lines = self._lines(typed)
        self.list.clear()
        for number, choice in enumerate(lines, 1):
            item = QListWidgetItem(choice.shown or choice.label)
            item.setData(Qt.ItemDataRole.UserRole, choice.label)
            item.setData(
                _NOTE_ROLE,
                f"added by you, {delete_keys()[0].toString(QKeySequence.SequenceFormat.NativeText)} removes"
                if choice.removable
                else choice.note,
            )
            item.setData(_COLOUR_ROLE, choice.srgb)
            item.setData(_KEY_ROLE, str(number) if self._numbered and not typed and number < 10 else "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{choice.shown or choice.label} {choice.note}".strip())
            item.setSizeHint(QSize(0, _ROW))
            self.list.addItem(item)
        if not lines:
            item = QListWidgetItem(f"No {self._what} matches.")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
            return
        labels = [choice.label for choice in lines]
        self.list.setCurrentRow(labels.index(self._current) if not typed and self._current in labels else 0)

    def _lines(self, typed: str) -> list[Choice]:
        """What matches, then the word that can be added, then what is always shown."""
        matches, word = matching(self._choices, typed), " ".join(typed.split())
        known = {spelling_key(choice.label) for choice in self._choices}
        if self._can_add and word and (spelling_key(word) or word) not in known:
            matches.append(Choice(word, f"new {self._what}", f"Add “{word}”"))
        return [*matches, *(choice for choice in self._choices if choice.always and choice not in matches)]

    def _remove(self, item: QListWidgetItem | None) -> None:
        """Remove a label that the user added, if the line is one."""
        label = item.data(Qt.ItemDataRole.UserRole) if item is not None else ""
        if any(choice.removable and choice.label == label for choice in self._choices):
            self._choices = tuple(choice for choice in self._choices if choice.label != label)
            self.removed.emit(label)
            self._filter(self.search.text())

    def _choose(self, item: QListWidgetItem) -> None:
        if not item.flags():
            return
        label = str(item.data(Qt.ItemDataRole.UserRole))
        self.close()
        if all(label != choice.label for choice in self._choices):
            self.added.emit(label)
        self.picked.emit(label)

    def _place(self, below: QRect) -> QPoint:
        """The position: below or above the anchor, inside the screen and, horizontally, inside the window."""
        room = self.screen().availableGeometry()
        window = self._owner.window().geometry().adjusted(theme.SPACE, 0, -theme.SPACE, 0)
        if window.width() > self.width():
            room.setLeft(max(room.left(), window.left()))
            room.setRight(min(room.right(), window.right()))
        y = below.bottom() + 1 + theme.SPACE // 2
        if y + self.height() > room.bottom():
            y = max(room.top(), below.top() - self.height() - theme.SPACE // 2)
        x = min(max(room.left(), below.left()), room.right() - self.width())
        return QPoint(x, y)


class _LineDelegate(QStyledItemDelegate):
    """Number key, label, note."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.selection if chosen else colours.hover))
            painter.drawRoundedRect(option.rect, 6, 6)
        inside = option.rect.adjusted(theme.SPACE, 0, -theme.SPACE, 0)
        if key := index.data(_KEY_ROLE):
            painter.setFont(fonts_like(option.font).small)
            paint_key_cap(painter, QRect(inside.left(), inside.center().y() - _CAP // 2 + 1, _CAP, _CAP), key)
            painter.setFont(option.font)
        if index.sibling(0, 0).data(_KEY_ROLE):  # numbered list: all labels line up behind the numbers
            inside.setLeft(inside.left() + _CAP + theme.SPACE)
        if srgb := index.data(_COLOUR_ROLE):
            paint_dot(painter, QRect(inside.left(), inside.center().y() - _DOT // 2 + 1, _DOT, _DOT), tuple(srgb))
            inside.setLeft(inside.left() + _DOT + theme.SPACE)
        note = index.data(_NOTE_ROLE) or ""
        text = colours.text if option.state & QStyle.StateFlag.State_Enabled else colours.text_muted
        paint_line_with_figure(painter, inside, index.data(), note, (text, colours.text_muted))
        painter.restore()
