"""Changing a group: its title, its picture, and from where those who join read."""

from msgspec import UNSET

from secureconnect.backends.log.port import Draft
from secureconnect.contracts.chat import ConversationPatch
from secureconnect.contracts.errors import Code, Fault, invalid
from secureconnect.contracts.events import ConversationBody
from secureconnect.edge.identity import Caller
from secureconnect.services.chat.appending import Appending
from secureconnect.services.chat.drafts import Drafts
from secureconnect.services.chat.files import Files
from secureconnect.services.chat.membership import ConversationState
from secureconnect.services.chat.messages import member_of


class Conversations:
    """Checks and stands changes of conversations."""

    def __init__(self, appending: Appending, files: Files, drafts: Drafts) -> None:
        self._appending = appending
        self._files = files
        self._drafts = drafts

    async def change(self, caller: Caller, conversation: str, patch: ConversationPatch) -> None:
        """Change what the patch names; what is so already stays so, without an event.

        Raises Fault: CHAT_NOT_A_MEMBER, CHAT_ROLE_TOO_LOW (members, and everybody in a direct conversation),
        CHAT_FILE_INVALID (a picture that is no finished image uploaded for this conversation), UNAVAILABLE.
        """
        check_leads(await self._appending.state(conversation), caller.account)
        if patch.picture is not UNSET and patch.picture is not None:
            (picture,) = await self._files.usable(caller.account, conversation, [patch.picture], "/picture")
            if not picture.type.startswith("image/"):
                raise invalid("/picture", "not an image", Code.CHAT_FILE_INVALID)

        def make(now: ConversationState) -> Draft | None:
            check_leads(now, caller.account)
            body = _changed(now, caller.account, patch)
            if body is None:
                return None
            return self._drafts.change(caller.account, conversation, body, now.member_version, caller.device)

        await self._appending.stand(conversation, make)


def check_leads(state: ConversationState, account: str) -> None:
    """Raise Fault(CHAT_NOT_A_MEMBER) or Fault(CHAT_ROLE_TOO_LOW) unless the account owns or administers the group."""
    member = member_of(state, account)
    if state.kind == "direct" or member.role == "member":
        raise Fault(Code.CHAT_ROLE_TOO_LOW)


def _changed(state: ConversationState, account: str, patch: ConversationPatch) -> ConversationBody | None:
    """What differs from now; None when nothing does."""
    title = None if patch.title is UNSET or patch.title == state.title else patch.title
    history = None if patch.history is UNSET or patch.history == state.history else patch.history
    picture = None if patch.picture is UNSET or patch.picture == state.picture else patch.picture or ""
    if title is None and history is None and picture is None:
        return None
    return ConversationBody(account, title, picture, history)
