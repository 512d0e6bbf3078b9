"""What must not be in any committed file: loose ends, long lines, and traces of the machine that it was written on."""

import json
import posixpath
import re
from collections.abc import Collection, Iterable

import pytest

from tests.tidy.house import ROOT, Source, sources

LINE_LENGTH_MAX = 120
LINED_SUFFIXES = (".py", ".sol", ".cjs", ".mjs", ".toml", ".sh", ".in")



def without_dots(pattern: str) -> re.Pattern[str]:
    """Compile a pattern whose words are broken by `·`, so that this file does not find itself."""
    return re.compile(pattern.replace("·", ""))


LOOSE_ENDS = without_dots(
    r"\b(TO·DO|FIX·ME|HA·CK|WI·P)\b|raise Not·ImplementedError|pytest\.(?:mark\.)?(?:sk·ip|xf·ail)"
)
REGISTRIES = without_dots(
    r"(?:py·pi|python·hosted|pi·wheels|npm·js|yarn·pkg|ruby·gems)\.(?:org|com|net)\b|\bjs·r\.io\b|\bgh·cr\.io\b"
    r"|\bdeb·ian\.org\b|\bcra·tes\.io\b|proxy\.go·lang|\bmav·en\.org\b|reg·istry\.\w+\.\w+"
)
# A path that begins at somebody's root: on another machine it names nothing, or something else.
MACHINE_PATHS = without_dots(r"(?<![\w.~$})\]/*-])/(?:ro·ot|ho·me|Us·ers|wo·rk|tm·p|mn·t|op·t|sr·v)(?=[/\s\"'`:,;)]|$)")
ADDRESS = re.compile(r"\b(?:https?|git\+\w+|ftp|ssh)://")
# Who held the pen, and where, is no part of a program.
AUTHORSHIP = without_dots(
    r"(?i)\bco-aut·hored-by\b|\b(?:gene·rated|writ·ten|assis·ted) (?:by|with) an? (?:a·i|mod·el|assis·tant|ag·ent)\b"
)
DOCUMENT = re.compile(r"(?<![\w/:.-])(?:\.\./|[\w-]+/)*[\w.-]+\.md\b")

INSTALLS = ("package.json", ".npmrc", "pyproject.toml", "requirements", "Makefile", "scripts/setup_env.sh")


def matches(pattern: re.Pattern[str], found: Iterable[Source]) -> list[str]:
    """Complaints as `path:line: what was found`."""
    return [
        f"{source.path}:{number}: {match.group().strip()}"
        for source in found
        for number, line in enumerate(source.lines, start=1)
        for match in pattern.finditer(line)
    ]


def unknown_documents(found: Iterable[Source], known: Collection[str]) -> list[str]:
    """Complaints about documents that are mentioned but lie neither at the root nor beside who mentions them."""
    complaints = []
    for source in found:
        for number, line in enumerate(source.lines, start=1):
            for name in DOCUMENT.findall(line):
                beside = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))
                if beside not in known and posixpath.normpath(name) not in known:
                    complaints.append(f"{source.path}:{number}: {name}")
    return complaints


def long_lines(found: Iterable[Source]) -> list[str]:
    """Complaints about lines over the limit; a line that is one long address or hash cannot be broken."""
    return [
        f"{source.path}:{number}: {len(line)} characters"
        for source in found
        for number, line in enumerate(source.lines, start=1)
        if len(line) > LINE_LENGTH_MAX and " " in line.strip()
    ]


def ragged_ends(found: Iterable[Source]) -> list[str]:
    """Complaints about spaces at the end of a line, tabs outside the Makefile, and a missing last newline."""
    complaints = []
    for source in found:
        if source.text and not source.text.endswith("\n"):
            complaints.append(f"{source.path}: no newline at the end")
        for number, line in enumerate(source.lines, start=1):
            if line != line.rstrip() or ("\t" in line and source.path != "Makefile"):
                complaints.append(f"{source.path}:{number}: a tab, or a space at the end")
    return complaints


def written() -> list[Source]:
    """The files that people write: neither compiled artefacts, bank samples, snapshots nor the licence."""
    return [s for s in sources() if s.path.endswith((*LINED_SUFFIXES, ".md", "Makefile")) and s.path != "LICENSE"]


def test_nothing_is_left_for_later() -> None:
    """What is missing is an issue, not a marker in the code; a test that is skipped promises nothing."""
    assert matches(LOOSE_ENDS, written()) == []


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the machine's own setting."""
    assert matches(REGISTRIES, sources()) == []


def test_what_installs_holds_no_address() -> None:
    """Locks, manifests and the set-up script fetch by name only."""
    assert matches(ADDRESS, [s for s in sources() if s.is_in(*INSTALLS)]) == []


def test_the_npm_lock_fetches_by_name_and_hash() -> None:
    """Its addresses are where authors ask for support; none says where a package is fetched."""
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    packages = {name: package for name, package in lock.items() if name}
    assert [name for name, package in packages.items() if "resolved" in package or "integrity" not in package] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    """A checkout works wherever it lies."""
    assert matches(MACHINE_PATHS, sources()) == []


def test_no_file_tells_who_held_the_pen() -> None:
    """The code speaks for itself; commits have authors."""
    assert matches(AUTHORSHIP, [s for s in sources() if not s.path.endswith(".json")]) == []


def test_every_document_that_is_mentioned_is_here() -> None:
    """A reader who follows a reference arrives."""
    here = {s.path for s in sources()}
    assert unknown_documents([s for s in written() if not s.is_in("tests/tidy")], here) == []


def test_no_line_is_longer_than_a_reader_wants() -> None:
    """Code and comments fit beside each other."""
    assert long_lines([s for s in sources() if s.path.endswith(LINED_SUFFIXES)]) == []


def test_lines_end_where_they_end() -> None:
    """A difference shows what changed, not what an editor did."""
    assert ragged_ends([s for s in sources() if s.path.endswith((*LINED_SUFFIXES, ".md", "Makefile"))]) == []


@pytest.mark.parametrize(
    ("pattern", "planted"),
    [
        (LOOSE_ENDS, "# TO·DO: later"),
        (LOOSE_ENDS, "    raise Not·ImplementedError"),
        (LOOSE_ENDS, "@pytest.mark.sk·ip"),
        (REGISTRIES, '"resolved": "https://registry.npm·js.org/solc"'),
        (REGISTRIES, "--index-url https://py·pi.org/simple"),
        (ADDRESS, "aiohttp @ https://example.invalid/aiohttp.whl"),
        (MACHINE_PATHS, 'open("/ho·me/me/tradecoin/x.json")'),
        (MACHINE_PATHS, "see /tm·p/out.txt"),
        (AUTHORSHIP, "This file was gene·rated by an assis·tant."),
    ],
)
def test_the_check_of_words_sees_them(pattern: re.Pattern[str], planted: str) -> None:
    """Each pattern goes red on a planted line, and names the line."""
    complaints = matches(pattern, [Source("planted.md", "fine\n" + planted.replace("·", "") + "\n")])
    assert complaints
    assert complaints[0].startswith("planted.md:2: ")


@pytest.mark.parametrize(
    "harmless", ["a redemption in progress", "see docs/ho·me/page.md", "./tm·p/x", "{base}/wo·rk/x", "/wo·rks", "XXX"]
)
def test_the_check_of_words_lets_ordinary_ones_pass(harmless: str) -> None:
    """A pattern that complains about prose would be switched off."""
    planted = Source("planted.md", harmless.replace("·", ""))
    for pattern in (LOOSE_ENDS, REGISTRIES, MACHINE_PATHS, AUTHORSHIP):
        assert matches(pattern, [planted]) == []


def test_the_check_of_documents_sees_one_that_is_not_here() -> None:
    """It goes red on a document of somewhere else, and finds one beside the reader or at the root."""
    here = {"README.md", "contracts/README.md", "contracts/notes.md"}
    planted = Source("contracts/README.md", "see notes.md, ../README.md, contracts/notes.md and design.md")
    assert unknown_documents([planted], here) == ["contracts/README.md:1: design.md"]


def test_the_check_of_lines_sees_long_and_ragged_ones() -> None:
    """It goes red on one character too many, on a space at the end and on a missing newline."""
    assert long_lines([Source("a.py", "x " * 60 + "y\n")]) == ["a.py:1: 121 characters"]
    assert ragged_ends([Source("a.py", "x \ny\n")]) == ["a.py:1: a tab, or a space at the end"]
    assert ragged_ends([Source("a.py", "x")]) == ["a.py: no newline at the end"]
