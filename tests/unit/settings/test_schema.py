"""The settings of the protocol stand under their names with their defaults."""

import pytest

from secureconnect.settings import SERVICES, Settings


def test_the_services_listen_where_the_protocol_says() -> None:
    settings = Settings()
    for place, name in enumerate(SERVICES):
        service = settings.service(name)
        assert (service.host, service.port) == ("127.0.0.1", 8080 + place)
        assert (service.inner_host, service.inner_port) == ("127.0.0.1", 18080 + place)
        assert service.urls == service.inner_urls == ()


def test_no_other_service_is_known() -> None:
    with pytest.raises(KeyError):
        Settings().service("mail")


def test_settings_cannot_be_changed_once_they_are_made() -> None:
    with pytest.raises(AttributeError):
        Settings().chat.port = 1  # pyright: ignore[reportAttributeAccessIssue]  the truth under test


def test_the_defaults_are_those_of_one_machine() -> None:
    settings = Settings()
    assert (settings.profile, settings.data_dir, settings.public_url) == ("single", "./data", "http://localhost:8080")
    assert settings.gateway.trusted_proxies == ()
    assert settings.auth.registration == "invite"
    assert settings.limits.scale == 1
    outside = (settings.sql.url, settings.log.url, settings.redis.url, settings.s3.endpoint, settings.livekit.url)
    assert outside == (None,) * 5
    assert (settings.turn.urls, settings.smtp.url, settings.firebase.project_id) == ((), None, None)
