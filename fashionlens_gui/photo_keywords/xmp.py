"""XMP packets: keywords, title and colour label are set, everything else is kept (ISO 16684-1).

The XML comes from strangers: no entities, no document types, nothing from the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fashionlens_gui.photo_keywords.container import KeywordError

if TYPE_CHECKING:
    from lxml.etree import _Element

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
XMP = "http://ns.adobe.com/xap/1.0/"
LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/"
OWN = "urn:fashionlens:keywords#"
"""What FashionLens has written itself, so that it can be replaced."""

_META = "adobe:ns:meta/"
_XML = "http://www.w3.org/XML/1998/namespace"
_PREFIXES = {"rdf": RDF, "dc": DC, "xmp": XMP, "lr": LIGHTROOM, "fashionlens": OWN}
_HEADER = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
_END = b'<?xpacket end="w"?>'
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmpPacket:
    """A packet that can be changed.

    Args:
        packet: As a file has it; None for a new one.

    Raises:
        KeywordError: ``xmp_damaged``: it is no XML, or no XMP, or has entities.
    """

    def __init__(self, packet: bytes | None) -> None:
        from lxml import etree

        self._etree = etree
        self._root = self._new() if packet is None else self._parsed(packet)
        rdf = self._root if self._root.tag == _name(RDF, "RDF") else self._root.find(_name(RDF, "RDF"))
        if rdf is None:
            raise KeywordError("xmp_damaged", "no rdf:RDF")
        self._rdf = rdf

    def list_of(self, namespace: str, name: str) -> list[str]:
        """The texts of an array; empty when there is none."""
        found = self._property(namespace, name)
        if found is None:
            return []
        return [item.text.strip() for item in found.iter(_name(RDF, "li")) if item.text and item.text.strip()]

    def set_list(self, namespace: str, name: str, texts: Sequence[str]) -> None:
        """Replace an unordered array; no texts remove it."""
        self._remove(namespace, name)
        if texts:
            self._add_array(namespace, name, "Bag", texts)

    def text_of(self, namespace: str, name: str) -> str:
        """A simple property, or the default of one in several languages; empty when there is none."""
        for description in self._descriptions():
            if (value := description.get(_name(namespace, name))) is not None:
                return str(value)
        found = self._property(namespace, name)
        if found is None:
            return ""
        items = list(found.iter(_name(RDF, "li")))
        default = [item for item in items if item.get(_name(_XML, "lang")) == "x-default"]
        text = (default or items)[0].text if items else found.text
        return (text or "").strip()

    def set_text(self, namespace: str, name: str, text: str) -> None:
        """Replace a simple property; an empty text removes it."""
        self._remove(namespace, name)
        if text:
            element = self._etree.SubElement(self._first_description(), _name(namespace, name), nsmap=_PREFIXES)
            element.text = _clean(text)

    def set_default_text(self, namespace: str, name: str, text: str) -> None:
        """Replace a property in several languages by its default; an empty text removes it."""
        self._remove(namespace, name)
        if text:
            array = self._add_array(namespace, name, "Alt", [text])
            array[0].set(_name(_XML, "lang"), "x-default")

    def to_bytes(self) -> bytes:
        """The packet, in UTF-8."""
        self._etree.cleanup_namespaces(self._root, keep_ns_prefixes=["rdf", "x"])
        body: bytes = self._etree.tostring(self._root, encoding="UTF-8", xml_declaration=False)
        return _HEADER + body + b"\n" + _END

    def _new(self) -> _Element:
        root = self._etree.Element(_name(_META, "xmpmeta"), nsmap={"x": _META})
        self._etree.SubElement(root, _name(RDF, "RDF"), nsmap={"rdf": RDF})
        return root

    def _parsed(self, packet: bytes) -> _Element:
        parser = self._etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = self._etree.fromstring(packet.strip(b" \t\r\n\0\xef\xbb\xbf"), parser)
        except (self._etree.XMLSyntaxError, ValueError) as error:
            raise KeywordError("xmp_damaged", str(error)) from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise KeywordError("xmp_damaged", "has a document type")
        if root.tag not in (_name(_META, "xmpmeta"), _name(_META, "xapmeta"), _name(RDF, "RDF")):
            raise KeywordError("xmp_damaged", f"begins with {root.tag}")
        return root

    def _descriptions(self) -> Iterable[_Element]:
        return self._rdf.findall(_name(RDF, "Description"))

    def _first_description(self) -> _Element:
        found = self._rdf.find(_name(RDF, "Description"))
        if found is None:
            found = self._etree.SubElement(self._rdf, _name(RDF, "Description"), nsmap=_PREFIXES)
            found.set(_name(RDF, "about"), "")
        return found

    def _property(self, namespace: str, name: str) -> _Element | None:
        for description in self._descriptions():
            if (found := description.find(_name(namespace, name))) is not None:
                return found
        return None

    def _remove(self, namespace: str, name: str) -> None:
        for description in self._descriptions():
            description.attrib.pop(_name(namespace, name), None)
            for element in description.findall(_name(namespace, name)):
                description.remove(element)

    def _add_array(self, namespace: str, name: str, kind: str, texts: Sequence[str]) -> _Element:
        element = self._etree.SubElement(self._first_description(), _name(namespace, name), nsmap=_PREFIXES)
        array = self._etree.SubElement(element, _name(RDF, kind))
        for text in texts:
            self._etree.SubElement(array, _name(RDF, "li")).text = _clean(text)
        return array


def _name(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _clean(text: str) -> str:
    """Without the characters that XML cannot have."""
    return _NOT_IN_XML.sub("", text)
