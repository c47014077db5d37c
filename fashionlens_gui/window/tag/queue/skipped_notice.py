"""Says how many files of an import were skipped, and lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from fashionlens_gui.messages.photos import skipped_kind, skipped_summary
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.tag.queue.tagging_queue import TaggingQueue
from fashionlens_gui.window.tag.queue.tagging_work import ImportResult

if TYPE_CHECKING:
    from trainer.data.skipped_files import SkippedFile

_MOST_LINES = 2_000  # more take too long to lay out; "Copy all" copies them


class SkippedNotice(Notice):
    """A line about the files that the last import of a queue skipped; shows nothing when there are none."""

    def __init__(self, queue: TaggingQueue) -> None:
        super().__init__()
        self.setAccessibleName("Skipped files")
        self.dialog: SkippedDialog | None = None
        self._skipped: Sequence[SkippedFile] = ()
        queue.import_ended.connect(self._import_ended)

    @Slot(object)
    def _import_ended(self, result: ImportResult) -> None:
        if not result.retagged:
            self._show_skipped(result.finished.skipped if result.finished is not None else ())

    def _show_skipped(self, skipped: Sequence[SkippedFile]) -> None:
        self._skipped = skipped
        if skipped:
            self.show_message("info", skipped_summary(Counter(file.kind for file in skipped)), [("Show…", self._open)])
        else:
            self.dismiss()

    @Slot()
    def _open(self) -> None:
        self._show_skipped(self._skipped)  # every button closes a notice; this one may be needed again
        self.dialog = SkippedDialog(self._skipped, self.window())
        self.dialog.open()


class SkippedDialog(QDialog):
    """The paths of skipped files by kind, to read and to copy."""

    def __init__(self, skipped: Sequence[SkippedFile], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Skipped files")
        self._skipped = skipped
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("Skipped files by kind")
        lines = list(islice(_lines(skipped), _MOST_LINES + 1))
        if len(lines) > _MOST_LINES:
            lines[-1] = "… and more. “Copy all” copies the whole list."
        self.text.setPlainText("\n".join(lines))
        self.copy_button = theme.quiet_button("Copy all", "copy")
        self.copy_button.clicked.connect(self._copy)
        self.close_button = theme.primary_button("Close")
        self.close_button.clicked.connect(self.accept)
        self.close_button.setDefault(True)
        explanation = theme.muted(
            "These are not photos, or they belong to the system or another program. Photos that are only in the cloud: "
            "make them available on this computer, then add them again."
        )
        buttons = layouts.row(self.copy_button, layouts.FILL, self.close_button)
        layouts.column(explanation, (self.text, 1), buttons, parent=self, spacing=1.5, margins=2)
        self.resize(90 * theme.SPACE, 60 * theme.SPACE)
        self.close_button.setFocus()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(_lines(self._skipped)))


def _lines(skipped: Sequence[SkippedFile]) -> Iterator[str]:
    """A heading for each kind, and the paths below it."""
    for kind, count in Counter(file.kind for file in skipped).most_common():
        yield f"{count:,} {skipped_kind(kind, count)}"
        paths = (file.path for file in skipped if file.kind == kind)
        yield from (f"    {path if path.isprintable() else printable(path)}" for path in paths)
