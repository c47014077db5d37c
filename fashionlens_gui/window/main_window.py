"""The main window: composes the tabs, the menus and the status bar."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import shiboken6
from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QPushButton, QTabWidget, QToolButton, QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages import sentence as sentence_of
from fashionlens_gui.settings import Settings, Theme
from fashionlens_gui.window.catalogue.action import CatalogueAction
from fashionlens_gui.window.improve.action import ImproveAction
from fashionlens_gui.window.menus import AttributeMenu, Menus, view_actions
from fashionlens_gui.window.model_button import ModelButton
from fashionlens_gui.window.photo_tools import PhotoTools
from fashionlens_gui.window.products.actions import ProductActions
from fashionlens_gui.window.shell import icons, layouts, message_box, responsive_import, theme, workers
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.drop_overlay import DropOverlay
from fashionlens_gui.window.shell.keys import native
from fashionlens_gui.window.shell.widgets import LazyPage
from fashionlens_gui.window.shop_menu import ShopMenu
from fashionlens_gui.window.status_bar import fill_status_bar
from trainer.control import WorkControl
from trainer.errors import FashionLensError
from trainer.model_files.checks import are_model_files

if TYPE_CHECKING:
    from fashionlens_gui.window.models.panel import ModelsPanel
    from fashionlens_gui.window.results.panel import ResultsPanel
    from fashionlens_gui.window.train.panel import TrainPanel

_FIRST_SIZE = QSize(1280, 800)
_SMALLEST_SIZE = QSize(960, 528)  # fits 1366 × 768 at 125 % with the task bar and the title
_TAB_ICON = QSize(20, 20)

TAG, TRAIN, RESULTS, MODELS = range(4)
"""Indices of the tabs."""
_TABS = (("Tag", "tag"), ("Train", "train"), ("Results", "results"), ("Models", "model"))


class Panel(Protocol):
    """What the window calls on each tab."""

    def close_question(self) -> str | None:
        """The question to ask before closing, or None when nothing would be interrupted."""

    def shutdown(self) -> None:
        """Stop all work, wait for it, and save."""


class MainWindow(QMainWindow):
    """The tabs Tag, Train, Results and Models, the menus, the status bar, and dropping files.

    Args:
        settings: Read at the start, written on closing.
        active_model: Shared by the views; the window does not start it.
    """

    first_painted = Signal()
    """Emitted once, after the first paint."""
    started = Signal()
    """The start is over: the model was loaded, or could not be, and the other tabs are imported."""

    def __init__(self, settings: Settings, active_model: ActiveModel) -> None:
        super().__init__()
        from fashionlens_gui.window.tag.panel import TagPanel

        self._settings = settings
        self._active_model = active_model
        self._painted = False
        self._closed = self._quitting = False
        self.catalogue_access = CatalogueAccess(self)
        self._tag_status = ""  # the status line of the Tag view
        self._warm_up_slot = workers.WorkerSlot[None, int](
            "importing the other views", self, on_result=self._show_unfinished, on_end=self.started.emit
        )
        self.setWindowTitle("FashionLens")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(_SMALLEST_SIZE)
        self.tag_panel = TagPanel(active_model, settings, self.catalogue_access)
        self._train_page = LazyPage(self._make_train_panel)
        self._results_page = LazyPage(self._make_results_panel)
        self._models_page = LazyPage(self._make_models_panel)
        self.views = self._build_views()
        self.catalogue_action = CatalogueAction(self.catalogue_access, lambda: self.tag_panel.queue.busy, self)
        self.photo_tools = PhotoTools(self.tag_panel, self.catalogue_access, active_model, settings, self)
        watching = self.photo_tools.watching
        watching.open_asked.connect(self.bring_to_front)
        watching.quit_asked.connect(self.quit)
        self._lay_out()
        self._overlay = DropOverlay(self)
        self._overlay.dropped.connect(self._dropped)
        self._overlay.similar_dropped.connect(self._similar_dropped)
        self._build_menus()
        self._build_status_bar()
        self._restore_geometry()
        self.first_painted.connect(responsive_import.QtClassMaker(self).start)
        for loaded in (active_model.ready, active_model.failed):
            loaded.connect(self._warm_up, Qt.ConnectionType.SingleShotConnection)
        self.catalogue_access.open()

    # -- the parts ----------------------------------------------------------------------------------------------------
    def _build_views(self) -> QTabWidget:
        views = QTabWidget()
        views.setObjectName("views")
        views.setDocumentMode(True)
        views.setIconSize(_TAB_ICON)
        views.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click is for what is below the tabs
        pages: tuple[QWidget, ...] = (self.tag_panel, self._train_page, self._results_page, self._models_page)
        for page, (text, icon) in zip(pages, _TABS, strict=True):
            place = views.addTab(page, icons.icon(icon, "text_muted"), text)
            views.setTabToolTip(place, f"{text} ({native(f'Ctrl+{place + 1}')})")
        views.currentChanged.connect(self._view_changed)
        return views

    def _lay_out(self) -> None:
        centre = QWidget()
        notices = (self.catalogue_action.notice, *self.photo_tools.notices)
        layouts.column(layouts.column(*notices, margins=(2, 1, 2, 1)), (self.views, 1), parent=centre, spacing=0)
        self.setCentralWidget(centre)
        self.tag_panel.setFocus()

    def _build_menus(self) -> None:
        tag = self.tag_panel
        actions = tag.tag_actions
        photo_actions = (actions.add_files, actions.add_folder, actions.export)
        tag_actions = (
            actions.undo, actions.redo, actions.review, actions.review_groups, actions.sort_by_usefulness, actions.copy,
            actions.find, actions.similar, actions.similar_to_file, actions.back, actions.clear, actions.forget,
        )  # fmt: skip
        self.shops = ShopMenu(tag, self._settings, self)
        self.shops.tags_asked.connect(self._show_tags)
        self.shops.training_asked.connect(self._train_on)
        self.improve = ImproveAction(self._active_model, self.catalogue_access, self)
        self.products = ProductActions(tag, self.catalogue_access, self._active_model, self._settings, self)
        self.products.shown.connect(self._show_tags)
        file_actions = (*photo_actions, *self.shops.all, self.catalogue_action.action)
        edit_actions = (*tag_actions, self.improve.action)
        for action in (*photo_actions, *tag_actions, *self.photo_tools.actions):
            # Undone or copied where one cannot see it would be worse than a change of view.
            action.triggered.connect(self._show_tags)
        views = view_actions(self, _TABS, self.views.setCurrentIndex, self._step_view)
        self._menus = Menus(
            self,
            file_actions=file_actions,
            edit_actions=edit_actions,
            product_actions=self.products.actions(),
            photo_actions=self.photo_tools.actions,
            view_actions=views,
            sidebar=actions.sidebar,
            attributes=AttributeMenu(self._settings, self._attributes_changed, self),
            theme=self._settings.theme,
            choose_theme=self.choose_theme,
            leave=self.quit,
        )

    def _build_status_bar(self) -> None:
        self.tag_panel.status.connect(self._set_tag_status)
        button = ModelButton(self._active_model)
        button.manage_asked.connect(partial(self.views.setCurrentIndex, MODELS))
        self._status = fill_status_bar(self.statusBar(), self._menus.show_about, button)

    def _make_train_panel(self) -> TrainPanel:
        from fashionlens_gui.window.train.panel import TrainPanel

        panel = TrainPanel(self._active_model, self._settings)
        panel.model_trained.connect(self.show_results)
        return panel

    def _make_results_panel(self) -> ResultsPanel:
        from fashionlens_gui.window.results.panel import ResultsPanel

        return ResultsPanel(self._active_model, self._settings)

    def _make_models_panel(self) -> ModelsPanel:
        from fashionlens_gui.window.models.panel import ModelsPanel

        return ModelsPanel(self._active_model, self._settings)

    # -- what the user does -------------------------------------------------------------------------------------------
    @Slot(int)
    def _view_changed(self, place: int) -> None:
        self._show_status()
        if place == TRAIN:
            self.views.setTabText(TRAIN, "Train")  # it shows the unfinished trainings itself
        page = self.views.widget(place)
        if isinstance(page, LazyPage):
            page.ensure()

    def _step_view(self, step: int) -> None:
        self.views.setCurrentIndex((self.views.currentIndex() + step) % self.views.count())

    @Slot(str)
    def _set_tag_status(self, text: str) -> None:
        self._tag_status = text
        self._show_status()

    def _show_status(self) -> None:
        """The Tag tab's status, while that tab is shown."""
        self._status.setText(self._tag_status if self.views.currentIndex() == TAG else "")

    @Slot()
    def _show_tags(self) -> None:
        self.views.setCurrentIndex(TAG)

    @Slot(object)
    def _train_on(self, labels: Path) -> None:
        """Offer to train on the photos of a table."""
        self.views.setCurrentIndex(TRAIN)
        self._train_page.ensure().train_on(str(labels))

    @Slot(object)
    def show_results(self, path: Path) -> None:
        self.views.setCurrentIndex(RESULTS)
        self._results_page.ensure().show_model(path)

    @Slot(object)
    def _dropped(self, paths: Sequence[Path]) -> None:
        if are_model_files(paths):
            self.views.setCurrentIndex(MODELS)
            self._models_page.ensure().import_files(paths)
            return
        self._show_tags()
        self.tag_panel.add_paths(paths)

    @Slot(object)
    def _similar_dropped(self, path: Path) -> None:
        self._show_tags()
        self.tag_panel.similar_list.find_like_file(path)

    @Slot()
    def bring_to_front(self) -> None:
        self.setWindowState((self.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.setQuitOnLastWindowClosed(True)  # it may have been in the tray

    def choose_theme(self, choice: Theme) -> None:
        """Apply and save a theme: "system", "light" or "dark"."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._settings.theme = choice
        theme.apply(application, choice)
        self._save_settings()

    def _attributes_changed(self) -> None:
        self._save_settings()
        self.tag_panel.show_attributes()

    # -- life ---------------------------------------------------------------------------------------------------------
    def _restore_geometry(self) -> None:
        kept = QByteArray.fromBase64(QByteArray(self._settings.window_geometry.encode("ascii", "ignore")))
        if kept.isEmpty() or not self.restoreGeometry(kept):
            screen = QGuiApplication.primaryScreen()
            room = screen.availableSize() * 0.95 if screen else _FIRST_SIZE
            self.resize(_FIRST_SIZE.boundedTo(room).expandedTo(_SMALLEST_SIZE))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._overlay.listen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the focused button, as Space does; Qt has that in dialogs only.

        What gives Enter a meaning of its own, as the review does, has taken the key before it comes here.
        """
        button = self.focusWidget()
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.isAutoRepeat() and isinstance(button, QPushButton | QToolButton):
            button.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            # In the next round the children are painted too and the picture is on its way to the screen.
            QTimer.singleShot(0, self.first_painted.emit)

    @Slot()
    def _warm_up(self) -> None:
        """After the model is loaded: import the other tabs, so that they open at once."""
        if not self._closed:
            responsive_import.make_qt_classes()
            self._warm_up_slot.start(_import_other_views)

    def _show_unfinished(self, count: int) -> None:
        """Say beside the tab that trainings are unfinished, until it is opened."""
        if count and self.views.currentIndex() != TRAIN:
            self.views.setTabText(TRAIN, f"Train ({count} unfinished)")

    def panels(self) -> list[Panel]:
        made = (self.tag_panel, self._train_page.panel, self._results_page.panel, self._models_page.panel)
        return [panel for panel in made if panel is not None]

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closed:
            event.accept()
            return
        if not self._quitting and self.photo_tools.watching.hide_in_tray():
            event.ignore()
            return
        questions = [question for panel in self.panels() if (question := panel.close_question())]
        if questions and not message_box.ask(self, "\n\n".join(questions), "Close FashionLens", "Keep working"):
            event.ignore()
            return
        self.shut_down()
        event.accept()

    @Slot()
    def quit(self) -> None:
        """Close the window and end the program, also where closing would leave it in the tray."""
        self._quitting = True
        if self.close():
            QApplication.quit()
        self._quitting = False

    def shut_down(self) -> None:
        """Stop and save everything without a question; once."""
        if self._closed:
            return
        self._closed = True
        for slot in workers.busy_slots():
            slot.control.stop()  # all at once, so that the waiting below adds up to the slowest one only
        self.improve.shutdown()
        self.shops.shutdown()
        self.products.shutdown()
        self.photo_tools.shutdown()
        self.catalogue_action.shutdown()
        self._active_model.shutdown()
        for panel in self.panels():
            try:
                panel.shutdown()
            except FashionLensError as error:
                message_box.error(self, error)
        self.catalogue_access.shutdown()
        self._settings.window_geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self._save_settings()

    def destroy_now(self) -> None:
        """After :meth:`shut_down`, at the end of the program: destroy all widgets while the application exists.

        Left to Python, the application may be destroyed first, and Qt then aborts on widgets without one.
        """
        self.shut_down()
        self.close()
        shiboken6.delete(self)

    def _save_settings(self) -> None:
        if error := self._settings.save_or_log():
            self._status.setText(sentence_of(error))


def _import_other_views(_control: WorkControl) -> int:
    """Returns the number of unfinished trainings."""
    with responsive_import.frequent_switches():
        import fashionlens_gui.window.models.panel
        import fashionlens_gui.window.results.panel
        import fashionlens_gui.window.train.panel  # noqa: F401
    from trainer.training.runs.job import interrupted_runs

    return len(interrupted_runs(paths.runs_dir()))
