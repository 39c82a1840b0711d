"""The one place that chooses: settings become adapters, adapters become services, services become a node."""

from secureconnect.wiring.house import Wired, build_node
from secureconnect.wiring.prepare import Prepared, file_system_of, plans, prepare, waiting_migrations

__all__ = ["Prepared", "Wired", "build_node", "file_system_of", "plans", "prepare", "waiting_migrations"]
