"""What the Results tab shows while there are no results: an offer, the progress or an error."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from fashionlens_gui.past_evaluations import PastEvaluation
from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.widgets import IconLabel, ThinProgressBar

_ICON_SIDE = 6 * theme.SPACE
_TEXT_WIDTH = 68 * theme.SPACE


class Placeholder(QWidget):
    """Icon, title, text and a button or a progress bar, centred."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon = self._icon = IconLabel(_ICON_SIDE)
        self.title = theme.title("", wraps=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setMinimumWidth(1)  # a long name wraps
        self.text = theme.muted("")
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setFixedWidth(_TEXT_WIDTH)
        self.button = theme.primary_button("Evaluate", "play")
        self._progress = ThinProgressBar()
        self._progress.setFixedWidth(40 * theme.SPACE)
        middle = Qt.AlignmentFlag.AlignHCenter
        rows = [(each, middle) for each in (self.text, self.button, self._progress)]
        above, below = (None, 2), (None, 3)
        layouts.column(above, (icon, middle), self.title, *rows, below, parent=self, spacing=2, margins=None)
        self.offer_evaluation("")

    def offer_evaluation(self, model: str, past: PastEvaluation | None = None) -> None:
        """Offer to evaluate ``model``, empty when there is none; ``past`` is its last evaluation on these photos."""
        if not model:
            self._show("model", "accent", "No model yet", "Train one in the Train tab. Its results are shown here.")
            return
        self._show(
            "results",
            "accent",
            f"How good is “{model}”?",
            (f"Last time it was correct on {past.sentence}.\n\n" if past else "")
            + "The model names photos whose category is known. You see how often it is correct, which categories it "
            "confuses, and the photos it got wrong.",
            "Evaluate again" if past else "Evaluate",
        )

    def ask_for_folder(self, model: str) -> None:
        self._show(
            "folder",
            "accent",
            f"Which photos should “{model}” be tested on?",
            "Choose a folder with one folder per category, each with photos that were not used for training.",
            "Choose a folder…",
            "folder",
        )

    def show_error(self, sentence: str) -> None:
        self._show("warning", "review", "This could not be evaluated", sentence, "Try again")

    def show_progress(self, model: str, text: str, done: int, total: int) -> None:
        """``model`` is being evaluated; ``total`` is 0 when unknown."""
        self._show("results", "accent", f"Evaluating “{model}”", text)
        self._progress.show()
        self._progress.show_progress(done, total)

    def _show(self, icon: str, colour: str, title: str, text: str, button: str = "", button_icon: str = "play") -> None:
        self._icon.set_icon(icon, colour)
        self.title.setText(title)
        self.text.setText(text)
        self.text.setMinimumHeight(self.text.heightForWidth(_TEXT_WIDTH))
        self.button.setText(button)
        self.button.setIcon(icons.icon(button_icon, "accent_text"))
        self.button.setVisible(bool(button))
        self._progress.hide()
