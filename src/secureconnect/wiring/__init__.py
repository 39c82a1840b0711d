"""The one place that chooses: settings become adapters, adapters become services, services become a node.

What the operator's verbs need beside that stands in modules of its own, so that a start does not load it.
"""

from secureconnect.wiring.house import Wired, build_node
from secureconnect.wiring.prepare import Prepared, file_system_of, plans, prepare, waiting_migrations

__all__ = ["Prepared", "Wired", "build_node", "file_system_of", "plans", "prepare", "waiting_migrations"]
