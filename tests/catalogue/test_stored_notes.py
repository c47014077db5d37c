"""Notes in the session's database: codes round-trip, and sentences of version 0.1 become codes."""

from __future__ import annotations

import pytest

from fashionlens_gui.catalogue import stored_notes
from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging.tag import Status, low_confidence
from trainer.preprocessing.photo import TOO_SMALL, PhotoNote

PNG = PhotoNote("other_format", {"suffix": ".jpg", "format": "PNG"})


@pytest.mark.parametrize(
    "notes",
    [
        (),
        (TOO_SMALL, low_confidence("T-shirt/top")),
        (PNG,),
        (PhotoNote("photo_too_many_pixels", {"name": "“ü”.png", "limit": 178_000_000, "width": 1, "height": 2}),),
        (PhotoNote("text", {"text": '[["a.jpg is empty.'}),),
    ],
)
def test_stored_notes_round_trip(notes: tuple[PhotoNote, ...]) -> None:
    text = stored_notes.encode(notes)
    assert stored_notes.decode(text, Status.NEEDS_REVIEW, "Coat") == notes
    assert (text == "") == (notes == ())


@pytest.mark.parametrize(
    ("text", "second", "notes"),
    [
        ("Unsure: could also be Coat.", "Coat", (low_confidence("Coat"),)),
        ("Unsure: please look.", "", (low_confidence(""),)),
        ("Too small to trust.", "Coat", (TOO_SMALL,)),
        (
            "Animation: first frame used. Named .jpg but is a PNG file. Too small to trust. Unsure: could also be A.",
            "A",
            (PhotoNote("first_frame"), PNG, TOO_SMALL, low_confidence("A")),
        ),
        ("Several pages: first page used.", "Coat", (PhotoNote("first_page"),)),
        (
            "Only 20 × 28 pixels. Too small to trust.",
            "Coat",
            (PhotoNote("text", {"text": "Only 20 × 28 pixels."}), TOO_SMALL),
        ),
    ],
)
def test_sentences_of_version_0_1_become_codes(text: str, second: str, notes: tuple[PhotoNote, ...]) -> None:
    assert stored_notes.decode(text, Status.OK, second) == notes
    assert row_message(notes) == text


@pytest.mark.parametrize(
    "text", ["Too small to trust..jpg is empty (0 bytes).", '[["a"].jpg is damaged.', "[1].jpg is empty."]
)
def test_an_error_of_an_old_record_is_shown_unchanged(text: str) -> None:
    notes = stored_notes.decode(text, Status.ERROR, "")
    assert notes == (PhotoNote("text", {"text": text}),)
    assert row_message(notes) == text
