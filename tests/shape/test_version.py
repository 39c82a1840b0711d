"""The version is the same wherever it is told."""

import tomllib

from secureconnect import __version__
from tests.shape.tree import ROOT


def test_package_and_project_have_one_version() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
