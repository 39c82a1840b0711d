"""A file's record."""

from msgspec.structs import replace

from secureconnect.services.storage.record import Audience, FileRecord, FileState

OPEN = FileRecord(
    id="f",
    account="a",
    name="n",
    type="t/t",
    size=3,
    offset=1,
    state=FileState.OPEN,
    sha256=None,
    conversation="c",
    audience=Audience.CONVERSATION,
    blob="b",
    metadata="",
    created_at=1,
    due_at=100,
)


def test_an_open_upload_has_ended_once_it_is_due() -> None:
    assert not OPEN.ended(99)
    assert OPEN.ended(100)
    assert not OPEN.complete
    assert OPEN.expires_at == 100


def test_an_ended_upload_has_ended_whenever_it_is_forgotten() -> None:
    ended = replace(OPEN, state=FileState.ENDED)
    assert ended.ended(1)
    assert ended.expires_at is None


def test_a_complete_file_never_ends_by_itself() -> None:
    done = replace(OPEN, state=FileState.COMPLETE, offset=3, sha256="00", due_at=None)
    assert not done.ended(10**15)
    answer = done.answer()
    assert (answer.complete, answer.sha256, answer.expires_at, answer.offset) == (True, "00", None, 3)


def test_an_answer_does_not_tell_whose_it_is_or_where_its_bytes_are() -> None:
    assert not {"account", "blob", "metadata", "audience", "state"} & set(OPEN.answer().__struct_fields__)


def test_the_states_stand_in_life_order() -> None:
    assert [state.value for state in FileState] == ["open", "complete", "ended"]
