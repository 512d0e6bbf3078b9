"""Writing ISO 20022 documents with the standard library."""

from xml.etree.ElementTree import Element, tostring

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
Content = Element | str | None


def tag(name: str, *content: Content, **attributes: str) -> Element:
    """Make an element with that text or those children, leaving out children that are None."""
    element = Element(name, attributes)
    for part in content:
        if isinstance(part, str):
            element.text = part
        elif part is not None:
            element.append(part)
    return element


def optional(name: str, text: str | None) -> Element | None:
    """Make an element with that text, or nothing when there is none."""
    return None if not text else tag(name, text)


def nested(path: str, content: Content) -> Element:
    """Make one element inside the other along the path, with the content in the innermost."""
    *outer, innermost = path.split("/")
    element = tag(innermost, content)
    for name in reversed(outer):
        element = tag(name, element)
    return element


def document(message_type: str, body: Element) -> str:
    """Return the whole document as text; `message_type` such as camt.053.001.08 chooses the namespace."""
    root = tag("Document", body, xmlns=NAMESPACE + message_type)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")
