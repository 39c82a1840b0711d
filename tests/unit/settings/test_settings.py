"""The package hands out what wiring, ops and the command line need, and no more."""

import secureconnect.settings as package


def test_every_name_that_is_handed_out_is_there() -> None:
    assert all(hasattr(package, name) for name in package.__all__)
    assert {"Settings", "SettingsFault", "load", "show", "reference", "missing_secrets"} <= set(package.__all__)
