"""What cannot be believed, read or reached is shown as such: in red, with its words and the right status."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from support.toy_runs import publish_toy
from support.watched_store import DownStore

from safety_tasks.bundle.layout import pointer_key
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ConfigError, StoreError
from safety_tasks.gate import read_gate_report
from safety_tasks.gate.history import read_history
from safety_tasks.gate.history_chain import key_of
from safety_tasks.inference.detector import Found
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import GateReportRef, Verdict
from safety_tasks.records.picture import Picture
from safety_tasks.store.base import ObjectStore, StoredObject
from safety_tasks.store.local import LocalStore

Judge = Callable[..., GateReportRef]
Opener = Callable[..., TestClient]


def sees_nothing(picture: Picture) -> Found:
    """Find no hazard anywhere."""
    return ()


def relist(store: LocalStore, ref: GateReportRef, **changes: object) -> None:
    """Change the newest entry of the history, which no later one holds to its word."""
    newest = read_history(store, 1)[0]
    assert newest.run_id == ref.run_id
    entry = newest.model_copy(update=changes)
    store.put(key_of(newest.seq), entry.to_json_bytes())


def test_an_altered_report_is_a_red_row_among_the_others(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """Its error is shown, its forged verdict is not, and the other reports stay."""
    judge("good", age_h=1)
    ref = judge("forged", finds=sees_nothing)
    payload = local_store.get(ref.report.key).payload
    local_store.put(ref.report.key, payload.replace(b'"verdict":"FAIL"', b'"verdict":"PASS"'))
    answer = page.get("/")
    first, second = answer.text.split("<article")[1:]
    assert answer.status_code == 200
    assert 'class="card problem"' in first
    assert "The object was altered or cut" in first
    assert "PASS" not in first
    assert "<h3>good</h3>" in second
    assert '<span class="badge problem">1 unreadable</span>' in answer.text
    assert "1 PASS 통과" in answer.text


def test_a_removed_report_is_a_red_row(
    page: TestClient, judge: Judge, local_store: LocalStore, tmp_path: Path
) -> None:
    """A listed report that is gone does not vanish from the page."""
    ref = judge("gone")
    (tmp_path / "store" / ref.report.key).unlink()
    answer = page.get("/")
    assert answer.status_code == 200
    assert "<h3>gone</h3>" in answer.text
    assert "expected an object, found none" in answer.text


def test_a_reference_out_of_the_store_is_a_red_row(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """A listed key that is no key of the store is not followed, and hides nothing else."""
    judge("good", age_h=1)
    ref = judge("bad")
    stray = Artifact(key="../../etc/passwd", sha256="a" * 64, size_bytes=1)
    relist(local_store, ref, report=stray)
    answer = page.get("/")
    assert answer.status_code == 200
    assert "expected a plain relative path" in answer.text
    assert "<h3>good</h3>" in answer.text


def test_a_contradiction_is_a_red_row(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """A list that says PASS over a report that fails is believed neither way."""
    relist(local_store, judge("liar", finds=sees_nothing), verdict=Verdict.PASS)
    answer = page.get("/")
    top = answer.text.split("<article")[1].partition("<details>")[0]
    assert 'class="card problem"' in top
    assert "found PASS / FAIL / FAIL" in top


def test_a_report_with_a_friendlier_verdict_than_its_checks_is_a_red_row(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """A report rewritten whole, digest and all, is still caught by its own checks."""
    ref = judge("rewritten", finds=sees_nothing)
    report = read_gate_report(local_store, ref)
    payload = report.model_copy(update={"verdict": Verdict.PASS}).to_json_bytes()
    local_store.put(ref.report.key, payload)
    proved = Artifact(key=ref.report.key, sha256=sha256_bytes(payload), size_bytes=len(payload))
    relist(local_store, ref, report=proved, verdict=Verdict.PASS)
    top = page.get("/").text.split("<article")[1].partition("<details>")[0]
    assert 'class="card problem"' in top
    assert "found PASS / PASS / FAIL" in top


def test_another_runs_report_is_a_red_row(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """A good run's report cannot stand in for a bad one's."""
    good = judge("good", age_h=1)
    relist(local_store, judge("bad", finds=sees_nothing), report=good.report, verdict=Verdict.PASS)
    top = page.get("/").text.split("<article")[1]
    assert 'class="card problem"' in top
    assert "expected the report of run bad, found good" in top


def test_an_altered_release_is_red_and_hides_no_report(
    page: TestClient, local_store: LocalStore, version: DatasetVersion
) -> None:
    """A channel that does not prove is shown with its error; the other channel and the reports stay."""
    publish_toy(local_store, version, "winner")
    local_store.put(pointer_key("stable"), b"{}")
    answer = page.get("/")
    assert answer.status_code == 200
    assert "could not be proved:</strong> channels/stable.json" in answer.text
    assert "Nothing published yet" in answer.text
    assert "<h3>winner</h3>" in answer.text


def test_a_malformed_list_is_a_banner(
    page: TestClient, judge: Judge, local_store: LocalStore
) -> None:
    """A list that cannot be read is an error with its key, beside what the channels serve."""
    judge("r1")
    local_store.put(key_of(2), b"not JSON")
    answer = page.get("/")
    assert answer.status_code == 503
    assert key_of(2) in answer.text
    assert "Nothing published yet" in answer.text


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_store_that_is_down_is_a_banner(open_page: Opener, tmp_path: Path, language: str) -> None:
    """503, the error's words, no claim that there are no reports, and no stack trace."""
    answer = open_page(lambda: DownStore(tmp_path)).get("/", params={"lang": language})
    assert answer.status_code == 503
    assert "connection refused" in answer.text
    assert 'role="alert"' in answer.text
    assert "Traceback" not in answer.text
    assert "ingest_labeled_images" not in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_a_store_that_fails_in_between_is_a_banner(
    open_page: Opener, judge: Judge, local_store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a page is not passed off as a whole one."""
    ref, get = judge("r1"), LocalStore.get

    def fail(self: LocalStore, key: str, *limit: int | None) -> StoredObject:
        if key == ref.report.key:
            raise StoreError("connection reset")
        return get(self, key, *limit)

    monkeypatch.setattr(LocalStore, "get", fail)
    answer = open_page().get("/")
    assert answer.status_code == 503
    assert "connection reset" in answer.text
    assert "Serving now" in answer.text


def test_a_broken_setting_is_a_banner(open_page: Opener) -> None:
    """A store that cannot even be opened is told like one that is down."""

    def refuse() -> ObjectStore:
        raise ConfigError("store.uri: expected s3://bucket, found 'x'")

    answer = open_page(refuse).get("/")
    assert answer.status_code == 503
    assert "store.uri: expected s3://bucket" in answer.text


def test_an_error_nobody_thought_of_shows_no_trace(open_page: Opener) -> None:
    """The words say where to look; the details stay in the log, and the headers are kept."""

    def burst() -> ObjectStore:
        raise RuntimeError("a secret of the inside")

    answer = open_page(burst).get("/")
    assert answer.status_code == 500
    assert "log of Airflow's API server" in answer.text
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
