"""The headers of tus 1.0."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.storage import tus


def named(**values: str) -> tus.Headers:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in values.items()]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def code_of(asking: Callable[[], object]) -> Code:
    with pytest.raises(Fault) as caught:
        asking()
    return caught.value.code


def test_a_creation_says_length_name_type_and_conversation() -> None:
    given_metadata = f"filename {encoded('a/b.png')},filetype {encoded('image/png')},conversation {encoded('c-1')},note"
    wish = tus.creation(named(upload_length="12", upload_metadata=given_metadata))
    assert wish == tus.Creation(12, "a_b.png", "image/png", "c-1", given_metadata)


def test_a_creation_without_metadata_is_a_nameless_file_of_octets() -> None:
    assert tus.creation(named(upload_length="0")) == tus.Creation(0, "file", "application/octet-stream", None, "")


@pytest.mark.parametrize("length", ["", "-1", "+1", "1.5", "0x10", "1_000", "9" * 17, "9007199254740992", "\u0661"])
def test_a_length_that_is_no_number_of_bytes_is_refused(length: str) -> None:
    headers = [(b"upload-length", length.encode())]
    assert code_of(lambda: tus.creation(headers)) is Code.BAD_REQUEST


def test_a_missing_or_deferred_length_concatenation_and_doubled_headers_are_refused() -> None:
    refused = [
        named(),
        named(upload_defer_length="1"),
        named(upload_length="1", upload_concat="partial"),
        [*named(upload_length="1"), *named(upload_length="1")],
    ]
    assert {code_of(lambda headers=headers: tus.creation(headers)) for headers in refused} == {Code.BAD_REQUEST}


@pytest.mark.parametrize(
    "given_metadata",
    [
        "filename !!!",
        "filename " + base64.b64encode(b"\xff\xfe").decode(),
        "filename YQ==,filename Yg==",
        ",",
        "file name YQ==",
        "filename YQ",
        "filename " + "A" * 8192,
    ],
)
def test_metadata_that_is_not_as_tus_says_is_refused(given_metadata: str) -> None:
    assert code_of(lambda: tus.metadata(given_metadata)) is Code.STORAGE_METADATA_INVALID


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=40), max_size=5))
def test_metadata_comes_out_as_it_went_in(values: dict[str, str]) -> None:
    assert tus.metadata(",".join(f"{key} {encoded(value)}" for key, value in values.items())) == values


def test_only_version_1_is_spoken_and_the_answer_says_so() -> None:
    tus.check_version(named(tus_resumable="1.0.0"))
    for headers in (named(), named(tus_resumable="0.2.2"), named(tus_resumable="1.0")):
        with pytest.raises(Fault) as caught:
            tus.check_version(headers)
        assert caught.value.code is Code.STORAGE_TUS_VERSION
        assert caught.value.headers["tus-version"] == "1.0.0"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_checksum_is_an_algorithm_and_a_digest(algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"part").digest()
    header = f"{algorithm} {base64.b64encode(digest).decode()}"
    assert tus.checksum(named(upload_checksum=header)) == tus.Checksum(algorithm, digest)


def test_a_checksum_that_cannot_be_checked_is_refused() -> None:
    assert tus.checksum(named()) is None
    assert code_of(lambda: tus.checksum(named(upload_checksum="md5 abcd"))) is Code.STORAGE_CHECKSUM_UNKNOWN
    for wrong in ("sha1", "sha1 !!!", "sha256 " + base64.b64encode(b"short").decode()):
        assert code_of(lambda wrong=wrong: tus.checksum(named(upload_checksum=wrong))) is Code.BAD_REQUEST


def test_a_part_has_its_own_media_type() -> None:
    tus.check_part_type(named(content_type="Application/Offset+Octet-Stream"))
    for wrong in (named(), named(content_type="application/octet-stream")):
        assert code_of(lambda wrong=wrong: tus.check_part_type(wrong)) is Code.MEDIA_TYPE_REFUSED


def test_a_creation_brings_a_part_when_it_has_a_body() -> None:
    part = {"content_type": tus.PART_TYPE}
    assert not tus.brings_part(named())
    assert not tus.brings_part(named(content_length="0", **part))
    assert tus.brings_part(named(content_length="3", **part))
    assert tus.brings_part(named(transfer_encoding="chunked", **part))
    assert code_of(lambda: tus.brings_part(named(content_length="3"))) is Code.MEDIA_TYPE_REFUSED


def test_what_is_answered_says_where_the_upload_stands() -> None:
    assert tus.standing(5, None) == {"tus-resumable": "1.0.0", "upload-offset": "5"}
    assert tus.standing(5, 1_763_800_000_000)["upload-expires"] == "Sat, 22 Nov 2025 08:26:40 GMT"
    assert tus.capabilities(7)["tus-max-size"] == "7"


def test_a_fault_amid_tus_says_its_version() -> None:
    with pytest.raises(Fault) as caught, tus.spoken():
        raise Fault(Code.STORAGE_UPLOAD_GONE)
    assert caught.value.headers == {"tus-resumable": "1.0.0"}
