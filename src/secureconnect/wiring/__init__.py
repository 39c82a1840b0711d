"""The one place that chooses: settings become adapters, adapters become services, services become a node."""

from secureconnect.wiring.addresses import inner_urls, public_urls
from secureconnect.wiring.data import Data, open_data
from secureconnect.wiring.house import Wired, build_node
from secureconnect.wiring.operating import OperatorLine, operator_line, ping_mail, service_jwks
from secureconnect.wiring.prepare import (
    NETWORK_FILE_SYSTEMS,
    Prepared,
    file_system_of,
    plans,
    prepare,
    secret_file,
    waiting_migrations,
)
from secureconnect.wiring.schemas import schemas

__all__ = [
    "NETWORK_FILE_SYSTEMS",
    "Data",
    "OperatorLine",
    "Prepared",
    "Wired",
    "build_node",
    "file_system_of",
    "inner_urls",
    "open_data",
    "operator_line",
    "ping_mail",
    "plans",
    "prepare",
    "public_urls",
    "schemas",
    "secret_file",
    "service_jwks",
    "waiting_migrations",
]
