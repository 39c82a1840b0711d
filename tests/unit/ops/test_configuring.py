"""What is set is shown with its source, and secrets never are."""

from pathlib import Path

import msgspec
import pytest

from secureconnect.ops.configuring import check, docs, show
from secureconnect.settings import Row, reference


def rows(capsys: pytest.CaptureFixture[str]) -> dict[str, Row]:
    return {row.name: row for row in msgspec.json.decode(capsys.readouterr().out, type=list[Row])}


def test_every_setting_is_shown_with_its_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "secrets" / "metrics_token"
    secret.parent.mkdir()
    secret.write_text("a secret that is long enough")
    secret.chmod(0o600)
    config = tmp_path / "own.toml"
    config.write_text('[chat]\nport = 9999\n[auth]\nregistration = "open"\n')
    assert show(config, [f"data_dir={tmp_path}"], json=True) == 0
    found = rows(capsys)
    assert (found["chat.port"].value, found["chat.port"].source) == ("9999", str(config))
    assert found["data_dir"].source == "command line"
    assert found["auth.port"].source == "default"
    assert (found["metrics_token"].value, found["metrics_token"].source) == ("[secret]", str(secret))
    assert found["turn_secret"].source == "nowhere"


def test_without_a_terminal_rows_are_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(None, [f"data_dir={tmp_path}"], json=False) == 0
    assert all(len(line.split("\t")) == 3 for line in capsys.readouterr().out.splitlines())


def test_checking_tells_every_fault_or_that_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(None, [f"data_dir={tmp_path}"]) == 0
    assert capsys.readouterr().out == "All settings are right.\n"
    assert check(None, [f"data_dir={tmp_path}", "chat.port=0", "profile=festive"]) == 2
    assert "2 settings are not right" in capsys.readouterr().err
    assert check(None, [f"data_dir={tmp_path}", "turn.urls=turn:turn.example.org"]) == 2
    assert "turn_secret" in capsys.readouterr().err
    assert show(None, ["chat.port=0"], json=False) == 2


def test_the_reference_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs() == 0
    assert capsys.readouterr().out == reference()
