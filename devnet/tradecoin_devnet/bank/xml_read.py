"""Reading XML that a stranger sent: no DTD, no entities, no network, not above the size limit."""

from typing import cast

from lxml import etree

from tradecoin_devnet.bank.refusals import Refused, unreadable

SIZE_LIMIT_BYTES = 5 * 1024 * 1024


class Node:
    """An element whose children are found by local name, whatever the namespace."""

    def __init__(self, element: etree._Element) -> None:
        """Wrap the element."""
        self._element = element

    @property
    def line(self) -> int:
        """Where it stands in the file."""
        return cast("int | None", self._element.sourceline) or 0

    def find(self, path: str) -> "Node | None":
        """Return the first element along the path, or None."""
        found = self._element.find(_wild(path))
        return None if found is None else Node(found)

    def all(self, path: str) -> "list[Node]":
        """Return every element along the path."""
        return [Node(found) for found in self._element.findall(_wild(path))]

    def text(self, *paths: str) -> str | None:
        """Return the text at the first of the paths that has one, without outer blanks."""
        for path in paths:
            text = (self._element.findtext(_wild(path)) or "").strip()
            if text:
                return text
        return None

    def own_text(self) -> str:
        """Return the element's own text without outer blanks."""
        return (self._element.text or "").strip()

    def attribute(self, name: str) -> str | None:
        """Return an attribute, or None."""
        return self._element.get(name)


def _wild(path: str) -> str:
    return "/".join(f"{{*}}{part}" for part in path.split("/"))


def read(raw: bytes, namespaces: dict[str, str]) -> tuple[str, Node]:
    """Return the short name that `namespaces` gives the document's namespace, and its root.

    Refused when it is too large (413), not well-formed, has a DTD, or is in another namespace (422).
    """
    if len(raw) > SIZE_LIMIT_BYTES:
        raise Refused(413, "too_large", f"the file has {len(raw)} bytes; the limit is {SIZE_LIMIT_BYTES}")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise unreadable(f"the file is not well-formed XML: {error.msg}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise unreadable("the file has a document type declaration, which the bank does not read")
    name = etree.QName(root)
    if name.localname != "Document" or name.namespace not in namespaces:
        raise unreadable(f"the bank reads {', '.join(namespaces.values())}, not {root.tag!r}")
    return namespaces[name.namespace], Node(root)
