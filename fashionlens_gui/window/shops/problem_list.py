"""What a shop would refuse or change: all of it, or one rule at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.shops.problem import Problem
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.shops.profile_names import RULE_TITLES
from fashionlens_gui.window.shops.text_table import TextTable
from trainer.number_format import number

_COLUMNS = ("", "Row", "Column", "Product", "What is wrong")


class ProblemList(QWidget):
    """A table of problems with a choice of rules."""

    opened = Signal(object)
    """The problem of a row that was double-clicked, or on which Enter was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self._problems: Sequence[Problem] = ()
        self._texts: Sequence[Sequence[str]] = ()
        self._listed: list[int] = []
        self._nothing = theme.muted("Nothing that the shop is known to refuse or to change.")
        self.rule_choice = ChoiceBox()
        self.rule_choice.setAccessibleName("Which problems")
        self.table = TextTable("What the shop would refuse or change", stretched=4)
        layouts.column(self._nothing, self.rule_choice, (self.table, 1), parent=self, margins=(0, 1, 0, 0))
        self.rule_choice.activated.connect(self._list)
        self.table.opened.connect(lambda row: self.opened.emit(self._problems[self._listed[row]]))

    def show_problems(self, problems: Sequence[Problem], texts: Sequence[Sequence[str]]) -> None:
        """Show problems and their rows of texts; the rule that was chosen stays."""
        self._problems, self._texts = problems, texts
        chosen = self.rule_choice.currentData()
        self.rule_choice.clear()
        self.rule_choice.addItem(f"All problems ({number(len(problems))})")
        for (code, column), count in Counter((each.code, each.column) for each in problems).most_common():
            text = RULE_TITLES.get(code, code.replace("_", " "))
            what = f"{column}: {text}" if column else text[:1].upper() + text[1:]
            self.rule_choice.addItem(f"{what} ({number(count)})", (code, column))
        place = next((at for at in range(self.rule_choice.count()) if self.rule_choice.itemData(at) == chosen), 0)
        self.rule_choice.setCurrentIndex(place)
        self._list()

    @Slot()
    def _list(self, *_: object) -> None:
        chosen = self.rule_choice.currentData()
        self._listed = [
            at for at, each in enumerate(self._problems) if chosen is None or (each.code, each.column) == tuple(chosen)
        ]
        shown = [self._texts[at] for at in self._listed]
        self.table.show_rows(_COLUMNS, shown, ["error" if row[0] == "Refused" else "" for row in shown])
        for widget in (self.table, self.rule_choice):
            widget.setVisible(bool(self._problems))
        self._nothing.setVisible(not self._problems)
