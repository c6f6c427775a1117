"""Open the store that the settings name."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from safety_tasks.config import StoreSettings
from safety_tasks.errors import ConfigError
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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


def s3_client(settings: StoreSettings) -> "S3Client":
    """Make a boto3 client with bounded waits and standard retries."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint_url or None,
        region_name=settings.region,
        config=Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 4},
            s3={"addressing_style": "path"} if settings.endpoint_url else {},
        ),
    )
