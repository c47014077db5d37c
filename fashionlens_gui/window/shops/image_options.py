"""Where the shop finds the images of an export, and whether copies of them are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from fashionlens_gui.shops.image_copies import CopyFormat
from fashionlens_gui.shops.profile import Profile
from fashionlens_gui.window.shell import file_choice, layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.shops.export_work import Copies

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_EXAMPLE = "https://example.com/pictures/{image_name|url}"


class CopyFields(QWidget):
    """The folder and the format of copies, and whether they replace other files.

    Args:
        settings: The folder of the last file dialog.
    """

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.folder_field = QLineEdit()
        self.folder_field.setPlaceholderText("Folder of the copies")
        self.folder_field.setAccessibleName("Folder of the copies")
        self.folder_button = theme.quiet_button("Choose…", "folder")
        self.folder_button.setAutoDefault(False)
        self.format_choice = ChoiceBox()
        self.format_choice.setAccessibleName("Format of copies that are encoded anew")
        for name in ("JPEG", "WebP"):
            self.format_choice.addItem(name)
        self.format_choice.setMinimumContentsLength(5)
        self.replace_box = QCheckBox("Replace other files of the same name")
        layouts.column(
            layouts.row((self.folder_field, 1), self.folder_button, self.format_choice), self.replace_box, parent=self
        )
        self.folder_button.clicked.connect(self._choose)
        self.folder_field.textChanged.connect(self.changed)

    @property
    def copies(self) -> Copies | None:
        """Where and how; None without a folder."""
        folder = self.folder_field.text().strip()
        if not folder:
            return None
        format: CopyFormat = "WebP" if self.format_choice.currentText() == "WebP" else "JPEG"
        return Copies(Path(folder), format, self.replace_box.isChecked())

    @Slot()
    def _choose(self) -> None:
        chosen = file_choice.choose_folder(self, self._settings, "Folder of the copies")
        if chosen is not None:
            self.folder_field.setText(str(chosen))


class ImageOptions(QWidget):
    """The address of images, copies, thumbnails.

    Args:
        settings: The folder of the last file dialog.
    """

    changed = Signal()
    """The address or the thumbnails are other ones."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.address_field = QLineEdit()
        self.address_field.setPlaceholderText(_EXAMPLE)
        self.address_field.setAccessibleName("Address of images")
        self.result = theme.muted("")
        self.copy_box = QCheckBox("Write copies as the shop wants them: its formats, sizes and colours")
        self.copy_box.setToolTip("The photos themselves are not touched. Copies do not say where a photo was taken.")
        self.fields = CopyFields(settings)
        self.fields.setEnabled(False)
        self.thumbnails_box = QCheckBox("Show the main photo of each product in the Excel file")
        layouts.column(
            theme.heading("Address"),
            theme.muted("Where the shop finds an image on the web. {image_name} is the name of its file."),
            self.address_field,
            self.result,
            1,
            theme.heading("Copies"),
            self.copy_box,
            self.fields,
            1,
            self.thumbnails_box,
            layouts.FILL,
            parent=self,
        )
        self.address_field.textEdited.connect(self.changed)
        self.thumbnails_box.toggled.connect(self.changed)
        self.copy_box.toggled.connect(self.fields.setEnabled)

    @property
    def address(self) -> str:
        """The template."""
        return self.address_field.text().strip()

    @property
    def thumbnails(self) -> bool:
        return self.thumbnails_box.isVisibleTo(self) and self.thumbnails_box.isChecked()

    @property
    def copies(self) -> Copies | None:
        """Where and how; None where none are wanted."""
        return self.fields.copies if self.copy_box.isChecked() else None

    def show_profile(self, profile: Profile, address: str) -> None:
        self.address_field.setText(address)
        self.thumbnails_box.setVisible(profile.file == "xlsx")

    def show_result(self, address: str) -> None:
        """Say what the address of the first product's image is."""
        self.result.setText(f"First product: {address}" if address else "")
