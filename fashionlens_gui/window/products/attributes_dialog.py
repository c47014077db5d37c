"""“Attributes of your own…”: define, train, and what its values are worth."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QWidget

from fashionlens_gui.catalogue import own_attributes
from fashionlens_gui.catalogue.catalogue import Changes
from fashionlens_gui.messages import sentence
from fashionlens_gui.window.products import attribute_work
from fashionlens_gui.window.products.attribute_work import AttributeFacts
from fashionlens_gui.window.products.background_work import catching
from fashionlens_gui.window.shell import layouts, message_box, theme
from fashionlens_gui.window.shell.widgets import ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.errors import FashionLensError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_SIZE = QSize(96 * theme.SPACE, 60 * theme.SPACE)
_LONGEST = 60


class AttributesDialog(QDialog):
    """Deleted when it is closed.

    Args:
        access: The catalogue; open.
        parent: The window.
    """

    def __init__(self, access: CatalogueAccess, parent: QWidget) -> None:
        super().__init__(parent)
        self._access = access
        self._closed = self._writing = False
        self.facts: list[AttributeFacts] = []
        self._wanted = ""  # the name of the attribute to select once it is read
        self._slot = WorkerSlot[None, Any](
            "reading attributes", self, mode="latest", on_result=self._show_facts, on_error=self._failed
        )
        self._training = WorkerSlot[None, Changes](
            "training an attribute", self, on_result=self._trained, on_error=self._failed, on_end=self._update
        )
        self.setWindowTitle("Attributes of your own")
        self._make_controls()
        self._lay_out()
        self._connect()
        self.resize(_SIZE.boundedTo(parent.size() * 0.95) if parent.isVisible() else _SIZE)
        self._read()

    @property
    def busy(self) -> bool:
        """Something is read, written or trained."""
        return self._slot.busy or self._training.busy or self._writing

    @property
    def selected(self) -> AttributeFacts | None:
        """The attribute that is shown; None for the form of a new one."""
        row = self.list.currentRow()
        return self.facts[row] if 0 <= row < len(self.facts) else None

    def done(self, result: int) -> None:
        self._closed = True
        for slot in (self._slot, self._training):
            slot.shutdown(30_000)
        super().done(result)

    # -- what is shown ------------------------------------------------------------------------------------------------
    def _read(self) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._slot.start(lambda _control: attribute_work.read_attributes(catalogue))

    def _show_facts(self, facts: list[AttributeFacts]) -> None:
        before = self._wanted or ("" if self.selected is None else self.selected.attribute.name)
        self.facts, self._wanted = facts, ""
        with QSignalBlocker(self.list):
            self.list.clear()
            for each in facts:
                self.list.addItem(QListWidgetItem(each.attribute.name))
            new = QListWidgetItem("New attribute…")
            self.list.addItem(new)
            names = [each.attribute.name for each in facts]
            self.list.setCurrentRow(names.index(before) if before in names else 0)
        self._show_selected()

    @Slot()
    def _show_selected(self) -> None:
        facts = self.selected
        self._pages.setCurrentWidget(self._form if facts is None else self._shown)
        if facts is not None:
            self.name_shown.setText(facts.attribute.name)
            self.values_shown.setText(", ".join(facts.attribute.values))
            self.labelled.setText(attribute_work.labelled_text(facts))
            self._show_message(attribute_work.result_text(facts))
        self._update()

    def _show_message(self, text: str, tone: str = "") -> None:
        label = self.problem if self.selected is None else self.outcome
        label.setProperty("tone", tone)
        theme.restyle(label)
        label.setText(text)

    @Slot()
    def _update(self) -> None:
        facts, training = self.selected, self._training.busy
        possible, problem = self._access.writable and not self._writing and not training, self._access.problem
        form = bool(self.name.text().strip()) and len(attribute_work.values_of(self.values.toPlainText())) > 1
        for button, wanted in (
            (self.add_button, form),
            (self.train_button, facts is not None and facts.trainable),
            (self.remove_button, facts is not None),
        ):
            button.setEnabled(wanted and possible)
            button.setToolTip("" if self._access.writable or problem is None else sentence(problem))
        self.cancel_button.setVisible(training)
        self.progress.setVisible(training)
        self.progress.set_unknown(training)

    # -- what people do -----------------------------------------------------------------------------------------------
    @Slot()
    def add(self) -> None:
        """Define the attribute of the form; one undo removes it."""
        name, values = " ".join(self.name.text().split()), attribute_work.values_of(self.values.toPlainText())
        self._wanted = name

        def added() -> None:
            self.name.clear()
            self.values.clear()
            self.problem.setText("")

        self._perform(partial(own_attributes.add_attribute, name=name, values=values), added)

    @Slot()
    def train(self) -> None:
        """Train the attribute that is shown, in a thread."""
        catalogue, facts = self._access.catalogue, self.selected
        if catalogue is None or facts is None:
            return
        code = facts.attribute.code
        self._training.start(lambda control: attribute_work.train(catalogue, code, control))
        self._show_message(f"Training on {photos(sum(facts.attribute.labelled.values()))}…")
        self._update()

    def _trained(self, changes: Changes) -> None:
        self._access.announce(changes)
        self._read()

    @Slot()
    def remove(self) -> None:
        """Remove the attribute that is shown; one undo brings it back."""
        facts = self.selected
        if facts is None:
            return
        name, labelled = facts.attribute.name, sum(facts.attribute.labelled.values())
        question = f"Remove “{name}” with the labels of {photos(labelled)}? One undo brings it back."
        if message_box.ask(self, question, "Remove", "Keep"):
            self._perform(partial(own_attributes.remove_attribute, name=name), lambda: None)

    def _perform(self, operation: Any, on_done: Any) -> None:
        errors: list[FashionLensError] = []

        def done(_changes: Changes) -> None:
            self._writing = False
            if self._closed:
                return
            if errors:
                self._wanted = ""
                self._failed(errors[0])
            else:
                on_done()
                self._read()

        self._writing = True
        self._update()
        self._access.perform(catching(operation, errors), done)

    def _failed(self, error: FashionLensError) -> None:
        self._show_message(sentence(error), "error")
        self._update()

    # -- set-up -------------------------------------------------------------------------------------------------------
    def _make_controls(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName("Attributes")
        self.list.setFixedWidth(theme.scaled(24 * theme.SPACE))
        self.list.setStyleSheet("QListWidget::item { padding: 5px 6px; }")
        self.name = QLineEdit()
        self.name.setMaxLength(_LONGEST)
        self.name.setPlaceholderText("Such as neckline")
        self.name.setAccessibleName("Name of the attribute")
        self.values = QPlainTextEdit()
        self.values.setPlaceholderText("Round\nV-neck\nCollar")
        self.values.setAccessibleName("Values, one a line")
        self.values.setTabChangesFocus(True)
        self.problem = theme.plain("")
        self.add_button = theme.primary_button("Add", "check")
        self.name_shown = theme.title("", wraps=True)
        self.values_shown, self.labelled, self.outcome = theme.plain(""), theme.plain(""), theme.plain("")
        for label in (self.values_shown, self.labelled, self.outcome):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.train_button = theme.primary_button("Train", "train")
        self.remove_button = theme.quiet_button("Remove…", "trash")
        self.cancel_button = theme.quiet_button("Cancel")
        self.close_button = theme.quiet_button("Close")
        self.progress = ThinProgressBar("Training")
        for button in (self.train_button, self.add_button, self.remove_button, self.cancel_button, self.close_button):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        self._form, self._shown = QWidget(), QWidget()
        layouts.column(
            theme.title("New attribute"),
            theme.muted("What you want to say of photos that FashionLens does not know, such as the neckline."),
            theme.heading("Name"), self.name, theme.heading("Values, one a line"), (self.values, 1), self.problem,
            layouts.row(layouts.FILL, self.add_button), parent=self._form,
        )  # fmt: skip
        how = theme.muted(
            "To label photos, select them in the list and press F3, or choose the value of products. "
            "Ten photos of each value are a start, fifty are better."
        )
        layouts.column(
            self.name_shown, self.values_shown, 1, theme.heading("Labelled photos"), self.labelled, how, 1,
            theme.heading("Training"), self.outcome, self.progress, layouts.FILL,
            layouts.row(self.remove_button, layouts.FILL, self.cancel_button, self.train_button), parent=self._shown,
        )  # fmt: skip
        card = theme.card()
        self._pages = layouts.pages(self._form, self._shown)
        layouts.column(self._pages, parent=card, margins=2)
        layouts.column(
            layouts.row(self.list, (card, 1), spacing=2), layouts.row(layouts.FILL, self.close_button),
            parent=self, spacing=2, margins=3,
        )  # fmt: skip

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._show_selected)
        self.name.textChanged.connect(self._update)
        self.values.textChanged.connect(self._update)
        self.add_button.clicked.connect(self.add)
        self.train_button.clicked.connect(self.train)
        self.remove_button.clicked.connect(self.remove)
        self.cancel_button.clicked.connect(self._training.stop)
        self.close_button.clicked.connect(self.accept)
