"""Builds the storage service from what it uses."""

from collections.abc import Callable, Mapping
from typing import Any

from secureconnect.backends.blobs.port import Blobs
from secureconnect.backends.sql.port import Sql
from secureconnect.edge.inner import Check
from secureconnect.edge.kept import SqlKeptAnswers
from secureconnect.edge.running import Edge, Running, assemble
from secureconnect.kit.crashpoints import CrashPoints
from secureconnect.services.storage import routes, tus_routes
from secureconnect.services.storage.calls import Calls
from secureconnect.services.storage.drops import Drops
from secureconnect.services.storage.files import Files
from secureconnect.services.storage.membership import Membership
from secureconnect.services.storage.metrics import StorageMetrics
from secureconnect.services.storage.pictures import Pictures
from secureconnect.services.storage.quotas import Quotas, StorageLimits
from secureconnect.services.storage.store.tables import METADATA
from secureconnect.services.storage.sweep import Sweep
from secureconnect.services.storage.uploads import Uploads
from secureconnect.services.storage.writers import Writers

__all__ = ["METADATA", "StorageLimits", "build", "limits_of"]


def limits_of(values: Mapping[str, Any]) -> StorageLimits:
    """The limits from settings of the same names; other settings are passed over."""
    return StorageLimits(
        file_bytes_max=values["file_bytes_max"],
        quota_bytes=values["quota_bytes"],
        upload_expiry_s=values["upload_expiry_s"],
        uploads_open_max=values["uploads_open_max"],
        sweep_s=values["sweep_s"],
    )


def build(
    edge: Edge,
    *,
    sql: Sql,
    blobs: Blobs,
    limits: StorageLimits,
    allows_uploads: Callable[[], bool],
    crashpoints: CrashPoints,
) -> Running:
    """The storage service; `allows_uploads` says whether the disk has room for them."""
    metrics = StorageMetrics(edge.metrics.registry)
    membership = Membership(edge.peers)
    drops = Drops(sql, blobs)
    writers = Writers(edge.clock)
    files = Files(
        sql=sql,
        blobs=blobs,
        drops=drops,
        membership=membership,
        clock=edge.clock,
        ids=edge.ids,
        limits=limits,
        metrics=metrics,
    )
    uploads = Uploads(
        sql=sql,
        blobs=blobs,
        files=files,
        drops=drops,
        membership=membership,
        writers=writers,
        clock=edge.clock,
        ids=edge.ids,
        limits=limits,
        allows_uploads=allows_uploads,
        crashpoints=crashpoints,
        metrics=metrics,
    )
    sweep = Sweep(
        sql=sql,
        blobs=blobs,
        uploads=uploads,
        drops=drops,
        clock=edge.clock,
        metrics=metrics,
        every_s=limits.sweep_s,
    )
    pictures = Pictures(sql, blobs, sweep, edge.clock, edge.ids)

    async def drain() -> None:
        writers.stop_all()

    async def list_blobs() -> None:
        await blobs.keys(None, 1)

    return assemble(
        edge,
        routes=[*routes.ROUTES, *tus_routes.ROUTES],
        provided={"files": files, "uploads": uploads, "quotas": Quotas(sql, limits), "limits": limits},
        gatekeeper=edge.gatekeeper(),
        checks=[Check("sql", hard=True, ping=sql.ping), Check("blobs", hard=False, ping=list_blobs)],
        calls=Calls(sql, pictures, sweep, edge.clock).answered(),
        kept_answers=SqlKeptAnswers(sql, edge.clock),
        start=sweep.start,
        drain=drain,
        stop=sweep.stop,
    )
