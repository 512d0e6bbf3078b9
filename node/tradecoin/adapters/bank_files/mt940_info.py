"""Field :86: of MT940: three ways in which banks put structure into free text, and the text when there is none.

- German: `166?00GUTSCHRIFT?20EREF+ABC?21SVWZ+Text?30BIC?31IBAN?32Name?33Name` (Deutsche Kreditwirtschaft, DFÜ annex 3).
- SWIFT code words: `/EREF/ABC//REMI//text/NAME/…` as Dutch and other banks write them.
- Anything else is remittance text as it stands.
"""

import re
from dataclasses import replace

from tradecoin.domain.fingerprint import given
from tradecoin.domain.references import is_iban, is_rf
from tradecoin.domain.statement import Detail, Party

_GERMAN = re.compile(r"[0-9]{3}\?[0-9]{2}")
_SUBFIELD = re.compile(r"\?([0-9]{2})")
_TEXT_SUBFIELDS = frozenset([*range(20, 30), *range(60, 64)])
_SEPA_WORD = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|SQTP|RREF|RTRN|COAM|OAMT|ORCR)\+")
_CODE_WORD = re.compile(
    r"/(TRTP|EREF|MARF|REMI|NAME|IBAN|BIC|CSID|RTRN|ORDP|BENM|ACCW|TRCD|ISDT|CNTP|PREF|PURP|UDTR|UCRD|KREF|IREF|"
    r"OCMT|CHGS|ADDR|ULTD|ULTB|ID|USTD|STRD|CUR)/"
)


def read_info(text: str, *, credit: bool, customer_reference: str | None) -> Detail:
    """Read a :86: (blank when the line has none) beside the direction and customer reference of its :61:."""
    joined = text.replace("\n", "")
    if _GERMAN.match(joined):
        words, other = _german(joined)
    elif _CODE_WORD.match(joined.lstrip()):
        words, other = _code_words(joined)
    else:
        words, other = {"TEXT": " ".join(text.split())}, Party()
    detail = _detail(words, customer_reference)
    return replace(detail, credit=credit, debtor=other) if credit else replace(detail, credit=credit, creditor=other)


def _german(text: str) -> tuple[dict[str, str], Party]:
    """Read subfields ?00 to ?63, in whose text the SEPA words EREF+, SVWZ+ and so on may stand."""
    parts = _SUBFIELD.split(text)
    pairs = list(zip(map(int, parts[1::2]), parts[2::2], strict=True))
    words = _split(_SEPA_WORD, "".join(value for key, value in pairs if key in _TEXT_SUBFIELDS))
    words["TEXT"] = words.pop("SVWZ", words.get("TEXT", ""))
    name = "".join(value for key, value in pairs if key in {32, 33}).strip()
    number = next((value.strip() for key, value in pairs if key == 31), "") or words.get("IBAN", "")
    return words, _party(name, number)


def _code_words(text: str) -> tuple[dict[str, str], Party]:
    """Read code words between slashes; the other side stands directly, or in /ORDP/, /BENM/ or /CNTP/."""
    words = {key: value.strip("/ ") for key, value in _split(_CODE_WORD, text).items()}
    remittance = words.get("REMI", "").split("/")
    # Dutch banks write /REMI/USTD//text or /REMI/STRD/CUR/reference.
    words["TEXT"] = " ".join(part for part in (remittance[-1], words.get("USTD", "")) if part).strip("/ ")
    structured = words.get("CUR", words.get("STRD", "")).strip("/ ")
    if structured:
        words["TEXT"] = structured
    words["MREF"] = words.get("MARF", "")
    counterparty = (words.get("CNTP", "") + "///").split("/")
    name, number = words.get("NAME") or counterparty[2], words.get("IBAN") or counterparty[0]
    return words, _party(name, number)


def _split(pattern: re.Pattern[str], text: str) -> dict[str, str]:
    """Cut `text` at the words; what stands before the first is TEXT, and of a repeated word the first counts."""
    parts = pattern.split(text)
    found = {"TEXT": parts[0].strip()}
    for key, value in zip(parts[1::2], parts[2::2], strict=True):
        found.setdefault(key, value.strip())
    return found


def _party(name: str, number: str) -> Party:
    """Build the other side; a number that is no IBAN is left out, since here it may also be a bare account number."""
    return Party(name or None, number if is_iban(number) else None)


def _detail(words: dict[str, str], customer_reference: str | None) -> Detail:
    """Build the payment from its words."""
    text = words.get("TEXT", "")
    return Detail(
        end_to_end_id=given(words.get("EREF")) or customer_reference,
        mandate=given(words.get("MREF")),
        structured_reference=text if is_rf(text) else None,
        remittance_text="" if is_rf(text) else text,
        return_reason=given(words.get("RTRN")),
    )
