"""Files in conversations: which may be attached, and who may read them for the sake of a message."""

from collections.abc import Sequence

from secureconnect.backends.peers.port import Peers
from secureconnect.backends.sql.port import Sql
from secureconnect.contracts.errors import Code, Fault, FieldFault
from secureconnect.contracts.peers import (
    STORAGE_FILES_USABLE,
    FileReadableAsk,
    FileReadableReply,
    FilesUsableAsk,
)
from secureconnect.contracts.storage import FileAnswer
from secureconnect.services.chat.store.files import file_readable


class Files:
    """Asks storage before a file is attached; answers storage who may read it."""

    def __init__(self, peers: Peers, sql: Sql) -> None:
        self._peers = peers
        self._sql = sql

    async def usable(self, account: str, conversation: str, files: Sequence[str], pointer: str) -> list[FileAnswer]:
        """The files, finished and the account's own for this conversation.

        Raises Fault(CHAT_FILE_INVALID) that points to the first which is not, Fault(UNAVAILABLE).
        """
        reply = await self._peers.ask(STORAGE_FILES_USABLE, FilesUsableAsk(account, conversation, list(files)))
        found = {file.id: file for file in reply.files if file.complete}
        for at, file in enumerate(files):
            if file not in found:
                at_field = FieldFault(pointer.format(at), "not usable here")
                raise Fault(Code.CHAT_FILE_INVALID, errors=[at_field])
        return [found[file] for file in files]

    async def readable(self, ask: FileReadableAsk) -> FileReadableReply:
        """Whether a message or a group's picture lets the account read the file."""
        return FileReadableReply(await self._sql.read(file_readable, ask.account, ask.file))
