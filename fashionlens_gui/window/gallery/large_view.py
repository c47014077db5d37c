"""One photo, large, with the probability of each class as a bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QImage, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QDialog, QLabel, QSizePolicy, QWidget

from fashionlens_gui.window.gallery.evaluated_photos import EvaluatedPhoto, EvaluatedPhotos, filed_under
from fashionlens_gui.window.gallery.photo_cards import fitted
from fashionlens_gui.window.gallery.photo_loader import PhotoLoader
from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.painting import paint_line
from fashionlens_gui.window.shell.widgets import ElidedLabel
from trainer.data.decisions import Decisions
from trainer.number_format import number, percent

_PHOTO_SIDE, _PHOTOS_KEPT = 1024, 6
_MOST_BARS = 10
_LEAVE_OUT = "\n"  # no name of a folder
_ROW = 3 * theme.SPACE


class LargeView(QDialog):
    """The arrow keys go from photo to photo, Escape closes.

    Args:
        images: The evaluated photos.
        indices: int64, the photos to go through.
        row: Index into ``indices`` of the first photo shown.
        parent: The window it belongs to.
        folders: The categories that a photo in a wrong folder can belong to; empty to offer no decision.
        decisions: Made so far.
    """

    decided = Signal(object)
    """:class:`Decisions` with one that was made or undone here."""

    def __init__(
        self,
        images: EvaluatedPhotos,
        indices: np.ndarray,
        row: int,
        parent: QWidget | None = None,
        folders: Sequence[str] = (),
        decisions: Decisions = Decisions(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(parent)
        self._folders, self.decisions = folders, decisions
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Test photo")
        self._images, self._indices, self._row = images, indices, row
        self._loader = PhotoLoader(images, side=_PHOTO_SIDE, kept=_PHOTOS_KEPT, parent=self)
        self._loader.arrived.connect(self._arrived)
        self._build()
        self._show()

    @property
    def index(self) -> int:
        return int(self._indices[self._row])

    def done(self, result: int) -> None:
        """Close; nothing may go on reading."""
        self._loader.shutdown()
        super().done(result)

    def _build(self) -> None:
        self._picture = _Picture()
        self._title = theme.title("", wraps=True)
        self._actual = theme.plain("")
        self._source = ElidedLabel("text_muted", Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideMiddle)
        self.bars = ProbabilityBars()
        self._place = QLabel()
        self._place.setProperty("role", "muted")
        self._back_button = theme.quiet_button("Previous", "chevron-left")
        self._next_button = theme.quiet_button("Next", "chevron-right")
        close = theme.quiet_button("Close")
        buttons = layouts.row(self._back_button, self._next_button, self._place, layouts.FILL, close, spacing=None)
        self._decision = theme.plain("", "review")
        self.wrong_folder = theme.quiet_button("Wrong folder…", "folder")
        self.wrong_folder.setToolTip("Choose the category that the photo belongs to, or leave it out.")
        self.wrong_folder.clicked.connect(self._choose_folder)
        self.undo = theme.quiet_button("Undo", "undo")
        self.undo.clicked.connect(self._undo)
        self.picker = ChoicePicker(self)
        self.picker.picked.connect(self._decide)
        side = layouts.column(
            self._title,
            self._actual,
            self._source,
            self._decision,
            layouts.row(self.wrong_folder, self.undo, layouts.FILL),
            1,
            theme.heading("Probability of each category"),
            self.bars,
            layouts.FILL,
            buttons,
        )
        layouts.row((self._picture, 1), (side, 1), parent=self, spacing=3, margins=3)
        self._back_button.clicked.connect(self._previous)
        self._next_button.clicked.connect(self._next)
        close.clicked.connect(self.reject)
        QShortcut(QKeySequence(Qt.Key.Key_Left), self, self._previous)
        QShortcut(QKeySequence(Qt.Key.Key_Right), self, self._next)
        self.resize(110 * theme.SPACE, 70 * theme.SPACE)

    @Slot()
    def _previous(self) -> None:
        self._row = max(self._row - 1, 0)
        self._show()

    @Slot()
    def _next(self) -> None:
        self._row = min(self._row + 1, len(self._indices) - 1)
        self._show()

    @Slot(int)
    def _arrived(self, index: int) -> None:
        if index == self.index:
            self._picture.show_picture(self._loader.image(index))

    def _show(self) -> None:
        photo = self._images.photo(self.index)
        self._picture.show_picture(self._loader.image(self.index))
        self._picture.setAccessibleName(f"Photo of {photo.actual}")
        self._title.setText(f"Predicted as {photo.predicted}")
        self._actual.setText("This is correct." if photo.correct else f"{filed_under(photo)}.")
        self._actual.setProperty("tone", "ok" if photo.correct else "error")
        theme.restyle(self._actual)
        self._source.setText(str(photo.file) if photo.file is not None else f"Test photo {self.index + 1:,}")
        self._source.setToolTip(self._source.text())
        self._show_decision(photo)
        self.bars.show_ranking(self._images.ranking(self.index), photo)
        self._place.setText(f"{number(self._row + 1)} of {number(len(self._indices))}")
        self._back_button.setEnabled(self._row > 0)
        self._next_button.setEnabled(self._row < len(self._indices) - 1)

    def _show_decision(self, photo: EvaluatedPhoto) -> None:
        file = photo.file
        moved = self.decisions.category_of(file) if file is not None else None
        left_out = file is not None and self.decisions.is_left_out(file)
        text = f"Counts as {moved}" if moved else "Is left out" if left_out else ""
        self._decision.setText(f"{text} from now on, in tests and in training. The file is not moved." if text else "")
        self._decision.setVisible(bool(text))
        self.undo.setVisible(bool(text))
        self.wrong_folder.setVisible(bool(self._folders) and file is not None and not text)

    @Slot()
    def _choose_folder(self) -> None:
        photo, button = self._images.photo(self.index), self.wrong_folder
        others = sorted(
            (name for name in self._folders if name != photo.actual), key=lambda name: name != photo.predicted
        )
        lines = [Choice(name, "predicted" if name == photo.predicted else "") for name in others]
        below = QRect(button.mapToGlobal(button.rect().topLeft()), button.size())
        leave_out = Choice(_LEAVE_OUT, shown="Leave this photo out", always=True)
        self.picker.open_at(below, "Which category does it belong to?", [*lines, leave_out])

    @Slot(str)
    def _decide(self, category: str) -> None:
        file = self._images.photo(self.index).file
        if file is not None:
            made = self.decisions
            self._set_decisions(made.leave_out(file) if category == _LEAVE_OUT else made.move(file, category))
            self.undo.setFocus()

    @Slot()
    def _undo(self) -> None:
        file = self._images.photo(self.index).file
        if file is not None:
            self._set_decisions(self.decisions.clear(file))
            self.wrong_folder.setFocus()

    def _set_decisions(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self.decided.emit(decisions)
        self._show_decision(self._images.photo(self.index))


class _Picture(QWidget):
    """A picture as large as the room allows."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: QImage | None = None
        self.setMinimumSize(28 * theme.SPACE, 28 * theme.SPACE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, picture: QImage | None) -> None:
        self._picture = picture
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None:
            painter.setPen(QColor(theme.tokens().text_muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "This photo is not available.")
            return
        target = fitted(self._picture.size(), self.rect())
        shrunk = self._picture.width() * 2 > target.width()
        if not shrunk:  # whole multiples keep the pixels of a tiny image even
            factor = min(target.width() // self._picture.width(), target.height() // self._picture.height())
            target = QRect(0, 0, self._picture.width() * factor, self._picture.height() * factor)
            target.moveCenter(self.rect().center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)
        painter.drawImage(target, self._picture)


class ProbabilityBars(QWidget):
    """A bar for each of the most probable classes; the predicted and the actual class are coloured."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, float]] = []
        self._photo: EvaluatedPhoto | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_ranking(self, ranking: list[tuple[str, float]], photo: EvaluatedPhoto) -> None:
        """Show classes with probabilities, descending; the actual class is always among them."""
        rows = ranking[:_MOST_BARS]
        if photo.actual not in (name for name, _ in rows):
            rows[-1] = (photo.actual, photo.actual_probability)
        self._rows, self._photo = rows, photo
        spoken = ", ".join(f"{name} {percent(probability)}" for name, probability in rows)
        self.setAccessibleName("Probabilities")
        self.setAccessibleDescription(spoken)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(40 * theme.SPACE, max(len(self._rows), 1) * _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._photo is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme.tokens()
        metrics = QFontMetrics(self.font())
        names = min(max(metrics.horizontalAdvance(name) for name, _ in self._rows) + 1, self.width() * 2 // 5)
        figures = metrics.horizontalAdvance("> 99.9 %")
        bar_left = names + theme.SPACE
        bar_room = self.width() - bar_left - figures - theme.SPACE
        for row, (name, probability) in enumerate(self._rows):
            top = row * _ROW
            colour, text = _bar_colours(name, self._photo, tokens)
            paint_line(painter, QRect(0, top, names, _ROW), name, text)
            painter.setPen(Qt.PenStyle.NoPen)
            for width, shade in ((bar_room, tokens.hover), (max(bar_room * probability, 2.0), colour)):
                painter.setBrush(QColor(shade))
                painter.drawRoundedRect(QRectF(bar_left, top + theme.SPACE, width, theme.SPACE), 2, 2)
            place = QRect(self.width() - figures, top, figures, _ROW)
            paint_line(painter, place, percent(probability), text, align=Qt.AlignmentFlag.AlignRight)


def _bar_colours(name: str, photo: EvaluatedPhoto, tokens: theme.Tokens) -> tuple[str, str]:
    """(bar, text): green for the actual class, red for a wrong prediction, muted for the rest."""
    if name == photo.actual:
        return tokens.ok, tokens.text
    if name == photo.predicted:
        return tokens.error, tokens.text
    return tokens.text_muted, tokens.text_muted
