"""What the services allow by default is what the product promises."""

from secureconnect.settings.services import Auth, Chat, Gateway, Storage, Video


def test_sessions_end_after_30_days_idle_and_180_at_most() -> None:
    auth = Auth()
    assert (auth.refresh_idle_days, auth.refresh_max_days, auth.access_token_s) == (30, 180, 600)


def test_passwords_are_hashed_with_19_mib_in_two_passes() -> None:
    auth = Auth()
    assert (auth.argon2_memory_kib, auth.argon2_time_cost, auth.argon2_parallelism) == (19456, 2, 1)


def test_a_socket_beats_every_30_seconds() -> None:
    chat = Chat()
    assert chat.heartbeat_s == 30
    assert (chat.message_bytes_max, chat.page_events_max, chat.members_max) == (65536, 200, 1000)


def test_a_call_rings_45_seconds_and_a_lost_one_has_15() -> None:
    video = Video()
    assert (video.ring_s, video.grace_s, video.mesh_max, video.ice_credentials_s) == (45, 15, 4, 600)


def test_a_file_may_have_2_gib_and_an_account_10() -> None:
    storage = Storage()
    assert (storage.file_bytes_max, storage.quota_bytes, storage.upload_expiry_s) == (2 << 30, 10 << 30, 86400)


def test_the_inner_host_never_follows_the_outer() -> None:
    assert Gateway(host="0.0.0.0").inner_host == "127.0.0.1"
