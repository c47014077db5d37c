"""The confusion matrix as an image for documents: light, large enough for every number, with a title.

Imports pyqtgraph through the heatmap, so import this module late.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from fashionlens_gui.messages import data_text
from fashionlens_gui.window.confusion_matrix.cell_style import Quantity
from fashionlens_gui.window.confusion_matrix.heatmap import ConfusionHeatmap
from fashionlens_gui.window.shell import colours, theme
from trainer import number_format
from trainer.evaluation.evaluation import Evaluation

_RATIO = 2
_MARGIN = 4 * theme.SPACE
_HEAD = 8 * theme.SPACE
_CELL_WIDTH, _CELL_HEIGHT = 52, 40
_EDGES = 320
_MOST = 3200


def matrix_image(evaluation: Evaluation, quantity: Quantity) -> QImage:
    """Render the matrix at two pixels per unit, in the light theme, independent of the window."""
    tokens = colours.read("light")
    rows, columns = evaluation.occurring_RC.shape
    width = min(columns * _CELL_WIDTH + _EDGES, _MOST)
    height = min(rows * _CELL_HEIGHT + _EDGES, _MOST)
    heatmap = ConfusionHeatmap(tokens=tokens)
    heatmap.set_caption_shown(False)
    heatmap.resize(width, height)
    heatmap.show_matrix(evaluation.predicted_classes, evaluation.occurring_RC)
    heatmap.set_quantity(quantity)
    heatmap.ensurePolished()
    heatmap.grab()  # forces a layout, from which the angle of the names follows
    heatmap.canvas.ci.layout.activate()
    image = QImage((width + 2 * _MARGIN) * _RATIO, (height + _HEAD + 2 * _MARGIN) * _RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_RATIO)
    image.fill(QColor(tokens.surface))
    painter = QPainter(image)
    _write_head(painter, evaluation, tokens, width)
    painter.drawImage(QPoint(_MARGIN, _MARGIN + _HEAD), _drawn(heatmap.canvas))
    painter.end()
    heatmap.deleteLater()
    return image


def _drawn(canvas: QWidget) -> QImage:
    """The drawing in twice its pixels; painted as a widget, since its texts are placed in the widget's own units."""
    image = QImage(canvas.size() * _RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_RATIO)
    QWidget.render(canvas, image, QPoint(0, 0))
    return image


def _write_head(painter: QPainter, evaluation: Evaluation, tokens: theme.Tokens, width: int) -> None:
    font = painter.font()
    font.setPixelSize(22)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(tokens.text))
    title = f"{evaluation.model_name}: {number_format.percent(evaluation.accuracy, 2)} accuracy"
    painter.drawText(QRect(_MARGIN, _MARGIN, width, 28), Qt.AlignmentFlag.AlignLeft, title)
    font.setPixelSize(14)
    font.setBold(False)
    painter.setFont(font)
    painter.setPen(QColor(tokens.text_muted))
    correct = int(np.diag(evaluation.confusion_KK).sum())
    below = f"{data_text(evaluation.data)}. {number_format.accuracy_sentence(correct, evaluation.n)}"
    painter.drawText(QRect(_MARGIN, _MARGIN + 32, width, 20), Qt.AlignmentFlag.AlignLeft, below)
