"""What a refused reservation means."""

import pytest

from secureconnect.contracts.errors import Code, Fault
from secureconnect.services.storage.quotas import require
from secureconnect.services.storage.store.quotas import Reservation


def test_each_refusal_has_its_own_fault() -> None:
    require(Reservation.DONE)
    refusals = {
        Reservation.NO_ROOM: Code.STORAGE_QUOTA_EXCEEDED,
        Reservation.TOO_MANY_OPEN: Code.STORAGE_TOO_MANY_UPLOADS,
    }
    for refusal, code in refusals.items():
        with pytest.raises(Fault) as caught:
            require(refusal)
        assert caught.value.code is code
