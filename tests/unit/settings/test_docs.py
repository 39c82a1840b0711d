"""The handbook names every setting and secret, and the one in the tree is fresh."""

from pathlib import Path

from secureconnect.settings import SECRETS, reference
from secureconnect.settings.fields import fields
from secureconnect.settings.old_names import OLD_SECRETS, OLD_SETTINGS

HANDBOOK = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


def test_the_handbook_in_the_tree_is_what_the_code_says() -> None:
    fresh = HANDBOOK.read_text(encoding="utf-8") == reference()
    assert fresh, "stale: make docs writes it anew"


def test_the_handbook_names_everything_that_can_be_set() -> None:
    text = reference()
    for field in fields().values():
        assert f"| `{field.name}` |" in text
        assert f"| `{field.environment}` |" in text
        assert field.sentence in text
    for spec in SECRETS.values():
        assert f"| `{spec.name}` |" in text
        assert spec.sentence in text
    for old in (*OLD_SECRETS, *OLD_SETTINGS):
        assert f"| `{old}` |" in text


def test_each_table_is_whole() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {3, 5, 7}
