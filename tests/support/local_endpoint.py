"""Run an archive as SageMaker would: unpacked, in the toolkits' own environment, behind HTTP on the loopback."""

import http.client
import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from support.sagemaker_toolkit import toolkit_program


def unpack(archive: bytes, folder: Path) -> Path:
    """Unpack an archive of our own."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        packed.extractall(folder, filter="data")
    return folder


@contextmanager
def running(model_dir: Path) -> Iterator[str]:
    """Give the URL of an endpoint that serves an unpacked archive."""
    command = [
        str(toolkit_program("python")),
        *("-m", "safety_tasks.serve.local_app", str(model_dir)),
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))},
        cwd=model_dir,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), process.stderr.read()[-2000:]
        yield url
    finally:
        process.kill()
        process.communicate(timeout=30)


def ask(
    url: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str, bytes]:
    """Ask an endpoint; return status, type and body of the answer."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        reply = connection.getresponse()
        return reply.status, reply.headers.get("Content-Type", ""), reply.read()
    finally:
        connection.close()
