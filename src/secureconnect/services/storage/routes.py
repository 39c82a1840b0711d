"""The routes of files: what they are, their bytes, copies, deletion and the quota."""

from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from secureconnect.contracts.errors import Code
from secureconnect.contracts.storage import CopyRequest, FileAnswer, QuotaAnswer
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import HeaderDoc, Policy, route
from secureconnect.services.storage.content import asked_range, content_headers, entity_tag, matches_any, validators
from secureconnect.services.storage.files import Files
from secureconnect.services.storage.quotas import Quotas
from secureconnect.services.storage.sending import ContentResponse

_READS = [Code.STORAGE_FILE_NOT_FOUND]
_CONTENT = [
    Code.STORAGE_FILE_NOT_FOUND,
    Code.STORAGE_INCOMPLETE,
    Code.RANGE_NOT_SATISFIABLE,
    Code.STORAGE_DAMAGED,
]
_UNCHANGED = HeaderDoc("If-None-Match", "ETags that the asker has (RFC 9110 section 13.1.2).")
_RANGE = HeaderDoc("Range", "One range of bytes (RFC 9110 section 14.2).")
_IF_RANGE = HeaderDoc("If-Range", "The ETag that the range is of (RFC 9110 section 13.1.5).")


@route("GET", "/v1/files/quota", policy=Policy.ACCOUNT, rate="read", summary="How much room is left", tag="storage")
async def quota(caller: Caller, quotas: Quotas) -> QuotaAnswer:
    """What the account has used, what its open uploads have reserved, and its limit, in bytes."""
    return await quotas.of(caller.account)


@route(
    "GET", "/v1/files/{file:str}", policy=Policy.ACCOUNT, rate="read", summary="A file", tag="storage", errors=_READS
)
async def get_file(file: FromPath[str], caller: Caller, files: Files) -> FileAnswer:
    """An own file or upload, or a finished file that one may read."""
    return (await files.see(caller.account, file)).answer()


@route(
    "GET",
    "/v1/files/{file:str}/content",
    policy=Policy.CONTENT,
    rate="read",
    summary="A file's bytes",
    tag="storage",
    errors=_CONTENT,
    also={206: bytes, 304: None},
    media_type="application/octet-stream",
    headers=(_UNCHANGED, _RANGE, _IF_RANGE),
)
async def get_content(
    request: Request[Any, Any, Any], file: FromPath[str], caller: Caller, files: Files
) -> Response[bytes]:
    """The bytes, or one range of them (RFC 9110 section 14); who may read is asked each time."""
    record = await files.finished(caller.account, file)
    headers = request.headers
    tag = entity_tag(record.sha256 or "")
    if matches_any(headers.get("if-none-match"), tag):
        return ContentResponse(304, validators(tag), None)
    part = asked_range(headers.get("range"), headers.get("if-range"), tag, record.size)
    start, end = part or (0, record.size)
    chunks = await files.read(record, start, end)
    named = content_headers(record.name, record.type, tag, record.size, part)
    return ContentResponse(206 if part else 200, named, chunks)


@route(
    "HEAD",
    "/v1/files/{file:str}/content",
    policy=Policy.CONTENT,
    rate="read",
    summary="What a file's bytes would be",
    tag="storage",
    errors=[Code.STORAGE_FILE_NOT_FOUND, Code.STORAGE_INCOMPLETE],
    also={304: None},
    media_type="application/octet-stream",
    headers=(_UNCHANGED,),
)
async def head_content(
    request: Request[Any, Any, Any], file: FromPath[str], caller: Caller, files: Files
) -> Response[bytes]:
    """The headers of the bytes."""
    record = await files.finished(caller.account, file)
    tag = entity_tag(record.sha256 or "")
    if matches_any(request.headers.get("if-none-match"), tag):
        return ContentResponse(304, validators(tag), None)
    return ContentResponse(200, content_headers(record.name, record.type, tag, record.size, None), None)


@route(
    "DELETE",
    "/v1/files/{file:str}",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="Delete an own file",
    tag="storage",
    status=204,
    errors=[Code.STORAGE_FILE_NOT_FOUND, Code.CONFLICT],
)
async def delete_file(file: FromPath[str], caller: Caller, files: Files) -> None:
    """The file goes for everyone; its bytes go when no copy shares them."""
    await files.delete(caller.account, file)


@route(
    "POST",
    "/v1/files/{file:str}/copy",
    policy=Policy.ACCOUNT,
    rate="create",
    summary="Copy a file for another conversation",
    tag="storage",
    status=201,
    errors=[
        Code.STORAGE_FILE_NOT_FOUND,
        Code.STORAGE_INCOMPLETE,
        Code.CHAT_NOT_A_MEMBER,
        Code.STORAGE_QUOTA_EXCEEDED,
    ],
    idempotent=True,
)
async def copy_file(file: FromPath[str], data: CopyRequest, caller: Caller, files: Files) -> FileAnswer:
    """An own copy that shares the bytes and counts against the quota."""
    return (await files.copy(caller.account, file, data.conversation)).answer()


ROUTES = [quota, get_file, get_content, head_content, delete_file, copy_file]
