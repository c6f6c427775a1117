"""What every test may use: a MiniStack server, stores, settings, real pictures; and the rule on skips.

Rule: with ``CI=true`` only tests marked ``gpu``, ``container_engine``, ``real_aws`` or ``browser`` may skip; any other
skip fails, since a suite that skips what it cannot run says nothing. Tests of real pictures are deselected there, and
counted.
"""

import io
import os
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from safety_tasks.config import load_settings
from safety_tasks.demo.stack import MiniStack
from safety_tasks.framework_env import require_prepared
from safety_tasks.settings import Settings, StoreSettings
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore
from safety_tasks.store.opening import open_store, s3_client
from safety_tasks.store.s3 import S3Store

MAY_SKIP = ("gpu", "container_engine", "real_aws", "browser")
MARKERS = {
    "gpu": "needs a GPU",
    "container_engine": "needs a container engine",
    "real_aws": "needs an AWS account",
    "browser": "needs chromium; `.ci/run` installs it where it may",
    "real_pictures": "needs the real pictures beside the checkout",
    "slow": "takes seconds to minutes; left out of `make check`",
    "repeated": "a fault that `make test` tries once and `make test-all` in full count",
}
CHECKOUT = Path(__file__).resolve().parents[1]
REAL_MINI = CHECKOUT.parent / "shared" / "data" / "mini"
_ABSENT = pytest.StashKey[int]()
_AWS_TEST_ENV = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


# Airflow reads these when it is first imported, which any test module may do: a home of this process's own.
_AIRFLOW_HOME = tempfile.TemporaryDirectory(prefix="airflow-home-")
os.environ.update(
    AIRFLOW_HOME=_AIRFLOW_HOME.name,
    AIRFLOW__CORE__DAGS_FOLDER=str(CHECKOUT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(CHECKOUT / "plugins"),
    AIRFLOW__CORE__LOAD_EXAMPLES="false",
    # A test that hangs is ended by the process's alarm, which this limit would turn off.
    AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT="0",
)


@pytest.fixture(autouse=True, scope="module")
def _framework_is_prepared() -> Iterator[None]:
    """Name the module that imports the training framework unprepared, which later ones in its process would pay for."""
    yield
    require_prepared()


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where real pictures are absent in CI, deselect the tests that need them and count those."""
    if not _in_ci() or REAL_MINI.is_dir():
        return
    absent = [item for item in items if _needs_real_pictures(item)]
    items[:] = [item for item in items if not _needs_real_pictures(item)]
    config.hook.pytest_deselected(items=absent)
    config.stash[_ABSENT] = len(absent)
    if hasattr(config, "workeroutput"):
        config.workeroutput["real_pictures_absent"] = len(absent)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take a parallel worker's count of deselected tests."""
    del error
    node.config.stash[_ABSENT] = getattr(node, "workeroutput", {}).get("real_pictures_absent", 0)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many tests were left out."""
    if absent := config.stash.get(_ABSENT, 0):
        terminalreporter.write_line(f"real pictures are absent: {absent} tests deselected")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip that the rule does not allow into a failure."""
    report = yield
    marked = any(item.get_closest_marker(name) for name in MAY_SKIP)
    if _in_ci() and report.skipped and not hasattr(report, "wasxfail") and not marked:
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped module into a failure: no marker can allow it."""
    report = yield
    if _in_ci() and report.outcome == "skipped":
        _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    report.longrepr = (
        f"expected no skip with CI=true but of tests marked {', '.join(MAY_SKIP)}; "
        f"found {report.nodeid} skipped: {report.longrepr}"
    )
    report.outcome = "failed"


def _needs_real_pictures(item: pytest.Item) -> bool:
    by_mark = item.get_closest_marker("real_pictures") is not None
    return by_mark or "real_mini" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run this worker's own MiniStack on a free loopback port; give its endpoint URL."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _AWS_TEST_ENV.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        server = MiniStack(tmp_path_factory.mktemp("ministack"))
        server.service.start()
        try:
            server.wait()
            yield server.url
        finally:
            server.service.stop()


@pytest.fixture
def s3_store(ministack: str) -> S3Store:
    """Give a store in a fresh bucket."""
    bucket = f"test-{uuid4().hex[:20]}"
    where = StoreSettings(uri=f"s3://{bucket}/plant", endpoint_url=ministack)
    s3_client(where).create_bucket(Bucket=bucket)
    store = open_store(where)
    assert isinstance(store, S3Store)
    return store


@pytest.fixture
def local_store(tmp_path: Path) -> LocalStore:
    """Give a store in a fresh folder."""
    return LocalStore(tmp_path / "store")


@pytest.fixture
def settings() -> Settings:
    """Give the shipped settings, whatever the environment says."""
    return load_settings(env={})


@pytest.fixture(scope="session")
def make_picture() -> Callable[..., bytes]:
    """Give a maker of pictures: a seed's 8x8 random patches, as ``JPEG`` or ``PNG``, (width, height) pixels."""

    def make(seed: int, kind: str = "JPEG", size_px: tuple[int, int] = (64, 48)) -> bytes:
        patches = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        stream = io.BytesIO()
        Image.fromarray(patches).resize(size_px, Image.Resampling.NEAREST).save(stream, kind)
        return stream.getvalue()

    return make


@pytest.fixture(scope="session")
def deliver() -> Callable[..., None]:
    """Give a deliverer of batches: pictures and labels (None: no file) by name, other files, the marker."""

    def put(
        store: ObjectStore,
        batch_id: str,
        pictures: Mapping[str, tuple[bytes, str | None]],
        *,
        ready: bool = True,
        **files: str,
    ) -> None:
        prefix = f"incoming/{batch_id}/"
        for name, (payload, label) in pictures.items():
            store.put(f"{prefix}images/{name}", payload)
            if label is not None:
                store.put(f"{prefix}labels/{Path(name).stem}.txt", label.encode())
        for stem, text in ({"classes_txt": "smoke\nfire\nperson_down\n"} | files).items():
            store.put(prefix + ".".join(stem.rsplit("_", 1)), text.encode())
        if ready:
            store.put(prefix + "_READY", b"")

    return put


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Make the tables of this process's Airflow, and set the alarm again that it turns off."""
    from airflow.utils.db import initdb

    handler, (left_s, _) = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    initdb()
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, left_s)


@pytest.fixture(scope="session")
def full_counts() -> bool:
    """Tell whether repeated faults are tried in full count."""
    return os.environ.get("SAFETY_TASKS_FULL_COUNTS") == "1"


@pytest.fixture(scope="session")
def real_mini() -> Path:
    """Give the folder of real pictures; skip where there is none."""
    if not (REAL_MINI / "data.yaml").is_file():
        pytest.skip("real pictures are missing: expected ../shared/data/mini next to the checkout")
    return REAL_MINI
