"""The changelog and the package speak of the same version."""

import re
import tomllib

from tests.tidy.house import ROOT


def newest_in(changelog: str) -> str | None:
    """The version of the first `## 1.2.3` heading, `Unreleased` left aside; None without one."""
    found = re.search(r"^## \[?(\d+\.\d+\.\d+)\]?", changelog, flags=re.MULTILINE)
    return found.group(1) if found else None


def test_the_changelog_begins_with_the_packages_version() -> None:
    """Whoever installs a version can read what it brought."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert newest_in((ROOT / "CHANGELOG.md").read_text()) == version


def test_the_check_of_versions_reads_the_first_heading() -> None:
    """It goes red when the newest heading is older, or when there is none."""
    assert newest_in("# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-01-01)\n\n## 0.1.0\n") == "0.2.0"
    assert newest_in("# Changelog\n") is None
