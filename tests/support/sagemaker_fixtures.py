"""Fixture ``sagemaker_server``: a SageMaker API whose training jobs run here (see ``sagemaker_server``).

Import it in a ``conftest.py`` or a test module: ``from support.sagemaker_fixtures import sagemaker_server``. It reads
and writes the S3 server of the fixture ``ministack``.
"""

from collections.abc import Iterator

import pytest
from support.sagemaker_server import SageMakerServer

__all__ = ["sagemaker_server"]


@pytest.fixture(scope="module")
def sagemaker_server(
    ministack: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SageMakerServer]:
    """Run a server for this module's tests."""
    server = SageMakerServer(tmp_path_factory.mktemp("sagemaker"), ministack)
    server.start()
    try:
        yield server
    finally:
        server.stop()
