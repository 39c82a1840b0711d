"""What cannot be true together is refused, and production refuses what is only for trying out."""

import pytest

from secureconnect.kit.secret import Secret
from secureconnect.settings import SERVICES, FaultLine, Settings, missing_secrets
from secureconnect.settings.check import cross_warnings
from secureconnect.settings.outside import S3, Firebase, Livekit, Smtp, Turn
from secureconnect.settings.services import Chat
from tests.unit.settings.conftest import Faulting, Loading

PRODUCTION = {"profile": "production", "public_url": "https://chat.example.org"}


def names(faults: list[FaultLine]) -> list[str]:
    return [fault.setting for fault in faults]


@pytest.mark.parametrize("first", SERVICES)
@pytest.mark.parametrize("second", SERVICES)
@pytest.mark.parametrize("kinds", [("", "inner_"), ("", ""), ("inner_", "inner_")])
def test_no_two_of_the_ten_listeners_share_a_port(
    first: str, second: str, kinds: tuple[str, str], faulting: Faulting
) -> None:
    one, other = f"{first}.{kinds[0]}port", f"{second}.{kinds[1]}port"
    if one == other:
        return
    (fault,) = faulting(overrides={one: "9000", other: "9000"})
    assert {fault.setting, *fault.wrong.split()} >= {one, other}


@pytest.mark.parametrize(
    "hosts", [("0.0.0.0", "127.0.0.1"), ("::", "10.0.0.1"), ("localhost", "127.0.0.1"), ("A", "a")]
)
def test_hosts_that_overlap_count_as_the_same(hosts: tuple[str, str], faulting: Faulting) -> None:
    ports = {"chat.port": "9000", "auth.port": "9000"}
    assert names(faulting(overrides=ports | {"chat.host": hosts[0], "auth.host": hosts[1]})) == ["chat.port"]


def test_the_same_port_on_two_hosts_is_fine(loading: Loading) -> None:
    loading(overrides={"chat.port": "9000", "auth.port": "9000", "chat.host": "127.0.0.1", "auth.host": "127.0.0.2"})


@pytest.mark.parametrize(
    ("low", "high", "given"),
    [
        ("auth.refresh_idle_days", "auth.refresh_max_days", ("90", "60")),
        ("chat.message_bytes_max", "chat.outbox_bytes_max", ("131072", "65536")),
        ("storage.file_bytes_max", "storage.quota_bytes", ("4096", "2048")),
    ],
)
def test_a_part_is_no_larger_than_its_whole(low: str, high: str, given: tuple[str, str], faulting: Faulting) -> None:
    faults = faulting(overrides={low: given[0], high: given[1]})
    assert {(fault.setting, high in fault.wrong) for fault in faults} == {(low, True)}


def test_mail_needs_a_sender_and_a_public_store_an_inner_one(faulting: Faulting) -> None:
    assert names(faulting(overrides={"smtp.url": "smtp://mail"})) == ["smtp.sender"]
    assert names(faulting(overrides={"s3.public_endpoint": "https://s3.example.org"})) == ["s3.public_endpoint"]


def test_what_hangs_on_a_faulty_setting_is_not_blamed_too(faulting: Faulting) -> None:
    assert names(faulting(overrides={"smtp.url": "smtp://mail", "smtp.sender": "nobody"})) == ["smtp.sender"]
    assert names(faulting(overrides={"profile": "production", "public_url": "nowhere"})) == ["public_url"]


def test_production_refuses_plain_http_a_raised_scale_and_weak_hashes(faulting: Faulting) -> None:
    overrides = {
        "profile": "production",
        "limits.scale": "1.5",
        "auth.argon2_memory_kib": "1024",
        "auth.argon2_time_cost": "1",
    }
    faults = faulting(overrides=overrides)
    assert names(faults) == ["auth.argon2_memory_kib", "auth.argon2_time_cost", "limits.scale", "public_url"]
    assert all("production refuses" in fault.wrong for fault in faults)


def test_one_machine_takes_them_all(loading: Loading) -> None:
    loading(overrides={"limits.scale": "100", "auth.argon2_memory_kib": "64", "auth.argon2_time_cost": "1"})


def test_production_needs_no_mail(loading: Loading) -> None:
    assert loading(overrides=PRODUCTION).settings.smtp.url is None


def test_production_refuses_an_armed_crash_point(loading: Loading, faulting: Faulting) -> None:
    environ = {"SECURECONNECT_TEST_CRASHPOINT": "sql.before_commit"}
    loading(environ=environ)
    assert names(faulting(environ=environ, overrides=PRODUCTION)) == ["SECURECONNECT_TEST_CRASHPOINT"]


@pytest.mark.parametrize(("host", "said"), [("0.0.0.0", 1), ("::", 1), ("8.8.8.8", 1), ("10.0.0.1", 0), ("chat", 0)])
def test_an_inner_listener_that_the_world_could_reach_is_warned_of(host: str, said: int) -> None:
    assert len(cross_warnings(Settings(chat=Chat(inner_host=host)))) == said


@pytest.mark.parametrize(
    ("settings", "service", "needed"),
    [
        (Settings(smtp=Smtp(url="smtp://me@mail", sender="a@b")), "auth", ["smtp_password"]),
        (Settings(turn=Turn(urls=("stun:a", "turns:a"))), "video", ["turn_secret"]),
        (Settings(livekit=Livekit(url="wss://a")), "video", ["livekit_api_key", "livekit_api_secret"]),
        (Settings(s3=S3(endpoint="http://a")), "storage", ["minio_access_key", "minio_secret_key"]),
        (Settings(firebase=Firebase(project_id="p")), "chat", ["firebase_credentials"]),
    ],
)
def test_what_is_used_needs_its_secret_in_the_service_that_uses_it(
    settings: Settings, service: str, needed: list[str]
) -> None:
    assert names(missing_secrets(settings, {}, SERVICES)) == needed
    assert names(missing_secrets(settings, {}, (service,))) == needed
    assert missing_secrets(settings, {name: Secret("x") for name in needed}, SERVICES) == []
    assert missing_secrets(settings, {}, ("gateway",)) == []


def test_nothing_is_needed_for_what_is_not_used() -> None:
    settings = Settings(turn=Turn(urls=("stun:a",)), smtp=Smtp(url="smtp://mail", sender="a@b"))
    assert missing_secrets(settings, {}, SERVICES) == []


def test_a_part_of_the_services_in_production_needs_keys_that_it_cannot_make() -> None:
    production = Settings(profile="production")
    assert names(missing_secrets(production, {}, ("auth", "chat"))) == [
        "jwt_secret",
        "service_key_auth",
        "service_key_chat",
    ]
    assert missing_secrets(production, {}, SERVICES) == []
    assert missing_secrets(Settings(), {}, ("auth",)) == []
