"""The form of the Train tab."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QFileDialog, QLabel, QLineEdit, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell.workers import busy_slots
from fashionlens_gui.window.train.charts.monitor import EmptyState
from fashionlens_gui.window.train.form.fields import LearningRateBox, number_box
from fashionlens_gui.window.train.form.form import TrainForm
from fashionlens_gui.window.train.form.starting_point import StartingPoint
from tests.tiny_model import tiny_model
from trainer.data import labelled_photos
from trainer.data.csv_encoding import choose_encoding
from trainer.data.data_paths import FASHION_MNIST
from trainer.model_files.library import ModelLibrary
from trainer.recipe import DEFAULTS, ProbeRecipe, fine_tuning

NOTHING = [StartingPoint("cnn"), StartingPoint("resnet-mini"), StartingPoint("wide-resnet")]


@pytest.fixture
def form(qtbot: QtBot) -> TrainForm:
    form = TrainForm(Settings(train_on=FASHION_MNIST))
    qtbot.addWidget(form)
    form.resize(368, 600)
    form.show()
    return form


LOCALES = ("C", "en_US", "de_DE", "de_CH", "fr_FR", "ar_EG", "hi_IN")


@pytest.fixture(params=LOCALES)
def locale(request: pytest.FixtureRequest) -> Iterator[QLocale]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield QLocale()
    QLocale.setDefault(before)


def typed(box: QAbstractSpinBox, text: str) -> str:
    """What the box shows after a person has replaced its number and pressed Enter."""
    box.setFocus()
    box.lineEdit().setCursorPosition(0)
    shown = box.text()
    for suffix in (" epochs",):
        box.lineEdit().setSelection(0, len(shown.removesuffix(suffix)))
    for letter in text:
        box.lineEdit().insert(letter)  # QTest.keyClicks knows ASCII alone
    QTest.keyClick(box, Qt.Key.Key_Return)
    return box.text()


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.001", 1e-3), ("0,001", 1e-3), (".05", 0.05), ("٠٫٠٠٢", 2e-3), ("5e-4", 5e-4), ("0,0,1", 0.01), ("3", 3)],
)
def test_a_learning_rate_is_what_was_typed_in_any_locale(
    text: str, value: float, locale: QLocale, qtbot: QtBot
) -> None:
    box = LearningRateBox()
    qtbot.addWidget(box)
    box.setValue(0.5)
    shown = typed(box, text)  # of two separators the second is refused as it is typed
    assert box.value() == value
    assert not shown.endswith((locale.zeroDigit(), locale.decimalPoint())) and shown


@pytest.mark.parametrize(
    ("text", "value"),
    [("1000", 1000), ("1.000", 1000), ("1,000", 1000), ("1 000", 1000), ("١٢", 12), ("1.5", 1), ("10.0", 10)],
)
def test_a_whole_number_is_what_was_typed_in_any_locale(text: str, value: int, locale: QLocale, qtbot: QtBot) -> None:
    """Of what is no whole number, the whole part stays and is shown."""
    box = number_box(0, 5000)
    qtbot.addWidget(box)
    box.setSuffix(" epochs")
    box.setValue(7)
    shown = typed(box, text)
    assert box.value() == value
    assert shown == box.textFromValue(value) + " epochs"


def test_a_number_above_the_range_cannot_be_typed_and_the_special_value_stays(locale: QLocale, qtbot: QtBot) -> None:
    box = number_box(0, 100)
    qtbot.addWidget(box)
    box.setSpecialValueText("Never")
    assert box.text() == "Never" and box.value() == 0
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert box.value() == 1
    typed(box, "250")
    assert box.value() == 25


def counted(qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not busy_slots())


def choose_own_photos(form: TrainForm) -> None:
    next(button for button in form.findChildren(QRadioButton) if "own photos" in button.text()).click()


def choose_network(form: TrainForm, name: str) -> None:
    choice = form.starting_point.choice
    choice.setCurrentIndex(next(i for i in range(choice.count()) if choice.itemData(i) == StartingPoint(name)))


def test_the_default_form_gives_the_recipe_of_the_bundled_weights(form: TrainForm) -> None:
    run = form.new_run()

    assert form.problem() == ""
    assert run.recipe == DEFAULTS["cnn"]
    assert run.source == FASHION_MNIST
    assert run.output == paths.models_dir() / "my-fashion-mnist-cnn.safetensors"


def test_defaults_and_name_follow_the_network(form: TrainForm) -> None:
    choose_network(form, "resnet-mini")

    assert form.new_run().recipe == DEFAULTS["resnet-mini"]
    assert form.new_run().name == "my-fashion-mnist-resnet-mini"


def test_the_chosen_settings_are_used_in_training(form: TrainForm) -> None:
    form.epochs.setValue(3)
    form.batch_size.setValue(64)
    form.learning_rate.setValue(0.0005)
    form.seed.setValue(7)
    form.more.patience.setValue(4)
    form.name.selectAll()
    for letter in "shoes":
        form.name.insert(letter)

    recipe = form.new_run().recipe

    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate, recipe.seed, recipe.patience) == (3, 64, 5e-4, 7, 4)
    assert form.new_run().name == "shoes"


def test_a_name_entered_by_the_user_is_unchanged(form: TrainForm, qtbot: QtBot) -> None:
    form.name.clear()
    qtbot.keyClicks(form.name, "autumn shoes")

    choose_network(form, "resnet-mini")

    assert form.new_run().name == "autumn shoes"


def test_the_suggested_name_avoids_models_that_exist(form: TrainForm, tmp_path: Path) -> None:
    for name in ("My-Fashion-MNIST-cnn", "my-fashion-mnist-cnn-2"):
        tiny_model(tmp_path / f"{name}.safetensors")
    form.show_models(ModelLibrary([tmp_path]).entries())

    assert form.new_run().name == "my-fashion-mnist-cnn-3"


@pytest.mark.parametrize(
    "name",
    ["", "  ", "a/b", "con:", "what?", ".hidden", "shop.replay", "Shop.Split", "lpt¹", "conin$", "aux", "nul .x"],
)
def test_impossible_names_are_refused_with_the_reason(form: TrainForm, name: str) -> None:
    form.name.setText(name)

    assert "name" in form.problem().lower()


def test_own_photos_need_a_folder(form: TrainForm) -> None:
    choose_own_photos(form)

    assert "sub-folder" in form.problem()


def test_a_chosen_folder_is_counted_and_named(
    form: TrainForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    shop = tmp_path / "Spring Shop"
    for name in ("Dresses", "Shoes", ".thumbnails"):
        (shop / name).mkdir(parents=True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_arguments: str(shop))
    choose_own_photos(form)

    form.data.choose_photos_button.click()
    counted(qtbot)

    assert form.problem() == ""
    assert form.new_run().source == str(shop)
    assert form.new_run().name == "my-spring-shop-quick"
    assert form.data.photos_help.text() == (
        "2 categories: Dresses, Shoes. “Dresses” has no photos. 20 or more per category work better."
    )


def test_a_folder_without_categories_is_reported_at_once(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "only one").mkdir()
    form.data.set_source(str(tmp_path))
    counted(qtbot)

    assert "at least two" in form.data.photos_help.text()


def test_photos_are_counted_in_a_thread_and_only_the_last_choice_is_shown(
    form: TrainForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    release = threading.Event()
    counted_folders: list[str] = []

    def slowly(folder: Path, _most: int) -> dict[str, int]:
        assert threading.current_thread() is not threading.main_thread()
        counted_folders.append(folder.name)
        release.wait(20)  # a network drive that does not answer
        return {"Hats": 1_000, "Shoes": 1_000 + len(folder.name)}

    monkeypatch.setattr(labelled_photos, "count", slowly)
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    for name in ("first", "second", "third"):
        form.data.set_source(str(tmp_path / name))
        (tmp_path / name).mkdir()
    assert "Counting" in form.data.photos_help.text()
    qtbot.waitUntil(lambda: bool(counted_folders))
    assert form.new_run().recipe == ProbeRecipe("efficientnet-lite0"), "until they are counted"
    release.set()
    qtbot.waitUntil(lambda: "Hats, Shoes" in form.data.photos_help.text())
    counted(qtbot)
    assert counted_folders == ["first", "third"]
    assert form.new_run().recipe == fine_tuning("efficientnet-lite0")


def test_a_mode_chosen_while_photos_are_counted_stays(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    form.data.set_source(str(shop(tmp_path / "shop", 120)))
    mode = form.starting_point.mode
    mode.setCurrentIndex(mode.findData("probe"))
    mode.activated.emit(mode.currentIndex())  # as a click does
    counted(qtbot)
    assert form.new_run().recipe == ProbeRecipe("efficientnet-lite0")


def test_settings_made_while_photos_are_counted_stay(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    form.data.set_source(str(shop(tmp_path / "shop", 120)))
    choose_network(form, "cnn")
    form.epochs.setValue(7)
    counted(qtbot)
    assert form.new_run().recipe == msgspec.structs.replace(DEFAULTS["cnn"], epochs=7)


def test_the_folder_of_fashion_mnist_is_remembered(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()
    form = TrainForm(settings)
    qtbot.addWidget(form)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_arguments: str(tmp_path))

    form.data.choose_files_place_button.click()

    assert settings.data_folder == str(tmp_path)
    assert Settings.load().data_folder == str(tmp_path)


@pytest.mark.parametrize(
    ("folder", "file", "here"),
    [
        ("data/fashion-mnist", "train-images-idx3-ubyte.gz", True),
        ("home/datasets/FashionMNIST/raw", "train-images-idx3-ubyte", True),
        ("data", "train-images-idx3-ubyte", False),  # unpacked files are read where the program unpacked them
        ("taxonomy", "train-images-idx3-ubyte.gz", False),
    ],
)
def test_it_shows_whether_fashion_mnist_has_to_be_downloaded(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, file: str, here: bool
) -> None:
    monkeypatch.setenv("FASHIONLENS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(paths, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(paths, "taxonomy_dir", lambda: tmp_path / "taxonomy")
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / file).touch()
    form = TrainForm(Settings())
    qtbot.addWidget(form)

    placeholders = [line.placeholderText() for line in form.data.findChildren(QLineEdit)]

    assert ("Found on this computer" in placeholders, "Downloaded once, 30 MB" in placeholders) == (here, not here)


def test_scrolling_over_a_number_does_not_change_it(form: TrainForm) -> None:
    form.name.setFocus()
    here = QPointF(form.epochs.rect().center())
    wheel = QWheelEvent(
        here,
        form.epochs.mapToGlobal(here),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )

    QApplication.sendEvent(form.epochs, wheel)

    assert form.epochs.value() == DEFAULTS["cnn"].epochs


def test_small_learning_rates_are_shown_without_trailing_zeros(form: TrainForm) -> None:
    form.learning_rate.setValue(0.0003)
    assert form.learning_rate.text() == form.locale().toString(0.0003, "f", 4)

    form.learning_rate.setValue(1)
    assert form.learning_rate.text() == form.locale().toString(1)


def test_every_control_is_named_for_screen_readers(form: TrainForm) -> None:
    for control in (
        form.starting_point.choice,
        form.starting_point.mode,
        form.name,
        form.epochs,
        form.batch_size,
        form.learning_rate,
        form.seed,
        form.more.balance,
        form.more.device,
    ):
        assert control.accessibleName()


def shop(folder: Path, photos: int) -> Path:
    for name in ("Hats", "Shoes"):
        (folder / name).mkdir(parents=True)
        for number in range(photos):
            (folder / name / f"{number}.jpg").touch()
    return folder


def test_own_photos_start_from_the_bundled_model_and_few_train_its_last_layer(
    form: TrainForm, tmp_path: Path, qtbot: QtBot
) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    form.data.set_source(str(shop(tmp_path / "shop", 3)))
    counted(qtbot)

    run = form.new_run()
    assert run.start == paths.bundled_models_dir() / "products.safetensors"
    assert run.recipe == ProbeRecipe("efficientnet-lite0")
    assert run.name == "my-shop-quick"
    assert not form.epochs.isVisible() and form.seed.isVisible()
    assert "Each has fewer than 20 photos (“Hats”: 3). More photos work better." in form.data.photos_help.text()


def test_many_photos_train_all_layers_and_the_numbers_can_be_changed(
    form: TrainForm, tmp_path: Path, qtbot: QtBot
) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    form.data.set_source(str(shop(tmp_path / "shop", 120)))
    counted(qtbot)
    assert form.epochs.isVisible()
    form.epochs.setValue(3)

    run = form.new_run()
    assert run.recipe == msgspec.structs.replace(fine_tuning("efficientnet-lite0"), epochs=3)
    assert run.name == "my-shop-thorough"


def test_grey_models_and_fashion_mnist_are_not_mixed_with_own_photos(
    form: TrainForm, tmp_path: Path, qtbot: QtBot
) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    choice = form.starting_point.choice
    assert [choice.itemData(i) for i in range(choice.count())] == NOTHING
    form.data.set_source(str(shop(tmp_path / "shop", 3)))
    counted(qtbot)
    there = [choice.itemData(i) for i in range(choice.count())]
    assert there[-3:] == NOTHING
    assert [each.start.stem for each in there if each.start] == ["products"]
    assert StartingPoint(pretrained="resnet18") in there
    choice.setCurrentIndex(there.index(StartingPoint(pretrained="efficientnet-lite0")))
    assert choice.currentText() == "EfficientNet-Lite0 (everyday photos)"
    assert "Nothing is downloaded" in help_below(choice)
    run = form.new_run()
    assert (run.pretrained, run.start, run.recipe) == ("efficientnet-lite0", None, ProbeRecipe("efficientnet-lite0"))


def choose_thorough(form: TrainForm) -> None:
    form.starting_point.mode.setCurrentIndex(form.starting_point.mode.findData("finetune"))


def help_below(control: QWidget) -> str:
    return " ".join(label.text() for label in control.parentWidget().findChildren(QLabel) if label.isVisible())


def test_class_balancing_is_offered_where_it_applies(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    form.more.title.click()
    balance = form.more.balance
    assert [balance.itemData(i) for i in range(balance.count())] == ["none", "weights", "sampling"]
    assert not balance.isEnabled() and "same number of pictures in each category" in help_below(balance)

    form.data.set_source(str(shop(tmp_path / "shop", 3)))
    counted(qtbot)
    assert not balance.isEnabled() and "only the last layer is trained" in help_below(balance)
    assert form.new_run().recipe == ProbeRecipe("efficientnet-lite0")
    choose_thorough(form)
    assert balance.isEnabled() and form.new_run().recipe == fine_tuning("efficientnet-lite0")
    balance.setCurrentIndex(balance.findData("weights"))
    assert form.new_run().recipe == msgspec.structs.replace(
        fine_tuning("efficientnet-lite0"), class_balancing="weights"
    )
    assert "count for more" in help_below(balance)

    choose_network(form, "cnn")
    assert form.new_run().recipe == msgspec.structs.replace(DEFAULTS["cnn"], class_balancing="weights"), "remembered"
    form.set_locked(True)
    assert not balance.isEnabled()
    form.set_locked(False)
    assert balance.isEnabled()
    form.data.set_source(FASHION_MNIST)
    form.set_locked(False)
    assert form.new_run().recipe == DEFAULTS["cnn"] and not balance.isEnabled()

    job = replace(form.new_run().job(), source=str(tmp_path / "shop"))
    form.show_job(replace(job, recipe=msgspec.structs.replace(job.recipe, class_balancing="sampling")))
    assert form.new_run().recipe.class_balancing == "sampling"


def test_expanded_settings_are_scrolled_to_and_long_names_show_their_start(
    form: TrainForm, tmp_path: Path, qtbot: QtBot
) -> None:
    form.data.set_source(str(shop(tmp_path / "Autumn & winter collection 2026, all channels", 3)))
    counted(qtbot)
    assert form.name.text() == "my-autumn-winter-collection-2026-all-quick"
    assert form.name.cursorPosition() == 0
    form.more.title.click()
    below = form.more.balance
    qtbot.waitUntil(lambda: form.viewport().rect().contains(below.mapTo(form.viewport(), below.rect().bottomLeft())))


def test_the_device_is_offered_only_where_there_is_a_choice(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    form.show_models(ModelLibrary(paths.model_folders()).entries())
    form.more.title.click()
    device = form.more.device
    assert not device.isVisible() and form.more.device_name == "auto"
    form.more.show_devices(("cpu",))
    assert not device.isVisible() and form.more.device_name == "auto"
    form.more.show_devices(("cuda", "cpu"))
    assert device.isVisible() and device.isEnabled()
    assert [device.itemText(i) for i in range(3)] == [
        "The first available (auto)",
        "An NVIDIA GPU (cuda)",
        "The processor (cpu)",
    ]
    assert "Here that is an NVIDIA GPU." in help_below(device)
    device.setCurrentIndex(2)
    form.more.show_devices(("cuda", "cpu"))
    assert form.more.device_name == "cpu", "looking again changes no choice"
    form.data.set_source(str(shop(tmp_path / "shop", 3)))
    counted(qtbot)
    assert not device.isEnabled() and "The processor is fast enough" in help_below(device)


def test_photos_may_be_listed_in_a_table(
    form: TrainForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    shop(tmp_path / "shop", 2)
    table = tmp_path / "summer.csv"
    table.write_text("file;category\nshop/Hats/0.jpg;Hat\nshop/Shoes/0.jpg;Shoe\nshop/Shoes/1.jpg;Shoe\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: (str(table), ""))
    choose_own_photos(form)

    form.data.choose_list_button.click()
    counted(qtbot)
    assert form.new_run().source == str(table)
    assert form.new_run().name == "my-summer-quick"
    assert form.data.photos_help.text().startswith("2 categories: Hat, Shoe. Each has fewer than 20 photos (“Hat”: 1).")

    table.write_text("photo,price\nshop/Hats/0.jpg,3\n")
    form.data.choose_list_button.click()
    counted(qtbot)
    assert "category" in form.data.photos_help.text()


def test_the_letters_of_a_list_are_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    shop(tmp_path / "shop", 2)
    table = tmp_path / "summer.csv"
    table.write_bytes("file;category\nshop/Hats/0.jpg;Płaszcz\nshop/Shoes/0.jpg;Spódnica\n".encode("cp1250"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: (str(table), ""))
    settings = Settings()
    form = TrainForm(settings)
    qtbot.addWidget(form)
    form.show()
    form.data.choose_list_button.click()
    counted(qtbot)
    asked = form.data.encoding_dialog
    assert asked is not None and asked.dialog.isVisible() and form.data.encoding_button.isVisible()
    lines = [asked.lines.item(row).text() for row in range(asked.lines.count())]
    assert "Płaszcz, Spódnica   (Central European)" in lines[:4]
    asked.lines.setCurrentRow(lines.index("Płaszcz, Spódnica   (Central European)"))
    asked.accept_button.click()
    counted(qtbot)
    assert "2 categories: Płaszcz, Spódnica." in form.data.photos_help.text()
    assert not form.data.encoding_button.isVisible()
    assert Settings.load().encodings == {str(table): "cp1250"}
    choose_encoding("", table)
    later = TrainForm(Settings.load())  # at the next start
    qtbot.addWidget(later)
    counted(qtbot)
    assert "Płaszcz" in later.data.photos_help.text()
    choose_encoding("", table)


def test_own_photos_are_offered_again_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    folder = shop(tmp_path / "a shop with quite a long name below a longer path", 3)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_arguments: str(folder))

    def opened() -> TrainForm:
        form = TrainForm(Settings.load())
        qtbot.addWidget(form)
        counted(qtbot)
        return form

    first = opened()
    choose_own_photos(first)
    first.data.choose_photos_button.click()
    counted(qtbot)
    again = opened()
    assert again.new_run().source == str(folder) and again.problem() == ""
    assert again.name.text() == "my-a-shop-with-quite-a-long-name-below-a-quick"
    shown = next(line for line in again.findChildren(QLineEdit) if line.toolTip() == str(folder))
    again.resize(368, 600)
    again.show()
    start, end = shown.text().split("…")
    assert start and folder.name.startswith(start) and folder.name.endswith(end) and shown.cursorPosition() == 0

    next(button for button in again.findChildren(QRadioButton) if "Fashion" in button.text()).click()
    assert opened().new_run().source == FASHION_MNIST
    choose_own_photos(again)
    again.data.set_source(str(folder))
    again.data.choose_photos_button.click()
    shutil.rmtree(folder)
    gone = opened()
    assert gone.new_run().source == "" and "sub-folder" in gone.problem()
    assert gone.data.photos_help.text() == f"“{folder.name}” is no longer there."


def test_own_photos_are_preselected_at_the_first_start(qtbot: QtBot) -> None:
    form = TrainForm(Settings())
    qtbot.addWidget(form)
    own = next(button for button in form.findChildren(QRadioButton) if "own photos" in button.text())
    assert own.isChecked() and form.new_run().source == "" and "Choose your photos first" in form.problem()


def test_a_starting_point_chosen_by_the_user_stays_when_models_are_listed_again(
    form: TrainForm, tmp_path: Path
) -> None:
    models = ModelLibrary(paths.model_folders()).entries()
    form.data.set_source(str(tmp_path))
    form.show_models(models)
    form.starting_point.choice.setCurrentIndex(2)
    chosen = form.starting_point.chosen
    form.show_models(models)
    form.starting_point.mode.setCurrentIndex(1)
    form.epochs.setValue(3)
    form.show_models(models[:-1] if form.starting_point.chosen.start != models[-1].path else models)
    assert form.epochs.value() == 3, "a model that is trained or deleted elsewhere changes no setting"
    assert form.starting_point.chosen == chosen != StartingPoint(start=paths.bundled_models_dir() / "products")


def test_a_text_that_is_too_long_for_its_box_ends_in_an_ellipsis(form: TrainForm, tmp_path: Path) -> None:
    form.data.set_source(str(tmp_path))
    choice = form.starting_point.choice
    whole = choice.currentText()
    choice.setFixedWidth(400)
    assert choice.shown_text() == whole
    choice.setFixedWidth(120)
    assert choice.shown_text().endswith("…") and whole.startswith(choice.shown_text()[:-1])


def test_tab_goes_from_field_to_field_as_they_are_seen(form: TrainForm) -> None:
    order = []
    widget: QWidget = form.learning_rate
    while widget is not form.more.title:
        widget = widget.nextInFocusChain()
        order.append(widget)
    assert order.index(form.find_rate_button) < order.index(form.seed)


def test_the_empty_state_scrolls_in_a_low_window(qtbot: QtBot) -> None:
    state = EmptyState("Train your own model", [("play", "Start training", "Choose photos on the left. " * 9)] * 3)
    qtbot.addWidget(state)
    state.resize(460, 240)
    with qtbot.waitExposed(state):
        state.show()
    wrapped = [label for label in state.findChildren(QLabel) if label.wordWrap()]
    assert wrapped and all(label.height() >= label.heightForWidth(label.width()) for label in wrapped)


def test_system_folders_of_a_network_drive_are_no_categories(form: TrainForm, tmp_path: Path, qtbot: QtBot) -> None:
    for folder in ("_Sale", "Tops", "Tops/#recycle", "#recycle/old", "@eaDir", "$RECYCLE.BIN", "lost+found"):
        (tmp_path / "share" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "share" / folder / "0.jpg").write_bytes(b"x")
    form.data.set_source(str(tmp_path / "share"))
    counted(qtbot)
    assert form.data.photos_help.text().startswith(
        "2 categories: _Sale, Tops. Each has fewer than 20 photos (“_Sale”: 1)."
    )


def test_a_data_set_that_comes_split_is_counted_by_its_categories(
    form: TrainForm, tmp_path: Path, qtbot: QtBot
) -> None:
    for part, photos in (("train", 3), ("valid", 1), ("Test", 1)):
        for category in ("Hat", "Shoe"):
            (tmp_path / "split" / part / category).mkdir(parents=True)
            for number in range(photos):
                (tmp_path / "split" / part / category / f"{number}.jpg").write_bytes(b"x")
    form.data.set_source(str(tmp_path / "split"))
    counted(qtbot)
    text = form.data.photos_help.text()
    assert text.startswith("2 categories: Hat, Shoe. Each has fewer than 20 photos (“Hat”: 5).")
    assert text.endswith("The photos come split into “Test”, “train” and “valid”; the training uses these parts.")
