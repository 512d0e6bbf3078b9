"""References and account numbers: one wrong character is always seen."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import registry

from tradecoin.domain import references
from tradecoin.domain.references import BadIban, BadReference, end_to_end_id, iban, is_rf, masked_iban, rf, rf_in_text

ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
bodies = st.text(ALNUM, min_size=1, max_size=21)


@pytest.mark.parametrize("body", ["", " ", "A" * 22, "Ä", "A-1", "１"])
def test_a_body_outside_iso_11649_makes_no_reference(body: str) -> None:
    """One to 21 plain letters and digits."""
    with pytest.raises(BadReference):
        rf(body)


@pytest.mark.parametrize("text", ["", "RF", "RF18", "RF19539007547034", "XX18539007547034", "RF18" + "1" * 22])
def test_a_wrong_reference_is_refused(text: str) -> None:
    """Shape and check digits."""
    assert not is_rf(text)
    with pytest.raises(BadReference):
        references.normal_rf(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DE",
        "DE88370400440532013000",
        "DE8937040044053201300",
        "NL91ABNA041716430",
        "DE89370400440532013O0O",
        "1E89370400440532013000",
        "GB82 WEST 1234 5698 7654 33",
    ],
)
def test_a_wrong_iban_is_refused_without_being_shown(text: str) -> None:
    """Check digits, the country's length and shape; the whole number does not get into the error."""
    with pytest.raises(BadIban) as refusal:
        iban(text)
    assert text == "" or text.replace(" ", "") not in str(refusal.value) or len(text) < 4


@pytest.mark.parametrize(
    "text",
    ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "no9386011117947", "MT84MALT011000012345MTLCAST001S"],
)
def test_ibans_of_the_registry_are_taken(text: str) -> None:
    """The registry's own examples, with or without spaces and capitals."""
    assert iban(text) == text.replace(" ", "").upper()


def test_the_standards_example_checks() -> None:
    """The reference that ISO 11649 is usually shown with."""
    assert rf("539007547034") == "RF18539007547034"
    assert references.normal_rf("rf18 5390 0754 7034") == "RF18539007547034"


def test_the_table_of_ibans_agrees_with_an_independent_one() -> None:
    """Lengths, and which countries have digits only, as another library has them from the registry."""
    for country, length in references._LENGTH_BY_COUNTRY.items():
        theirs = registry.get_iban_spec(country)
        assert (country, length) == (country, theirs.iban_length)
        digits_only = re.fullmatch(r"([0-9]+!n)+", theirs.bban_spec) is not None
        assert (country, country in references._DIGITS_ONLY) == (country, digits_only)


@given(bodies, st.data())
def test_one_changed_character_never_checks(body: str, data: st.DataObject) -> None:
    """MOD 97-10 sees every digit changed to a digit and every letter changed to a letter."""
    good = rf(body)
    at = data.draw(st.integers(4, len(good) - 1))
    alike = [char for char in ALNUM if char != good[at] and char.isdigit() == good[at].isdigit()]
    other = data.draw(st.sampled_from(alike))
    assert is_rf(good)
    assert not is_rf(good[:at] + other + good[at + 1 :])


@given(bodies, st.sampled_from(["", "Invoice 7, ", "danke! "]), st.sampled_from(["", ".", " thanks", ", EUR 5"]))
def test_a_reference_is_found_in_running_text(body: str, before: str, after: str) -> None:
    """Grouped by four as on paper, and with words around it."""
    reference = rf(body)
    grouped = " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))
    assert reference in rf_in_text(f"{before}{reference}{after}")
    assert reference in rf_in_text(f"{before}{grouped.lower()}{after}")


@pytest.mark.parametrize(
    "text", ["", "RF", "SURF1853900754703X", "XRF18539007547034", "RF18539007547034A", "RF19539007547034"]
)
def test_no_reference_is_found_where_none_is(text: str) -> None:
    """Neither inside a longer word nor with wrong check digits."""
    assert rf_in_text(text) == ()


@given(st.binary(min_size=16, max_size=16), st.integers(1, 9_999_999))
def test_a_payout_id_fits_the_field_and_tells_payouts_apart(seed: bytes, attempt: int) -> None:
    """Max35Text, plain characters, and another id for another attempt."""
    made = end_to_end_id(seed, attempt)
    assert len(made) <= 35
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-0123456789")
    assert made.startswith("R")
    assert made.endswith(f"-{attempt}")
    assert attempt == 1 or end_to_end_id(seed, attempt - 1) != made


@pytest.mark.parametrize(("size", "attempt"), [(15, 1), (17, 1), (16, 0), (16, -1), (16, 10_000_000)])
def test_a_payout_id_outside_its_rule_is_a_bug(size: int, attempt: int) -> None:
    """The caller holds 16 bytes and counts from 1."""
    with pytest.raises(ValueError, match=r"bytes|attempt"):
        end_to_end_id(bytes(size), attempt)


@given(st.text(ALNUM, max_size=34))
def test_a_masked_number_shows_eight_characters_at_most(text: str) -> None:
    """Logs never hold a full account number."""
    masked = masked_iban(text)
    assert len(masked) <= 9
    assert not text or masked != text
