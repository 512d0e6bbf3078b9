"""References and account numbers that cross the bank: RF creditor references, payout ids, IBANs.

Both check schemes are ISO/IEC 7064 MOD 97-10: ISO 11649 for "RF" references, ISO 13616 for IBANs.
"""

import re
from base64 import b32encode
from functools import lru_cache

from tradecoin.domain.errors import Refused

# Length of the whole IBAN by country: the IBAN registry that SWIFT keeps for ISO 13616.
_IBAN_LENGTHS = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_LENGTH_BY_COUNTRY = {country: length for length, group in _IBAN_LENGTHS.items() for country in group.split()}
# Of these the registry says that the rest of the number is digits only; check digits alone let some letters pass.
_DIGITS_ONLY_TEXT = """
    AE AT BA BE BI CR CZ DE DJ DK EE EG ES FI FO GL HR HU IL IS LT LY ME MN MR NO PL PT RS SD SE SI SK SO ST TL TN VA XK
"""
_DIGITS_ONLY = frozenset(_DIGITS_ONLY_TEXT.split())
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}")
_RF = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
# In running text the groups of four may be parted by a space, and other words may follow: `rf_in_text` tries lengths.
_RF_IN_TEXT = re.compile(r"(?<![0-9A-Z])RF *[0-9] *[0-9](?: *[0-9A-Z]){1,21}")
_MAX_END_TO_END_ID = 35
# One file asks for the same references several times over; so many fit into the largest one that is read.
_REMEMBERED = 16_384
_PAYOUT_SEED_BYTES = 16


class BadReference(Refused):
    """A text that is no ISO 11649 reference, or whose check digits are wrong."""

    code = "reference_invalid"


class BadIban(Refused):
    """A text that is no IBAN: wrong form, wrong length for its country, or wrong check digits. Carries it masked."""

    code = "iban_invalid"


def _mod97(text: str) -> int:
    """Return the remainder of ISO 7064 MOD 97-10, letters counting as A=10 to Z=35; it is 1 for a good number."""
    return int("".join(str(int(char, 36)) for char in text)) % 97


def _compact(text: str) -> str:
    """Drop spaces and turn small letters to capitals, as both standards allow on paper."""
    return text.replace(" ", "").upper()


def rf(body: str) -> str:
    """Make the ISO 11649 reference for `body`, 1 to 21 letters and digits; raises BadReference."""
    compact = _compact(body)
    if not re.fullmatch(r"[0-9A-Z]{1,21}", compact):
        raise BadReference("an RF reference has 1 to 21 letters and digits after its check digits", got=body[:40])
    return f"RF{98 - _mod97(compact + 'RF00'):02d}{compact}"


def is_rf(text: str) -> bool:
    """Say whether `text`, spaces and case apart, is an RF reference with the right check digits."""
    return _is_compact_rf(_compact(text))


@lru_cache(maxsize=_REMEMBERED)
def _is_compact_rf(compact: str) -> bool:
    """Say whether a text in capitals without spaces is an RF reference."""
    return bool(_RF.fullmatch(compact)) and _mod97(compact[4:] + compact[:4]) == 1


def normal_rf(text: str) -> str:
    """Return an RF reference without spaces and in capitals; raises BadReference."""
    if not is_rf(text):
        raise BadReference("no ISO 11649 reference, or wrong check digits", got=text[:40])
    return _compact(text)


def rf_in_text(text: str) -> tuple[str, ...]:
    """Return every RF reference with right check digits in running `text`, in order, each once.

    One start may fit at several lengths when words follow it; each that checks is returned, the longest first, and the
    caller decides by what it knows. A reference is not looked for inside a longer word.
    """
    found: list[str] = []
    capitals = text.upper()
    for start in re.finditer(r"(?<![0-9A-Z])RF(?= *[0-9])", capitals):
        match = _RF_IN_TEXT.match(capitals, start.start())
        found += _checked_prefixes(match.group(), capitals[match.end() :]) if match else []
    return tuple(dict.fromkeys(found))


def _checked_prefixes(candidate: str, rest: str) -> list[str]:
    """Return those prefixes of `candidate` that end at the end of a word and check."""
    ends = [at for at in range(len(candidate), 4, -1) if not (candidate + rest)[at : at + 1].isalnum()]
    return [_compact(candidate[:at]) for at in ends if is_rf(candidate[:at])]


def end_to_end_id(seed: bytes, attempt: int) -> str:
    """Return the EndToEndId of a payout: "R", the 16 bytes of `seed` in base32 without padding, "-", the attempt.

    The attempt counts from 1; ISO 20022 allows 35 characters (Max35Text), which leaves room for attempts up to 9999999.
    """
    if len(seed) != _PAYOUT_SEED_BYTES:
        raise ValueError(f"a payout id is made of {_PAYOUT_SEED_BYTES} bytes, not {len(seed)}")
    text = f"R{b32encode(seed).decode().rstrip('=')}-{attempt}"
    if attempt < 1 or len(text) > _MAX_END_TO_END_ID:
        raise ValueError(f"attempt {attempt} is outside 1 to 9999999")
    return text


def iban(text: str) -> str:
    """Return an IBAN without spaces and in capitals; raises BadIban."""
    compact = _compact(text)
    flaw = _iban_flaw(compact)
    if flaw:
        raise BadIban(f"{masked_iban(compact)} is no IBAN: {flaw}", got=masked_iban(compact), reason=flaw)
    return compact


@lru_cache(maxsize=_REMEMBERED)
def _iban_flaw(compact: str) -> str | None:
    """Say what is wrong with an IBAN in capitals without spaces; None if nothing is."""
    if not _IBAN.fullmatch(compact):
        return "not two letters, two digits and up to 30 letters or digits"
    length = _LENGTH_BY_COUNTRY.get(compact[:2])
    if length is not None and len(compact) != length:
        return f"{len(compact)} characters where {compact[:2]} has {length}"
    if compact[:2] in _DIGITS_ONLY and not compact[4:].isdigit():
        return f"letters where {compact[:2]} has digits only"
    if not 2 <= int(compact[2:4]) <= 98 or _mod97(compact[4:] + compact[:4]) != 1:
        return "wrong check digits"
    return None


def is_iban(text: str) -> bool:
    """Say whether `iban` would take `text`."""
    return _iban_flaw(_compact(text)) is None


def masked_iban(text: str) -> str:
    """Return an account number fit for logs: country, check digits and the last four characters, the rest as dots."""
    compact = _compact(text)
    if len(compact) < 12:
        return "…" * min(len(compact), 1)
    return f"{compact[:4]}…{compact[-4:]}"
