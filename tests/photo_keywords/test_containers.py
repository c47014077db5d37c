"""Metadata in JPEG, PNG, WebP and TIFF: what others wrote stays, the picture is the same, and all can be undone."""

from __future__ import annotations

import io
import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from fashionlens_gui.photo_keywords.container import KeywordError, Metadata
from fashionlens_gui.photo_keywords.formats import has_iptc, read_metadata, write_metadata
from fashionlens_gui.photo_keywords.iptc import IptcRecord
from fashionlens_gui.photo_keywords.pieces import joined, restored, way_back
from fashionlens_gui.photo_keywords.tag_words import NO_WORDS, TagWords, has_own_words, with_words
from fashionlens_gui.photo_keywords.xmp import DC, LIGHTROOM, XMP, XmpPacket

WORDS = TagWords(
    ("Dress", "Navy blue", "Café ☕"), ("Category|Dresses|Dress", "Colour|Navy blue"), "Navy blue Dress", "Green"
)
FOREIGN = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Other 1.0"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:odd="http://example.org/odd/"
 xmp:Rating="4" odd:Thing="kept"><!-- a note -->
<dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>holiday</rdf:li><rdf:li>Dress</rdf:li></rdf:Bag>
</dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def picture(format: str, mode: str = "RGB", **options: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (40, 30, len(mode)), np.uint8)
    output = io.BytesIO()
    Image.fromarray(pixels.squeeze(), mode).save(output, format, **options)
    return output.getvalue()


def tiff(order: str, big: bool) -> bytes:
    output = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 255, (40, 30, 3), np.uint8)
    tifffile.imwrite(output, pixels, bigtiff=big, byteorder=order)
    return output.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "plain.jpg": lambda: picture("JPEG"),
    "exif.jpg": lambda: picture("JPEG", exif=_exif()),
    "xmp.jpg": lambda: picture("JPEG", xmp=FOREIGN),
    "progressive.jpg": lambda: picture("JPEG", progressive=True, comment=b"note"),
    "junk.jpg": lambda: picture("JPEG") + b"after the end",
    "plain.png": lambda: picture("PNG"),
    "alpha.png": lambda: picture("PNG", "RGBA"),
    "lossy.webp": lambda: picture("WEBP"),
    "lossless.webp": lambda: picture("WEBP", "RGBA", lossless=True),
    "extended.webp": lambda: picture("WEBP", xmp=FOREIGN, exif=_exif()),
    "plain.tif": lambda: picture("TIFF"),
    "deflate.tif": lambda: picture("TIFF", compression="tiff_adobe_deflate"),
    "big.tif": lambda: tiff("<", True),
    "motorola.tif": lambda: tiff(">", False),
    "big-motorola.tif": lambda: tiff(">", True),
}


READ_BY_OTHERS = ("plain.jpg", "exif.jpg", "xmp.jpg", "plain.png", "extended.webp", "lossy.webp", "plain.tif")


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    exif[0x0112] = 6
    return exif.tobytes()


def pixels(data: bytes) -> bytes:
    if data[:2] in (b"II", b"MM"):
        return tifffile.imread(io.BytesIO(data)).tobytes()
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


def written(data: bytes, words: TagWords = WORDS) -> bytes:
    return joined(data, write_metadata(data, with_words(read_metadata(data), words, has_iptc(data))))


@pytest.mark.parametrize("name", FILES)
def test_keywords_are_read_back_the_picture_is_the_same_and_the_file_is_restored(name: str) -> None:
    data = FILES[name]()
    metadata = read_metadata(data)
    pieces = write_metadata(data, with_words(metadata, WORDS, has_iptc(data)))
    new = joined(data, pieces)
    packet = XmpPacket(read_metadata(new).xmp)
    others = XmpPacket(metadata.xmp).list_of(DC, "subject")
    assert packet.list_of(DC, "subject") == [*others, *(word for word in WORDS.flat if word not in others)]
    assert packet.list_of(LIGHTROOM, "hierarchicalSubject") == list(WORDS.hierarchical)
    assert (packet.text_of(DC, "title"), packet.text_of(XMP, "Label")) == (WORDS.title, WORDS.label)
    assert pixels(new) == pixels(data)
    assert restored(new, way_back(data, pieces)) == data
    if b"a description" in data:
        with Image.open(io.BytesIO(new)) as image:
            assert image.getexif()[0x010E] == "a description"
    if has_iptc(data):
        record = IptcRecord(read_metadata(new).iptc)
        assert (record.title, record.keywords[-1]) == (WORDS.title, "Café ☕")


@pytest.mark.parametrize("name", ["xmp.jpg", "extended.webp", "plain.png", "plain.tif"])
def test_a_second_write_replaces_ours_and_keeps_others(name: str) -> None:
    data = FILES[name]()
    before = XmpPacket(read_metadata(data).xmp).list_of(DC, "subject")
    once = written(data)
    twice = written(once, TagWords(("Skirt",), ("Category|Skirt",), "Skirt", "Yellow"))
    packet = XmpPacket(read_metadata(twice).xmp)
    assert packet.list_of(DC, "subject") == [*before, "Skirt"]
    assert (packet.text_of(DC, "title"), packet.text_of(XMP, "Label")) == ("Skirt", "Yellow")
    without = written(twice, NO_WORDS)
    assert XmpPacket(read_metadata(without).xmp).list_of(DC, "subject") == before
    assert has_own_words(read_metadata(twice)) and not has_own_words(read_metadata(without))


def test_what_others_wrote_stays() -> None:
    packet = with_words(Metadata(FOREIGN), WORDS, iptc=False).xmp
    assert packet is not None
    assert b'xmp:Rating="4"' in packet and b'odd:Thing="kept"' in packet and b"<!-- a note -->" in packet
    titled = FOREIGN.replace(b'xmp:Rating="4"', b'xmp:Rating="4" xmp:Label="Blue"')
    assert XmpPacket(with_words(Metadata(titled), WORDS, iptc=False).xmp).text_of(XMP, "Label") == "Blue"


def test_image_resources_and_iptc_of_others_stay() -> None:
    record = IptcRecord(None)
    record.replace_keywords((), ["holiday"])
    record.set_title("Mine")
    iptc = record.to_bytes()
    data = picture("JPEG")
    resource = (
        b"8BIM\x03\xed\0\0\0\0\0\x10" + bytes(range(16)) + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc or b""))
    )
    content = b"Photoshop 3.0\0" + resource + (iptc or b"") + b"\0" * (len(iptc or b"") % 2)
    data = data[:2] + b"\xff\xed" + struct.pack(">H", len(content) + 2) + content + data[2:]
    new = written(data)
    assert bytes(range(16)) in new
    found = IptcRecord(read_metadata(new).iptc)
    assert found.keywords == ["holiday", *WORDS.flat] and found.title == "Mine"
    assert pixels(new) == pixels(data)


@pytest.mark.parametrize(
    "packet",
    [
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF",
        b"<html/>",
        b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&e;</x:xmpmeta>",
        b"\xff\xfe nothing",
        b"",
    ],
)
def test_a_packet_that_is_none_or_has_entities_is_refused(packet: bytes) -> None:
    with pytest.raises(KeywordError, match="xmp_damaged"):
        XmpPacket(packet)


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_refused_or_written_without_a_fault(name: str) -> None:
    data = FILES[name]()
    rng = random.Random(name)
    for _ in range(60):
        broken = bytearray(data[: rng.choice([len(data), rng.randrange(len(data))])])
        for _ in range(rng.randrange(4)):
            broken[rng.randrange(min(len(broken), 200)) if broken else 0 :][:1] = bytes([rng.randrange(256)])
            if broken:
                broken[rng.randrange(min(len(broken), 200))] = rng.randrange(256)
        whole = bytes(broken)
        try:
            metadata = with_words(read_metadata(whole), WORDS, has_iptc(whole))
            pieces = write_metadata(whole, metadata)
        except KeywordError:
            continue
        assert restored(joined(whole, pieces), way_back(whole, pieces)) == whole


def _warnings(exiftool: str, file: Path) -> list[str]:
    words = [exiftool, "-validate", "-warning", "-a", "-s3", str(file)]
    lines = subprocess.run(words, capture_output=True, text=True).stdout.splitlines()
    # exiftool expects IPTC in TIFF as 32-bit numbers; the XMP specification says bytes of no type.
    return [line for line in lines[1:] if "(undef) for IFD0 0x83bb" not in line]


@pytest.mark.parametrize("name", READ_BY_OTHERS)
def test_exiftool_reads_what_was_written(name: str, tmp_path: Path) -> None:
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("exiftool (Debian: libimage-exiftool-perl) is not installed")
    file, before = tmp_path / name, tmp_path / f"before {name}"
    before.write_bytes(FILES[name]())
    file.write_bytes(written(before.read_bytes()))
    words = [tool, "-s3", "-sep", "; ", "-XMP-dc:Subject", "-XMP-lr:HierarchicalSubject"]
    words += ["-XMP-dc:Title", "-XMP-xmp:Label", "-IPTC:Keywords", str(file)]
    found = subprocess.run(words, capture_output=True, text=True, check=True, encoding="utf-8").stdout.splitlines()
    assert set(WORDS.flat) <= set(found[0].split("; "))
    assert found[1:4] == ["; ".join(WORDS.hierarchical), WORDS.title, WORDS.label]
    assert _warnings(tool, file) == _warnings(tool, before)
    if has_iptc(file.read_bytes()):
        assert "Café ☕" in found[4].split("; ")


@pytest.mark.parametrize("name", READ_BY_OTHERS)
def test_exiv2_reads_what_was_written(name: str, tmp_path: Path) -> None:
    tool = shutil.which("exiv2")
    if tool is None:
        pytest.skip("exiv2 is not installed")
    file = tmp_path / name
    file.write_bytes(written(FILES[name]()))
    process = subprocess.run([tool, "-px", str(file)], capture_output=True, text=True, encoding="utf-8")
    assert process.returncode == 0 and not process.stderr, process.stderr
    assert "Xmp.lr.hierarchicalSubject" in process.stdout and "Café ☕" in process.stdout
    if has_iptc(file.read_bytes()):
        iptc = subprocess.run([tool, "-pi", str(file)], capture_output=True, text=True, encoding="utf-8").stdout
        assert "Iptc.Application2.Keywords" in iptc and "Navy blue" in iptc
