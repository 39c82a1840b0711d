"""Every setting and secret: types, defaults, sources and faults; read by wiring, ops and cli alone.

`load(config, environ, overrides)` gives `Loaded`, or raises `SettingsFault` with every fault; `show` lists what is in
force with secrets hidden; `missing_secrets` names what a choice of services still lacks; `reference` is the handbook.
"""

from secureconnect.settings.check import missing_secrets
from secureconnect.settings.docs import reference
from secureconnect.settings.faults import FaultLine, SettingsFault
from secureconnect.settings.loading import RUN_SECRETS, Loaded, Row, load, show
from secureconnect.settings.schema import SERVICES, Settings
from secureconnect.settings.secrets import SECRETS, SecretForm, SecretSpec

__all__ = [
    "RUN_SECRETS",
    "SECRETS",
    "SERVICES",
    "FaultLine",
    "Loaded",
    "Row",
    "SecretForm",
    "SecretSpec",
    "Settings",
    "SettingsFault",
    "load",
    "missing_secrets",
    "reference",
    "show",
]
