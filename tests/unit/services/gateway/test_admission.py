"""The door takes so many at once, and so many from one address; every place is given back."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.gateway.admission import Admission


def test_one_address_cannot_take_all_places() -> None:
    admission = Admission(10, 2, 10, 2)
    with admission.request("203.0.113.9"), admission.request("203.0.113.9"):
        with pytest.raises(Fault) as refused, admission.request("203.0.113.9"):
            pass
        assert refused.value.code is Code.TOO_MANY_REQUESTS
        with admission.request("203.0.113.10"):
            pass
    with admission.request("203.0.113.9"):
        pass


def test_a_full_door_says_so() -> None:
    admission = Admission(1, 5, 1, 5)
    with admission.request("a"):
        with pytest.raises(Fault) as refused, admission.request("b"):
            pass
        assert refused.value.code is Code.UNAVAILABLE
        assert refused.value.retry_after_ms


def test_sockets_of_one_ipv6_network_count_together() -> None:
    admission = Admission(1, 1, 10, 1)
    with admission.socket("2001:db8::1"):
        with pytest.raises(Fault):
            admission.take_socket("2001:db8::2")
        admission.take_socket("2001:db8:0:1::2")
    admission.take_socket("2001:db8::2")


def test_a_place_is_given_back_when_the_request_fails() -> None:
    admission = Admission(1, 1, 1, 1)
    with pytest.raises(RuntimeError), admission.request("a"):
        raise RuntimeError
    with admission.request("a"):
        pass
