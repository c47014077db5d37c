"""A large photo: fitted to the view, zoomed with wheel or keys, panned by dragging."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fashionlens_gui.window.photos.photo_reader import LargePhoto, PhotoReader
from fashionlens_gui.window.photos.saliency_overlay import paint_legend
from fashionlens_gui.window.shell import icons, theme

_SHORTEST_SIDE = 1000  # pixels: enough to zoom in, and a JPEG shrinks to it while it is decoded
_STEP = 1.25
_LARGEST = 16.0  # screen pixels per photo pixel
_SMALL_GROWN = 3.0  # a tiny photo is grown to fit, but not to mush


class PhotoCanvas(QWidget):
    """Shows one picture. The scale is in logical screen pixels per photo pixel."""

    zoomed = Signal()
    """The scale changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(20 * theme.SPACE, 20 * theme.SPACE)
        self.setAccessibleName("Photo")
        self._picture = QPixmap()
        self._full_size = QSize()
        self._note = ""
        self._broken = False
        self._is_preview = False
        self._scale: float | None = None  # None: fitted
        self._centre = QPointF()  # of the view, in photo pixels
        self._held: QPointF | None = None
        self._overlay: QImage | None = None
        self._legend = ""
        self._reader = PhotoReader(self)
        self._reader.ready.connect(self._show_read)
        theme.notifier().changed.connect(self.update)

    def open(self, path: Path, next_path: Path | None, preview: QPixmap | None, error: str = "") -> None:
        """Show a photo as soon as it is read, and a preview, or why there is no photo, until then.

        Args:
            path: The photo.
            next_path: Read in advance.
            preview: A scaled-down copy.
            error: A sentence.
        """
        if preview is not None and not error:
            self.show_picture(preview)
        else:
            self.show_note(error or "Opening…", broken=bool(error))
        room = min(self.width(), self.height()) * self.devicePixelRatioF()
        self._reader.request(path, next_path, max(_SHORTEST_SIDE, round(room)))

    def clear(self) -> None:
        self._reader.clear()
        self.show_note("")
        self.show_overlay(None, "")

    def shutdown(self) -> None:
        self._reader.shutdown()

    @Slot(object)
    def _show_read(self, photo: LargePhoto) -> None:
        if photo.image is not None:
            self.show_picture(QPixmap.fromImage(photo.image), photo.size)
        else:
            self.show_note(photo.error, broken=True)

    def show_picture(self, picture: QPixmap, full_size: QSize | None = None) -> None:
        """Show a picture, fitted.

        Args:
            picture: What is drawn.
            full_size: Of the photo, where the picture is a scaled-down copy; None for a preview of unknown full size.
        """
        self._is_preview = full_size is None
        same_photo = full_size is not None and full_size == self._full_size
        self._picture = picture
        self._full_size = full_size or picture.size()
        self._note, self._broken = "", False
        if not same_photo:
            self.fit()
        self.update()

    def show_note(self, note: str, broken: bool = False) -> None:
        self._picture = QPixmap()
        self._full_size = QSize()
        self._note, self._broken = note, broken
        self.fit()

    def show_overlay(self, overlay: QImage | None, legend: str) -> None:
        """Draw an overlay over the photo, with a caption; None and an empty text remove both."""
        self._overlay, self._legend = overlay, legend
        self.setAccessibleDescription(legend)
        self.update()

    @property
    def overlay(self) -> QImage | None:
        return self._overlay

    @property
    def legend(self) -> str:
        return self._legend

    @property
    def has_picture(self) -> bool:
        return not self._picture.isNull()

    @property
    def note(self) -> str:
        return self._note

    @property
    def photo_size(self) -> QSize:
        """Size of the photo in its own pixels; of the preview until the photo is loaded."""
        return self._full_size

    @property
    def scale(self) -> float:
        """Screen pixels per photo pixel now."""
        return self._fitted_scale() if self._scale is None else self._scale

    @property
    def fitted(self) -> bool:
        """Whether the whole photo is shown."""
        return self._scale is None

    def fit(self) -> None:
        self._scale = None
        self._centre = QPointF(self._full_size.width() / 2, self._full_size.height() / 2)
        self.update()
        self.zoomed.emit()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        if not self.has_picture:
            return
        around = around if around is not None else QPointF(self.rect().center())
        under = self._to_photo(around)
        scale = min(_LARGEST, self.scale * factor)
        if scale <= self._fitted_scale():
            self.fit()
            return
        self._scale = scale
        middle = QPointF(self.width() / 2, self.height() / 2)
        self._centre = under + (middle - around) / scale
        self._stay_inside()
        self.update()
        self.zoomed.emit()

    def zoom_in(self) -> None:
        self.zoom(_STEP)

    def zoom_out(self) -> None:
        """Zoom out by one step, at most to the whole photo."""
        self.zoom(1 / _STEP)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(_STEP ** (event.angleDelta().y() / 120), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self.fitted:
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._centre -= (event.position() - self._held) / self.scale
            self._held = event.position()
            self._stay_inside()
            self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._held = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self.fitted:
            self.fit()
        else:
            self.zoom(max(2.0, 1.0 / max(self.scale, 1e-6)), event.position())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stay_inside()
        self.zoomed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.surface_raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self.has_picture:
            painter.setClipRect(self.rect().adjusted(1, 1, -1, -1))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._is_preview or self.scale < 4)
            painter.drawPixmap(self._target(), self._picture, QRectF(self._picture.rect()))
            if self._overlay is not None:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(self._target(), self._overlay, QRectF(self._overlay.rect()))
            if self._legend:
                margin = theme.SPACE + 4
                room = self.rect().adjusted(margin, margin, -margin, -margin)
                paint_legend(painter, room, self._legend, self._overlay is not None)
        else:
            self._paint_note(painter)

    def _paint_note(self, painter: QPainter) -> None:
        colours = theme.tokens()
        middle = self.rect().center()
        side = 6 * theme.SPACE
        sign = self.rect().adjusted(0, 0, 0, 0)
        sign.setRect(middle.x() - side // 2, middle.y() - side - theme.SPACE, side, side)
        colour = "error" if self._broken else "text_muted"
        icons.icon("error" if self._broken else "photos", colour).paint(painter, sign)
        text_rect = self.rect().adjusted(4 * theme.SPACE, 0, -4 * theme.SPACE, 0)
        text_rect.setTop(middle.y() + theme.SPACE)
        painter.setPen(QColor(colours.text_muted))
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(text_rect, int(flags), self._note)

    def _fitted_scale(self) -> float:
        if self._full_size.isEmpty():
            return 1.0
        room = self.size() - QSize(2 * theme.SPACE, 2 * theme.SPACE)
        fitting = min(room.width() / self._full_size.width(), room.height() / self._full_size.height())
        return max(0.001, fitting if self._is_preview else min(fitting, _SMALL_GROWN))

    def _target(self) -> QRectF:
        """The rectangle of the picture in the widget."""
        scale = self.scale
        middle = QPointF(self.width() / 2, self.height() / 2)
        corner = middle - self._centre * scale
        return QRectF(corner.x(), corner.y(), self._full_size.width() * scale, self._full_size.height() * scale)

    def _to_photo(self, point: QPointF) -> QPointF:
        middle = QPointF(self.width() / 2, self.height() / 2)
        return self._centre + (point - middle) / self.scale

    def _stay_inside(self) -> None:
        """Keep the photo in view: where it is larger than the widget its edges stay outside, else it is centred."""
        if self._full_size.isEmpty():
            return
        if self.fitted or self.scale <= self._fitted_scale():
            self._scale = None
            self._centre = QPointF(self._full_size.width() / 2, self._full_size.height() / 2)
            return
        self._centre = QPointF(
            _bounded(self._centre.x(), self.width() / self.scale, self._full_size.width()),
            _bounded(self._centre.y(), self.height() / self.scale, self._full_size.height()),
        )


def _bounded(centre: float, seen: float, size: float) -> float:
    """The centre of a view that sees ``seen`` of ``size``, kept inside; the middle where all is seen."""
    if seen >= size:
        return size / 2
    return min(max(centre, seen / 2), size - seen / 2)
