"""The dialog “Export to a shop”: profile, mode, the rows as the shop will see them, what it would refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QTabWidget, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.shops.problem import Problem
from fashionlens_gui.shops.profile import Mode, Profile
from fashionlens_gui.window.shell import file_choice, layouts, message_box, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.widgets import SegmentedChoice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.shops import export_work
from fashionlens_gui.window.shops.asked_values import AskedValues
from fashionlens_gui.window.shops.export_texts import summary_text, written_text
from fashionlens_gui.window.shops.export_work import Checked, ProductScope, Wanted, Written
from fashionlens_gui.window.shops.image_options import ImageOptions
from fashionlens_gui.window.shops.problem_list import ProblemList
from fashionlens_gui.window.shops.profile_names import LANGUAGES, PLATFORMS, profile_title
from fashionlens_gui.window.shops.text_table import TextTable
from fashionlens_gui.window.shops.work_dialog import WorkDialog, dialog_button, named_choice
from trainer.errors import FashionLensError
from trainer.number_format import number

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shops.history_dialog import HistoryDialog
    from fashionlens_gui.window.shops.profile_editor import ProfileEditor

_SIZE = QSize(124 * theme.SPACE, 82 * theme.SPACE)
_PAUSE_MS = 250
PREVIEW, PROBLEMS, VALUES, IMAGES = range(4)
"""Indices of the tabs."""


class ExportDialog(WorkDialog):
    """Asks what to export, shows it, and writes it.

    Args:
        access: The catalogue.
        scopes: Which products can be exported, the usual first.
        settings: The last profile, and per profile what was typed for all products.
        parent: The window.

    Attributes:
        checked: What would be written; None until that is known.
    """

    photos_asked = Signal(list)
    """Show these photos, ids, in the Tag tab."""

    def __init__(
        self, access: CatalogueAccess, scopes: Sequence[ProductScope], settings: Settings, parent: QWidget
    ) -> None:
        super().__init__("Export to a shop", access, parent)
        self._settings, self._scopes = settings, list(scopes)
        self._profiles: dict[str, Profile] = {}
        self.checked: Checked | None = None
        self.editor: ProfileEditor | None = None
        self.history: HistoryDialog | None = None
        self._products_known = False
        self._check_slot = WorkerSlot[None, Checked](
            "checking an export",
            self,
            mode="latest",
            on_result=self._show_checked,
            on_error=self._not_checked,
            on_end=self.update_buttons,
        )
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._check)
        self._build()
        self._connect()
        self.resize_within(_SIZE)
        self.read_profiles(settings.shop_profile)

    @property
    def busy(self) -> bool:
        """Something is being read, checked or written."""
        return super().busy or self._check_slot.busy or self._pause.isActive()

    # -- building -----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.profile_choice = named_choice("Shop")
        self.scope_choice = named_choice("Products")
        for scope in self._scopes:
            self.scope_choice.addItem(scope.text)
        self.language_choice = named_choice("Language of names")
        for code, name in LANGUAGES.items():
            self.language_choice.addItem(name, code)
        self.language_choice.setMinimumContentsLength(max(map(len, LANGUAGES.values())))
        self.columns_button = dialog_button("Columns…")
        self.columns_button.setToolTip("Order, names and content of the columns; save as a profile of your own")
        self.mode_choice = SegmentedChoice((("New products", "new"), ("Update", "update")), "Kind of file")
        self.mode_choice.button("new").setToolTip("All columns, for products that the shop does not have yet")
        self.mode_choice.button("update").setToolTip("Only the columns that change, for products that the shop has")
        self._mode: Mode = "new"
        self.changed_box = QCheckBox("Only new or changed since the last export")
        self.reviewed_box = QCheckBox("Without products that need review")
        chosen = layouts.row(
            theme.muted("Shop"), (self.profile_choice, 2), self.columns_button, 1,
            theme.muted("Products"), (self.scope_choice, 3), 1,
            theme.muted("Language"), self.language_choice,
        )  # fmt: skip
        kind = layouts.row(self.mode_choice, 1, self.changed_box, 1, self.reviewed_box, layouts.FILL)
        self.part_choice = named_choice("File")
        self.preview = TextTable("The first rows as the shop will see them")
        self.problems = ProblemList()
        self.values = AskedValues()
        self.images = ImageOptions(self._settings)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.join_button = dialog_button("Join a table…", "folder")
        self._values_text = theme.muted(
            "These values are in no photo. They come from tables that you joined; what you type here holds for all "
            "products that no table names."
        )
        for page, text in (
            (layouts.column(self.part_choice, (self.preview, 1), margins=(0, 1, 0, 0)), "Preview"),
            (layouts.column((self.problems, 1)), "Problems"),
            (
                layouts.column(
                    layouts.row((self._values_text, 1), self.join_button), (self.values, 1), margins=(0, 1, 0, 0)
                ),
                "Values",
            ),
            (layouts.column((self.images, 1), margins=(0, 1, 0, 0)), "Images"),
        ):
            holder = QWidget()
            holder.setLayout(page)
            self.tabs.addTab(holder, text)
        self.summary = theme.plain("Reading the products…")
        self.history_button, self.close_button = dialog_button("History…", "undo"), dialog_button("Close")
        self.export_button = theme.primary_button("Export…", "export")
        layouts.column(
            self.notice,
            chosen,
            kind,
            (self.tabs, 1),
            self.work,
            layouts.row(self.history_button, 1, (self.summary, 1), self.close_button, self.export_button),
            parent=self,
            spacing=1.5,
            margins=(3, 2, 3, 2),
        )
        self.part_choice.hide()
        self.export_button.setEnabled(False)

    def _connect(self) -> None:
        self.profile_choice.activated.connect(self._profile_chosen)
        self.scope_choice.activated.connect(self._read_again)
        self.language_choice.activated.connect(self._ask)
        self.mode_choice.chosen.connect(self._mode_chosen)
        for box in (self.changed_box, self.reviewed_box):
            box.toggled.connect(self._ask)
        self.values.edited.connect(self._value_edited)
        self.join_button.clicked.connect(self._join)
        self.images.changed.connect(self._images_changed)
        self.part_choice.activated.connect(self._show_part)
        self.problems.opened.connect(self._open_problem)
        self.columns_button.clicked.connect(self._edit_columns)
        self.history_button.clicked.connect(self._open_history)
        self.close_button.clicked.connect(self.reject)
        self.export_button.clicked.connect(self._export)
        self._access.changed.connect(self._read_again)

    # -- the profile --------------------------------------------------------------------------------------------------
    def read_profiles(self, chosen: str) -> None:
        """Read all profiles again and choose one by its name."""

        def show(found: tuple[dict[str, Profile], list[FashionLensError]]) -> None:
            self._profiles, errors = found
            self.profile_choice.clear()
            for name in self._profiles:
                self.profile_choice.addItem(profile_title(name), name)
            self.profile_choice.setCurrentIndex(max(0, self.profile_choice.findData(chosen)))
            if errors:
                self.notice.show_message("warning", " ".join(map(sentence, errors)))
            self._profile_chosen()

        self.run(export_work.profiles, show)

    @property
    def profile_name(self) -> str:
        """By which the chosen profile is found."""
        return str(self.profile_choice.currentData() or "")

    @property
    def profile(self) -> Profile | None:
        """The chosen one with what was typed; None until profiles are read."""
        found = self._profiles.get(self.profile_name)
        if found is None:
            return None
        typed = self._settings.shop_values.get(self.profile_name, {})
        return msgspec.structs.replace(
            export_work.with_constants(found, {name: text for name, text in typed.items() if name != "image_url"}),
            language=self.language_choice.currentData(),
            image_url=typed.get("image_url", found.image_url),
            thumbnails=found.thumbnails or self.images.thumbnails,
        )

    @Slot()
    def _profile_chosen(self) -> None:
        profile = self._profiles.get(self.profile_name)
        if profile is None:
            return
        self._settings.shop_profile = self.profile_name
        self.language_choice.setCurrentIndex(max(0, self.language_choice.findData(profile.language)))
        typed = self._settings.shop_values.get(self.profile_name, {})
        self.images.show_profile(profile, typed.get("image_url", profile.image_url))
        self._ask()

    @Slot(object)
    def _mode_chosen(self, mode: Mode) -> None:
        self._mode = mode
        self._ask()

    @Slot(str, str)
    def _value_edited(self, name: str, text: str) -> None:
        self._settings.shop_values.setdefault(self.profile_name, {})[name] = text
        self._ask()

    @Slot()
    def _join(self) -> None:
        """Join a table of the shop by its column of SKUs, such as one of prices."""
        kinds = "Tables (*.csv *.tsv *.txt *.xlsx *.xlsm);;All files (*)"
        file = file_choice.open_file(self, self._settings, "A table with SKUs, prices, links…", kinds)
        if file is not None:
            self._access.perform(
                partial(export_work.join_table, file=file), lambda _changes: self._joined(file), self.show_error
            )

    def _joined(self, file: Path) -> None:
        if not self._closed:
            self.notice.show_message("check", f"{file.name} is joined by its SKUs. Undo takes it back.")

    @Slot()
    def _images_changed(self) -> None:
        if self.profile_name:
            self._settings.shop_values.setdefault(self.profile_name, {})["image_url"] = self.images.address
        self._ask()

    @Slot()
    def _edit_columns(self) -> None:
        from fashionlens_gui.window.shops.profile_editor import ProfileEditor

        profile = self.profile
        if profile is not None:
            products = self.checked.products if self.checked is not None else []
            self.editor = ProfileEditor(self._access, self.profile_name, profile, products, self._settings, self)
            self.editor.saved.connect(self.read_profiles)
            self.editor.open()

    # -- checking -----------------------------------------------------------------------------------------------------
    @Slot()
    def _read_again(self, *_: object) -> None:
        self._products_known = False
        self._ask()

    @Slot()
    def _ask(self, *_: object) -> None:
        """Check soon, once for all that is typed meanwhile."""
        self._pause.start()

    @property
    def _scope(self) -> ProductScope:
        return self._scopes[max(0, self.scope_choice.currentIndex())]

    def _wanted(self, profile: Profile) -> Wanted:
        return Wanted(profile, self._mode, self.changed_box.isChecked(), self.reviewed_box.isChecked())

    @Slot()
    def _check(self) -> None:
        catalogue, profile = self._access.catalogue, self.profile
        if catalogue is None or profile is None or self._closed:
            return
        known = self.checked.products if self.checked is not None and self._products_known else None
        self._products_known = True
        self._check_slot.start(partial(export_work.check_export, catalogue, self._scope, self._wanted(profile), known))
        self.update_buttons()

    def _show_checked(self, checked: Checked) -> None:
        if self._closed:
            return
        self.checked = checked
        plan = checked.plan
        self.part_choice.clear()
        for part in plan.parts:
            what = "products to update" if part.mode == "update" else "products"
            self.part_choice.addItem(f"{number(len(part.written.products))} {what}")
        self.part_choice.setVisible(len(plan.parts) > 1)
        self._show_part()
        self.problems.show_problems(checked.problems, checked.problem_texts)
        count = len(checked.problems)
        self.tabs.setTabText(PROBLEMS, f"Problems ({number(count)})" if count else "Problems")
        profile = checked.profile
        self.values.show_facts(checked.asked, profile.constants, len(checked.products))
        missing = sum(problem.code == "unknown_fact" for problem in checked.problems)
        self.tabs.setTabText(VALUES, f"Values ({missing} missing)" if missing else "Values")
        self.images.show_result(checked.image_address)
        self.summary.setText(summary_text(checked))

    def _not_checked(self, error: FashionLensError) -> None:
        if not self._closed:
            self.checked, self._products_known = None, False
            self.preview.show_rows((), [])
            self.summary.setText("")
            self.show_error(error)

    @Slot()
    def _show_part(self, *_: object) -> None:
        if self.checked is None or not self.checked.previews:
            self.preview.show_rows((), [])
            return
        shown = self.checked.previews[max(0, self.part_choice.currentIndex())]
        self.preview.show_rows(shown.columns, shown.rows)

    @Slot(object)
    def _open_problem(self, problem: Problem) -> None:
        """Show the photos of the product that a problem is about."""
        if self.checked is None:
            return
        found = next((each for each in self.checked.products if problem.sku and each.sku == problem.sku), None)
        if found is not None:
            self.photos_asked.emit([photo.id for photo in found.photos])
        elif problem.code == "unknown_fact":
            self.tabs.setCurrentIndex(VALUES)

    # -- writing ------------------------------------------------------------------------------------------------------
    @Slot()
    def _export(self) -> None:
        checked, catalogue, profile = self.checked, self._access.catalogue, self.profile
        if checked is None or catalogue is None or profile is None or self.busy:
            return
        if checked.refused and profile.platform != "plain":
            question = (
                f"There are {number(checked.refused)} problems for which {PLATFORMS[profile.platform]} would refuse "
                "rows. Such products do not count as exported.\n\nExport all the same?"
            )
            if not message_box.ask(self, question, "Export", "Look at them"):
                self.tabs.setCurrentIndex(PROBLEMS)
                return
        name = f"{'products' if self.profile_name in ('csv', 'xlsx') else self.profile_name}{profile.suffix}"
        kinds = f"{profile_title(self.profile_name)} (*{profile.suffix})"
        target = file_choice.save_file(self, self._settings, "Export to a shop", name, kinds)
        if target is not None:
            self.write(target)

    def write(self, target: Path) -> None:
        """Write what was checked."""
        checked, catalogue, profile = self.checked, self._access.catalogue, self.profile
        if checked is None or catalogue is None or profile is None:
            return
        self._settings.save_or_log()
        wanted = self._wanted(profile)
        self.run(
            partial(export_work.write_export, catalogue, wanted, checked.products, target, self.images.copies),
            self._report,
            "starting",
        )

    def _report(self, written: Written) -> None:
        kind, text = written_text(written)
        show: list[tuple[str, Callable[[], object]]] = []
        if written.parts:
            file = written.parts[0][1]
            show = [("Show in folder", lambda: file_choice.show_in_folder(file))]
        self._ask()
        self.notice.show_message(kind, text, show)

    def update_buttons(self) -> None:
        ready = self.checked is not None and self.checked.count > 0 and not super().busy
        self.export_button.setEnabled(ready and not self._check_slot.busy)
        self.columns_button.setEnabled(bool(self._profiles))
        self.join_button.setEnabled(not self.why_not_writable)
        self.join_button.setToolTip(self.why_not_writable or "CSV or Excel with a column of SKUs")
        checking = self._check_slot.busy and self.checked is None
        self.tabs.setEnabled(not checking)

    @Slot()
    def _open_history(self) -> None:
        from fashionlens_gui.window.shops.history_dialog import HistoryDialog

        self.history = HistoryDialog(self._access, self._settings, self)
        self.history.open()

    def shutdown(self) -> None:
        self._pause.stop()
        self._check_slot.stop()
        super().shutdown()
        self._check_slot.shutdown(30_000)
        self._settings.save_or_log()
