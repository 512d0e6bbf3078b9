"""The bank by files in two folders."""

import os
from pathlib import Path

import pytest

from tradecoin.adapters.bank_folder import FolderBank
from tradecoin.ports.bank import BankUnreachable, Handover


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty inbox."""
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def put(inbox: Path, name: str, at: int) -> None:
    """Put a file into the inbox that came at a time."""
    (inbox / name).write_bytes(name.encode())
    os.utime(inbox / name, ns=(at, at))


def test_an_inbox_that_is_gone_is_unreachable(tmp_path: Path) -> None:
    """A folder on a share that is away is not an empty one."""
    with pytest.raises(BankUnreachable):
        FolderBank(tmp_path / "nowhere", tmp_path).new_messages("")


def test_files_come_oldest_first_and_once(inbox: Path) -> None:
    """The cursor of the last one leads to those that came after it, also within the same moment."""
    for name, at in (("b.xml", 2), ("a.sta", 1), ("c.XML", 2)):
        put(inbox, name, at)
    bank = FolderBank(inbox, inbox)
    first = bank.new_messages("")
    assert [one.raw for one in first] == [b"a.sta", b"b.xml", b"c.XML"]
    assert [one.raw for one in bank.new_messages(first[1].cursor)] == [b"c.XML"]
    assert bank.new_messages(first[2].cursor) == []


def test_what_is_still_being_written_or_is_no_message_waits(inbox: Path) -> None:
    """A name with a dot in front is a draft; a picture is none of our business."""
    for name in (".draft.xml", "photo.jpg"):
        put(inbox, name, 1)
    (inbox / "folder.xml").mkdir()
    assert FolderBank(inbox, inbox).new_messages("") == []


def test_without_an_inbox_there_are_no_messages(tmp_path: Path) -> None:
    """A node may only pay by files."""
    assert FolderBank(None, tmp_path).new_messages("") == []


def test_a_payment_file_is_written_once_by_one_rename(tmp_path: Path) -> None:
    """The same bytes have the same name, and nobody ever sees half a file."""
    bank = FolderBank(None, tmp_path)
    for _ in range(2):
        assert bank.hand_over(b"<pain/>") == (Handover.TAKEN, "")
    (only,) = tmp_path.iterdir()
    assert only.name.startswith("pain.001-")
    assert only.read_bytes() == b"<pain/>"


def test_a_full_or_missing_outbox_leaves_the_fate_unknown(tmp_path: Path) -> None:
    """Nothing is believed to be paid, and nothing to be lost."""
    how, why = FolderBank(None, tmp_path / "nowhere").hand_over(b"<pain/>")
    assert how is Handover.UNKNOWN
    assert "could not be written" in why


def test_files_cannot_be_asked(tmp_path: Path) -> None:
    """Only what lies in the inbox tells anything."""
    bank = FolderBank(None, tmp_path)
    assert bank.payment_status("E1") is None
    assert bank.interim_report() == b""
