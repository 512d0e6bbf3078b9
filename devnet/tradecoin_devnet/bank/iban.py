"""Account numbers: ISO 13616 with the check digits of ISO 7064 mod 97-10."""

import re

from tradecoin_devnet.bank.refusals import invalid

COUNTRY, BANK_CODE = "NL", "NRWB"  # a bank code that no real bank has
BIC = "NRWBNL2A"
_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")


def is_iban(text: str) -> bool:
    """Say whether the text has an IBAN's shape and right check digits; spaces are not allowed."""
    return bool(_SHAPE.fullmatch(text)) and _remainder(text) == 1


def checked_iban(text: object) -> str:
    """Return an IBAN without spaces; Refused when the check digits are wrong."""
    plain = text.replace(" ", "").upper() if isinstance(text, str) else ""
    if not is_iban(plain):
        raise invalid(f"{text!r} is not an IBAN: its shape or its check digits are wrong")
    return plain


def own_iban(number: int) -> str:
    """Return this bank's IBAN for its account number `number`."""
    basic = f"{BANK_CODE}{number:010d}"
    check = 98 - _remainder(f"{COUNTRY}00{basic}")
    return f"{COUNTRY}{check:02d}{basic}"


def is_ours(iban: str) -> bool:
    """Say whether an IBAN carries this bank's code, so that the bank must know the account or refuse it."""
    return iban[:2] == COUNTRY and iban[4:8] == BANK_CODE


def _remainder(iban: str) -> int:
    """Return the number behind the IBAN modulo 97 (ISO 7064): letters count from A = 10."""
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97
