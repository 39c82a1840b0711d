"""The routes of uploads, as tus 1.0 has them: creation, parts, where an upload stands, and its end."""

from collections.abc import Mapping
from typing import Any, cast

from litestar import Request, Response
from litestar.params import FromPath

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.storage import FileAnswer
from secureconnect.edge.identity import Caller
from secureconnect.edge.routes import HeaderDoc, Policy, route
from secureconnect.services.storage import tus
from secureconnect.services.storage.parts import Part
from secureconnect.services.storage.quotas import StorageLimits
from secureconnect.services.storage.record import FileRecord
from secureconnect.services.storage.sending import ContentResponse
from secureconnect.services.storage.uploads import Uploads

Asked = Request[Any, Any, Any]
_OWN = [Code.BAD_REQUEST, Code.STORAGE_FILE_NOT_FOUND, Code.STORAGE_UPLOAD_GONE, Code.STORAGE_TUS_VERSION]
_PARTS = [
    Code.STORAGE_OFFSET_MISMATCH,
    Code.STORAGE_UPLOAD_LOCKED,
    Code.STORAGE_CHECKSUM_MISMATCH,
    Code.STORAGE_CHECKSUM_UNKNOWN,
    Code.STORAGE_DAMAGED,
    Code.MEDIA_TYPE_REFUSED,
    Code.BODY_TOO_LARGE,
    Code.TIMED_OUT,
    Code.STOPPING,
    Code.DISK_FULL,
]
_CREATES = [
    Code.BAD_REQUEST,
    Code.CHAT_NOT_A_MEMBER,
    Code.STORAGE_TUS_VERSION,
    Code.STORAGE_METADATA_INVALID,
    Code.STORAGE_FILE_TOO_LARGE,
    Code.STORAGE_QUOTA_EXCEEDED,
    Code.STORAGE_TOO_MANY_UPLOADS,
]
_NUMBER = r"^[0-9]{1,16}$"
_SPOKEN = HeaderDoc("Tus-Resumable", "The version of tus that the client speaks.", r"^1\.0\.0$", required=True)
_CHECKSUM = HeaderDoc("Upload-Checksum", "What the part must hash to: sha1 or sha256, and the hash in base64.")
_OFFSET = HeaderDoc("Upload-Offset", "Where the part begins, in bytes.", _NUMBER, required=True)
_LENGTH = HeaderDoc("Upload-Length", "How many bytes the file will have.", _NUMBER, required=True)
_METADATA = HeaderDoc("Upload-Metadata", "filename, filetype and conversation, each with its value in base64.")
_OVERRIDE = HeaderDoc("X-HTTP-Method-Override", "The method that is meant.", r"^(PATCH|DELETE)$", required=True)
_PART_OFFSET = HeaderDoc("Upload-Offset", "Where the part of a PATCH begins, in bytes.", _NUMBER)


def _capabilities(limits: StorageLimits) -> Response[None]:
    return Response(None, status_code=204, headers=tus.capabilities(limits.file_bytes_max))


@route(
    "OPTIONS",
    "/v1/files",
    policy=Policy.PUBLIC,
    rate="public",
    summary="What of tus is spoken",
    tag="storage",
    status=204,
)
async def tus_of_files(limits: StorageLimits) -> Response[None]:
    """Version, extensions, the largest file in bytes and the checksum algorithms."""
    return _capabilities(limits)


@route(
    "OPTIONS",
    "/v1/files/{file:str}/upload",
    policy=Policy.PUBLIC,
    rate="public",
    summary="What of tus is spoken",
    tag="storage",
    status=204,
)
async def tus_of_upload(file: FromPath[str], limits: StorageLimits) -> Response[None]:
    """The same for every upload, whether there is one or not."""
    return _capabilities(limits)


@route(
    "POST",
    "/v1/files",
    policy=Policy.ACCOUNT,
    rate="upload_create",
    summary="Open an upload",
    tag="storage",
    status=201,
    errors=[*_CREATES, *_PARTS],
    raw_body=True,
    body_bytes_max=None,
    raw_types=(tus.PART_TYPE,),
    headers=(_SPOKEN, _LENGTH, _METADATA, _CHECKSUM),
)
async def create_upload(request: Asked, caller: Caller, uploads: Uploads) -> Response[FileAnswer]:
    """Upload-Length in bytes, Upload-Metadata with filename, filetype and conversation; a first part may come along."""
    with tus.spoken():
        headers = _headers(request)
        tus.check_version(headers)
        wish = tus.creation(headers)
        part = _part(request, headers) if tus.brings_part(headers) else None
        record = await uploads.create(caller.account, wish)
        location = f"/v1/files/{record.id}/upload"
        if part is not None:
            record = await _first_part(uploads, record, part, location)
        named = {**tus.standing(record.offset, record.expires_at), "location": location}
        return Response(record.answer(), status_code=201, headers=named, media_type="application/json")


@route(
    "HEAD",
    "/v1/files/{file:str}/upload",
    policy=Policy.ACCOUNT,
    rate="upload",
    summary="Where an upload stands",
    tag="storage",
    errors=[*_OWN, Code.STORAGE_DAMAGED, Code.STORAGE_UPLOAD_LOCKED, Code.STOPPING],
    headers=(_SPOKEN,),
)
async def head_upload(request: Asked, file: FromPath[str], caller: Caller, uploads: Uploads) -> Response[bytes]:
    """Upload-Offset is how many bytes are durable."""
    with tus.spoken():
        tus.check_version(_headers(request))
        record = await uploads.look(caller.account, file)
        named = {**tus.standing(record.offset, record.expires_at), "upload-length": str(record.size)}
        if record.metadata:
            named["upload-metadata"] = record.metadata
        return ContentResponse(200, named, None)


@route(
    "PATCH",
    "/v1/files/{file:str}/upload",
    policy=Policy.ACCOUNT,
    rate="upload",
    summary="Add a part",
    tag="storage",
    status=204,
    errors=[*_OWN, *_PARTS],
    raw_body=True,
    body_bytes_max=None,
    raw_types=(tus.PART_TYPE,),
    headers=(_SPOKEN, _OFFSET, _CHECKSUM),
)
async def append_part(request: Asked, file: FromPath[str], caller: Caller, uploads: Uploads) -> Response[None]:
    """The part is durable when this answers; its Upload-Checksum (sha1, sha256) is checked first."""
    return await _append(request, file, caller, uploads)


@route(
    "DELETE",
    "/v1/files/{file:str}/upload",
    policy=Policy.ACCOUNT,
    rate="write",
    summary="End an upload",
    tag="storage",
    status=204,
    errors=_OWN,
    headers=(_SPOKEN,),
)
async def end_upload(request: Asked, file: FromPath[str], caller: Caller, uploads: Uploads) -> Response[None]:
    """Its bytes go and its room is free; the file that it became goes too."""
    return await _end(request, file, caller, uploads)


@route(
    "POST",
    "/v1/files/{file:str}/upload",
    policy=Policy.ACCOUNT,
    rate="upload",
    summary="PATCH or DELETE by X-HTTP-Method-Override",
    tag="storage",
    status=204,
    errors=[*_OWN, *_PARTS, Code.METHOD_NOT_ALLOWED],
    raw_body=True,
    body_bytes_max=None,
    raw_types=(tus.PART_TYPE,),
    headers=(_OVERRIDE, _SPOKEN, _PART_OFFSET, _CHECKSUM),
)
async def override_method(request: Asked, file: FromPath[str], caller: Caller, uploads: Uploads) -> Response[None]:
    """For clients that cannot send PATCH or DELETE themselves (tus 1.0, core protocol)."""
    method = (tus.header(_headers(request), "x-http-method-override") or "").upper()
    if method == "PATCH":
        return await _append(request, file, caller, uploads)
    if method == "DELETE":
        return await _end(request, file, caller, uploads)
    raise Fault(Code.METHOD_NOT_ALLOWED, headers={"allow": "DELETE, HEAD, OPTIONS, PATCH"})


async def _append(request: Asked, file: str, caller: Caller, uploads: Uploads) -> Response[None]:
    with tus.spoken():
        headers = _headers(request)
        tus.check_version(headers)
        tus.check_part_type(headers)
        record = await uploads.append(caller.account, file, tus.offset(headers), _part(request, headers))
        return Response(None, status_code=204, headers=tus.standing(record.offset, record.expires_at))


async def _end(request: Asked, file: str, caller: Caller, uploads: Uploads) -> Response[None]:
    with tus.spoken():
        tus.check_version(_headers(request))
        await uploads.end(caller.account, file)
        return Response(None, status_code=204, headers={"tus-resumable": tus.VERSION})


async def _first_part(uploads: Uploads, record: FileRecord, part: Part, location: str) -> FileRecord:
    """A part that is refused still tells where its upload is."""
    try:
        return await uploads.append(record.account, record.id, 0, part)
    except Fault as fault:
        fault.headers["location"] = location
        raise


def _part(request: Asked, headers: tus.Headers) -> Part:
    return Part(request.receive, tus.checksum(headers), tus.announced(headers))


def _headers(request: Asked) -> tus.Headers:
    return cast("Mapping[str, tus.Headers]", request.scope)["headers"]


ROUTES = [
    tus_of_files,
    tus_of_upload,
    create_upload,
    head_upload,
    append_part,
    end_upload,
    override_method,
]
