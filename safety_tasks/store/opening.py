"""Open the store that the settings name.

Rules: a client is made for many small objects: a connection for each worker, and no wait for leave to send what is
small anyway, which would cost each write a second round trip.
"""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from safety_tasks.errors import ConfigError
from safety_tasks.settings import StoreSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.bulk import WORKERS
from safety_tasks.store.local import LocalStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SMALL_BYTES: Final = 1 << 20


def open_store(settings: StoreSettings, client: "S3Client | None" = None) -> ObjectStore:
    """Open a store by its URI.

    Args:
        settings: where it is.
        client: a boto3 S3 client to use; by default one is made from the environment's credentials.

    Raises:
        ConfigError: the URI is neither ``s3://bucket[/prefix]`` nor a path.
    """
    if "://" not in settings.uri:
        return LocalStore(Path(settings.uri))
    parts = urlsplit(settings.uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise ConfigError(
            f"store.uri: expected s3://bucket[/prefix] or a folder, found {settings.uri!r}."
        )
    from safety_tasks.store.s3 import S3Store

    return S3Store(client or s3_client(settings), parts.netloc, parts.path)


def s3_client(settings: StoreSettings, connections: int = WORKERS) -> "S3Client":
    """Make a boto3 client with bounded waits and standard retries.

    Args:
        settings: where the server is.
        connections: how many are kept open; as many as there are threads that use it.
    """
    import boto3
    from botocore import __version__
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=settings.endpoint_url or None,
        region_name=settings.region,
        config=Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 4},
            max_pool_connections=connections,
            # Given, for otherwise each request builds it anew, at a tenth of the request's own work.
            user_agent=f"safety-tasks botocore/{__version__}",
            s3={"addressing_style": "path"} if settings.endpoint_url else {},
        ),
    )
    client.meta.events.register_last("before-call.s3.PutObject", _send_small_at_once)
    return client


def _send_small_at_once(params: dict[str, Any], **_: object) -> None:
    """Give a small body as bytes: the SDK waits for ``100 Continue`` only before it sends a stream."""
    body = params.get("body")
    if isinstance(body, BytesIO) and body.getbuffer().nbytes <= _SMALL_BYTES:
        params["body"] = body.getvalue()
