"""Asks for the name of a model and shows at once why a name cannot be used."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from fashionlens_gui import messages
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.about import dialog_with_room
from trainer.model_files import names


class NameDialog:
    """A dialog with one text field.

    Args:
        parent: In front of which it opens.
        title: What is asked, a few words.
        text: A sentence that explains.
        start: The name that stands there first.
        yes: What the button that agrees says.
        taken: Whether a name is in use.
    """

    def __init__(
        self, parent: QWidget, title: str, text: str, start: str, yes: str, taken: Callable[[str], bool]
    ) -> None:
        self._taken = taken
        self.dialog, layout = dialog_with_room(parent, title)
        self.dialog.setModal(True)
        layout.addWidget(theme.heading(title))
        hint = theme.muted(text)
        hint.setMinimumWidth(50 * theme.SPACE)
        layout.addWidget(hint)
        self.line = QLineEdit(start)
        self.line.setAccessibleName("Name of the model")
        self.line.setMaxLength(names.LONGEST)
        self.line.selectAll()
        self.line.textChanged.connect(self._validate)
        layout.addWidget(self.line)
        self.problem = theme.muted("")
        self.problem.setProperty("tone", "error")
        self.problem.setMinimumHeight(2 * self.problem.fontMetrics().lineSpacing() + 2)  # room before it is needed
        self.problem.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.problem)
        cancel = theme.quiet_button("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.dialog.reject)
        self.yes = theme.primary_button(yes)
        self.yes.setDefault(True)
        self.yes.clicked.connect(self.dialog.accept)
        layout.addLayout(layouts.row(layouts.STRETCH, cancel, self.yes))
        self.is_open = True
        self.dialog.finished.connect(self._closed)
        self._validate()

    def _closed(self) -> None:
        self.is_open = False

    @property
    def name(self) -> str:
        return self.line.text().strip()

    def _validate(self) -> None:
        error = names.name_error(self.name)
        reason = messages.sentence(error) if error else ""
        if not reason and self._taken(self.name):
            reason = "There is a model of that name already."
        self.problem.setText(reason)
        self.yes.setEnabled(not reason)


def ask_name(
    parent: QWidget,
    title: str,
    text: str,
    start: str,
    yes: str,
    taken: Callable[[str], bool],
    use: Callable[[str], None],
) -> NameDialog:
    """Open the dialog and call ``use`` with the name when the user agrees."""
    asked = NameDialog(parent, title, text, start, yes, taken)
    asked.dialog.accepted.connect(lambda: use(asked.name))
    asked.dialog.open()
    asked.line.setFocus()
    return asked
