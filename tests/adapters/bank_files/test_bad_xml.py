"""Files that are no message at all, or would harm who reads them."""

import pytest

from tests.adapters.bank_files.samples import STATEMENT, broken, read, refusal
from tradecoin.adapters.bank_files import read_bank_message
from tradecoin.domain.statement import BadBankMessage

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
BOMB = """<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"""
OUTSIDE = """<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/hostname">]>"""


@pytest.mark.parametrize("dtd", [BOMB, OUTSIDE, "<!DOCTYPE Document SYSTEM 'http://127.0.0.1:1/x.dtd'>"])
def test_a_document_type_is_refused_unread(dtd: str) -> None:
    """Entities can grow without end or fetch files; bank messages need none."""
    text = broken(STATEMENT, "<Document", f"{dtd}\n<Document").replace("<MsgId>M1", "<MsgId>&a;")
    assert refusal(text, "document type").line == 2


def test_a_document_type_in_another_encoding_is_refused() -> None:
    """Looking for it in the bytes is not enough."""
    text = broken(STATEMENT, "<Document", f"{BOMB}<Document").replace("UTF-8", "UTF-16")
    refusal(text.encode("utf-16"), "document type")


@pytest.mark.parametrize("size", [0, 10, 200, 700, len(STATEMENT) - 15])
def test_a_truncated_file_is_refused(size: int) -> None:
    """Wherever it ends."""
    refusal(STATEMENT[:size], "empty" if size == 0 else "not well-formed")


def test_a_file_above_the_limit_is_refused_before_it_is_parsed() -> None:
    """The limit counts bytes, and is the caller's."""
    with pytest.raises(BadBankMessage, match="the limit is 100"):
        read_bank_message(STATEMENT.encode(), max_bytes=100)
    refusal(b"<" + b" " * 10_000_000, "the limit is 10000000")


def test_a_tree_too_deep_is_refused() -> None:
    """The parser's own bound holds."""
    refusal("<a>" * 5000 + "</a>" * 5000, "not well-formed")


@pytest.mark.parametrize("raw", [b"", b"  \n", b"hello", b"\x00\x01\x02", b'{"a": 1}', b"%PDF-1.4", b"PK\x03\x04"])
def test_what_is_no_bank_file_is_refused(raw: bytes) -> None:
    """Nothing is guessed at."""
    assert refusal(raw, "").line == 1


@pytest.mark.parametrize(
    "namespace",
    [
        "",
        "urn:other",
        NAMESPACE.replace("08", "8"),
        NAMESPACE.replace("08", "01"),
        NAMESPACE.replace("camt.053.001", "camt.053.002"),
        NAMESPACE.replace("camt.053", "camt.060"),
        NAMESPACE.replace("camt.053", "camt.054"),
        NAMESPACE + "x",
    ],
)
def test_a_wrong_or_unknown_namespace_is_refused(namespace: str) -> None:
    """What a message is, its namespace says; a body that is another message's is missing its own."""
    assert "/Document" in refusal(STATEMENT.replace(NAMESPACE, namespace), "").path


def test_two_documents_in_one_file_are_refused() -> None:
    """An envelope holds one message."""
    inner = STATEMENT.partition("\n")[2]
    refusal(f"<Envelope>{inner}{inner}</Envelope>", "2 Document elements")


def test_a_content_type_of_xml_is_held_to() -> None:
    """MT940 under an XML content type is a mistake of the sender."""
    with pytest.raises(BadBankMessage):
        read(":20:A", content_type="application/xml")
    assert read(STATEMENT, content_type="text/plain").kind == "camt.053"


def test_a_refusal_names_line_path_and_reason() -> None:
    """So that a person finds the place in the file."""
    said = refusal(broken(STATEMENT, "<Cd>BOOK</Cd>", "<Cd>DONE</Cd>"), "entry status DONE is unknown")
    assert said.line == STATEMENT.splitlines().index("<Sts><Cd>BOOK</Cd></Sts>") + 1
    assert said.path == "/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]/Sts/Cd"
