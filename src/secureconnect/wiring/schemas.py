"""Which tables each database should hold, for whoever compares."""

from collections.abc import Mapping, Sequence

from sqlalchemy import MetaData

from secureconnect.backends.log.tables import metadata as log_tables
from secureconnect.services.auth.store.tables import METADATA as AUTH
from secureconnect.services.chat.store.tables import METADATA as CHAT
from secureconnect.services.storage.store.tables import METADATA as STORAGE
from secureconnect.services.video.store.tables import METADATA as VIDEO


def schemas() -> Mapping[str, Sequence[MetaData]]:
    """The tables by the name of their database, `chat` also with those of the log."""
    return {"auth": [AUTH], "chat": [CHAT, log_tables], "video": [VIDEO], "storage": [STORAGE]}
