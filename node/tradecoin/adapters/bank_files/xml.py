"""Safe reading of ISO 20022 XML: no DTD, no entities, no network, a size limit; every complaint names line and path."""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from tradecoin.domain.statement import BadBankMessage, Position

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3})\.([0-9]{3})\.([0-9]{2})")
_MAX_SHOWN = 60


class Node:
    """An element of a message: its children by local name in the message's own namespace, and where it stands.

    A file has a hundred thousand of them and more, and the same ones are asked for by several paths. So the children
    are sorted by name once.
    """

    __slots__ = ("_children", "_only", "element", "namespace", "path")

    def __init__(self, element: etree._Element, namespace: str, path: str) -> None:
        """Wrap the element at `path`, such as /Document/BkToCstmrStmt/Stmt[2]/Id."""
        self.element = element
        self.namespace = namespace
        self.path = path
        self._children: dict[str, list[etree._Element]] | None = None
        self._only: dict[str, Node] = {}

    @property
    def position(self) -> Position:
        """Line and path."""
        return Position(self.line, self.path)

    @property
    def line(self) -> int:
        """Line in the file, from 1."""
        return _line(self.element)

    @property
    def name(self) -> str:
        """The local name."""
        return str(etree.QName(self.element).localname)

    def bad(self, reason: str) -> BadBankMessage:
        """Return the complaint about this element, to be raised."""
        return BadBankMessage(self.line, self.path, reason)

    def all(self, name: str) -> list["Node"]:
        """Return the children of that name, numbered in their paths."""
        found = self._by_name().get(name, ())
        return [Node(one, self.namespace, f"{self.path}/{name}[{at}]") for at, one in enumerate(found, 1)]

    def find(self, path: str) -> "Node | None":
        """Return the only element at a path such as Refs/EndToEndId, None without; refuses two where one belongs."""
        node = self
        for name in path.split("/"):
            child = node._only.get(name) or node._only_child(name)
            if child is None:
                return None
            node = child
        return node

    def _only_child(self, name: str) -> "Node | None":
        """Return the child of that name, and remember it: several questions go through it."""
        found = self._by_name().get(name)
        if found is None:
            return None
        node = Node(found[0], self.namespace, f"{self.path}/{name}")
        if len(found) > 1:
            raise node.bad(f"{name} stands {len(found)} times where one belongs")
        self._only[name] = node
        return node

    def _by_name(self) -> dict[str, list[etree._Element]]:
        """Return the children by local name."""
        if self._children is None:
            self._children = {}
            start = len(self.namespace) + 2
            for child in self.element.iterchildren(f"{{{self.namespace}}}*"):
                self._children.setdefault(str(child.tag)[start:], []).append(child)
        return self._children

    def need(self, path: str) -> "Node":
        """Return the element at `path`; raises BadBankMessage when it is missing."""
        node = self.find(path)
        if node is None:
            raise BadBankMessage(self.line, f"{self.path}/{path}", "mandatory element is missing")
        return node

    def first(self, *paths: str) -> "Node | None":
        """Return the first of several possible elements that is there."""
        return next((node for path in paths if (node := self.find(path)) is not None), None)

    @property
    def text(self) -> str:
        """The text without outer white space; raises BadBankMessage when it is empty."""
        text = (self.element.text or "").strip()
        if not text:
            raise self.bad("element is empty")
        return text

    def text_at(self, *paths: str) -> str | None:
        """Return the text of the first of these elements that is there and not empty."""
        for path in paths:
            node = self.find(path)
            if node is not None and (node.element.text or "").strip():
                return node.text
        return None


@dataclass(frozen=True, slots=True)
class Document:
    """The Document element of an ISO message with what its namespace says: camt.053 and 08, for instance."""

    node: Node
    message: str
    version: str


def parse(raw: bytes) -> Document:
    """Return the ISO document in `raw`, bare or in an envelope; raises BadBankMessage for anything else."""
    root = _root(raw)
    found = [element for element in root.iter() if etree.QName(element).localname == "Document"]
    if len(found) != 1:
        raise BadBankMessage(_line(root), f"/{_local(root)}", f"{len(found)} Document elements where one belongs")
    namespace = etree.QName(found[0]).namespace or ""
    match = _NAMESPACE.fullmatch(namespace)
    if match is None or match[2] != "001":
        shown = namespace[:_MAX_SHOWN] or "none"
        raise BadBankMessage(_line(found[0]), "/Document", f"namespace {shown} is no ISO 20022 message")
    return Document(Node(found[0], namespace, "/Document"), match[1], match[3])


def _root(raw: bytes) -> etree._Element:
    """Parse, refusing a DTD before anything in it could count."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    _refuse_doctype(raw)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise BadBankMessage(error.lineno or 1, "/", f"not well-formed XML: {error.msg}") from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise BadBankMessage(1, "/", "a document type declaration is not allowed")
    return root


def _refuse_doctype(raw: bytes) -> None:
    """Look for a DTD in the bytes, so that its entities are not even read; other encodings are caught after parsing."""
    at = raw.find(b"<!DOCTYPE")
    if at < 0:
        at = raw.find(b"<!ENTITY")
    if at >= 0:
        raise BadBankMessage(raw.count(b"\n", 0, at) + 1, "/", "a document type declaration is not allowed")


def _local(element: etree._Element) -> str:
    """Return the local name."""
    return str(etree.QName(element).localname)


def _line(element: etree._Element) -> int:
    """Return the line in the file, from 1."""
    line: Any = element.sourceline
    return int(line or 1)
