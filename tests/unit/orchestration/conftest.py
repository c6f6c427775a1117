"""A store with gate reports, and the page over it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.toy_measurements import finds_all, toy_measurements, toy_profile
from support.toy_runs import toy_dataset, toy_export
from toy_models import strong_model

from safety_tasks.gate import evaluate_gate
from safety_tasks.inference.detector import Found
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReportRef
from safety_tasks.records.model import ChampionBenchmark
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore
from safety_tasks.store.local import LocalStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


@pytest.fixture
def judge(local_store: LocalStore, version: DatasetVersion) -> Callable[..., GateReportRef]:
    """Give a judge of made-up detections: a run, its age in hours, what it finds, how fast, beside what champion."""

    def leave(
        run_id: str = "r1",
        *,
        age_h: int = 0,
        champion: ChampionBenchmark | None = None,
        profile: dict[str, Any] | None = None,
        samples: tuple[str, ...] = (),
        finds: Callable[[Picture], Found] = finds_all,
        p95_ms: float = 20.0,
    ) -> GateReportRef:
        exported = toy_export(local_store, version, run_id, strong_model())
        measured = toy_measurements(local_store, version, exported, finds=finds, p95_ms=p95_ms)
        candidate = measured.candidate.model_copy(update={"sample_keys": samples})
        measured = measured.model_copy(
            update={"candidate": candidate, "champion": champion or measured.champion}
        )
        return evaluate_gate(
            local_store,
            exported,
            version,
            measured,
            toy_profile(version.classes, **(profile or {})),
            at=NOON - timedelta(hours=age_h),
        )

    return leave


@pytest.fixture
def open_page(local_store: LocalStore) -> Callable[..., TestClient]:
    """Give an opener of the page over a store, for somebody who may see it."""
    from safety_tasks.orchestration.page import create_app, may_see_plugins

    def open_over(opener: Callable[[], ObjectStore] = lambda: local_store) -> TestClient:
        app = create_app(opener)
        app.dependency_overrides[may_see_plugins] = lambda: None
        return TestClient(app)

    return open_over


@pytest.fixture
def page(open_page: Callable[..., TestClient]) -> TestClient:
    """Give the page over the local store."""
    return open_page()
