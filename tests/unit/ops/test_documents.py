"""The API document is made without starting, opening or leaving anything."""

import tempfile
from pathlib import Path

import msgspec
import pytest
from openapi_spec_validator import validate

from secureconnect.ops.documents import openapi, whole


def test_the_document_is_valid_and_holds_every_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    document = whole("https://chat.example.org")
    validate(document)
    assert document["servers"] == [{"url": "https://chat.example.org"}]
    for path in ("/v1/auth/login", "/v1/conversations", "/v1/calls", "/v1/files", "/.well-known/secureconnect"):
        assert path in document["paths"]
    assert list(tmp_path.iterdir()) == []


def test_it_is_written_to_a_file_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [f"data_dir={tmp_path / 'data'}", "public_url=http://localhost:1"]
    assert openapi(None, pairs, tmp_path / "api.json") == 0
    assert msgspec.json.decode((tmp_path / "api.json").read_bytes())["openapi"].startswith("3.1")
    assert openapi(None, pairs, tmp_path / "none" / "api.json") == 2
    assert "cannot be written" in capsys.readouterr().err
    assert openapi(None, ["chat.port=0"], None) == 2
    assert not (tmp_path / "data").exists()
