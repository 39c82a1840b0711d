"""What doctor looks at: a deployment by its settings, and whether a node of it runs."""

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from secureconnect.kit.lock import Holder
from secureconnect.settings import SERVICES, Loaded, Settings
from secureconnect.wiring.addresses import inner_urls, public_urls


@dataclass(frozen=True)
class Patient:
    """One deployment as this machine sees it; `holder` is who holds its data folder."""

    loaded: Loaded
    holder: Holder | None

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    @cached_property
    def data_dir(self) -> Path:
        """The data folder as an absolute path."""
        return Path(self.settings.data_dir).absolute()

    @property
    def now_s(self) -> float:
        """Seconds since 1970 UTC."""
        return time.time()

    @property
    def runs(self) -> bool:
        """Whether a node of this data folder runs."""
        return self.holder is not None

    @property
    def split(self) -> bool:
        """Whether services run in processes of their own."""
        settings = self.settings
        return settings.node.service_keys is not None or any(settings.service(name).inner_urls for name in SERVICES)

    def public(self, service: str) -> list[str]:
        """The addresses of a service's public listeners."""
        return public_urls(self.settings, service)

    def inner(self, service: str) -> list[str]:
        """The addresses of a service's inner listeners."""
        return inner_urls(self.settings, service)
