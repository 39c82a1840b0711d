"""A verb gets its settings, or is refused with every fault."""

from pathlib import Path

import pytest

from secureconnect.ops.loading import REFUSED, Refusal, data_dir_of, loaded_settings, overrides_of, refuse


def test_pairs_of_the_command_line_are_settings() -> None:
    assert overrides_of(["chat.port=9", "public_url=http://a=b"]) == {"chat.port": "9", "public_url": "http://a=b"}
    with pytest.raises(Refusal, match="name=value"):
        overrides_of(["chat.port"])


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        loaded_settings(None, ["chat.port=0", f"data_dir={tmp_path}", "profile=festive"])
    assert refused.value.code == REFUSED
    assert "2 settings are not right" in str(refused.value)


def test_the_data_folder_is_told_as_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_dir_of(loaded_settings(None, ["data_dir=./here"]).settings) == tmp_path / "here"


def test_a_refusal_is_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert refuse(Refusal("it is not so.", 7)) == 7
    assert capsys.readouterr().err == "secureconnect: it is not so.\n"
