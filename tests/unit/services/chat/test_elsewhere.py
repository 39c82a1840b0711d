"""What other nodes told of presence holds for a while, each node for itself."""

from secureconnect.kit.clock import ManualClock
from secureconnect.services.chat.elsewhere import TOLD_S, Elsewhere


def test_an_account_is_gone_when_the_last_node_says_so() -> None:
    elsewhere = Elsewhere(ManualClock())
    assert elsewhere.came("anna", "n1")
    assert not elsewhere.came("anna", "n2")
    assert not elsewhere.went("anna", "n1")
    assert elsewhere.has("anna")
    assert elsewhere.went("anna", "n2")
    assert not elsewhere.has("anna")
    assert not elsewhere.went("anna", "n2")


def test_what_is_not_told_again_expires() -> None:
    clock = ManualClock()
    elsewhere = Elsewhere(clock)
    elsewhere.came("anna", "n1")
    elsewhere.came("ben", "n1")
    clock.advance_s(TOLD_S - 1)
    elsewhere.came("ben", "n1")
    clock.advance_s(2)
    assert elsewhere.expire() == ["anna"]
    assert elsewhere.has("ben")
    elsewhere.forget("ben")
    assert not elsewhere.has("ben")
