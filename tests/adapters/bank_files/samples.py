"""Small bank messages for tests, each right until a test breaks one thing in it."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tradecoin.adapters.bank_files import read_bank_message
from tradecoin.domain.statement import BadBankMessage, BankMessage

DATA = Path(__file__).parents[2] / "data" / "bank"
ZONE = ZoneInfo("Europe/Amsterdam")

ENTRY = """<Ntry>
<Amt Ccy="EUR">100.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-02</Dt></BookgDt>
<AcctSvcrRef>A1</AcctSvcrRef>
<NtryDtls><TxDtls><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<RltdPties><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>
</TxDtls></NtryDtls>
</Ntry>"""

BALANCE = """<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>\
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-02</Dt></Dt></Bal>"""

STATEMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-03T01:00:00+01:00</CreDtTm></GrpHdr>
<Stmt>
<Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-11-03T01:00:00+01:00</CreDtTm>
<Acct><Id><IBAN>NL30NRWB0000000001</IBAN></Id><Ccy>EUR</Ccy></Acct>
{BALANCE.format(kind="OPBD", amount="0.00")}
{BALANCE.format(kind="CLBD", amount="100.00")}
{ENTRY}
</Stmt>
</BkToCstmrStmt>
</Document>
"""

MT940 = """:20:REF1
:25:NL30NRWB0000000001
:28C:7/1
:60F:C261102EUR0,00
:61:2611021102C100,00NTRFNONREF//A1
:86:RF18539007547034
:62F:C261102EUR100,00
-
"""


def read(text: str | bytes, content_type: str | None = None) -> BankMessage:
    """Read a message in the zone of the tests."""
    return read_bank_message(text if isinstance(text, bytes) else text.encode(), content_type, zone=ZONE)


def broken(good: str, old: str, new: str) -> str:
    """Replace the first `old`, which must be there."""
    assert old in good
    return good.replace(old, new, 1)


def refusal(text: str | bytes, reason: str) -> BadBankMessage:
    """Read what must be refused for a reason that holds these words."""
    with pytest.raises(BadBankMessage) as caught:
        read(text)
    assert reason in caught.value.reason, caught.value.reason
    assert caught.value.facts == {"line": caught.value.line, "path": caught.value.path, "reason": caught.value.reason}
    return caught.value
