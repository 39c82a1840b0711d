"""Each page of the reference is made by code, the same each time."""

import pytest

from secureconnect.contracts.errors import Code
from secureconnect.ops.docs import GENERATORS


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_a_page_is_made_the_same_twice(name: str) -> None:
    text = GENERATORS[name]()
    assert text == GENERATORS[name]()
    assert text.startswith("# ")
    assert text.endswith("\n")


def test_each_error_code_stands_once_in_the_page_of_errors() -> None:
    text = GENERATORS["errors.md"]()
    assert all(text.count(f"| `{code.wire}` |") == 1 for code in Code)


def test_the_page_of_verbs_names_each_with_its_options() -> None:
    text = GENERATORS["cli.md"]()
    assert "secureconnect user import" in text
    assert "--skip-existing" in text
    assert "--empty-set" not in text
