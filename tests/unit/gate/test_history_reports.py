"""The history and the runs' reports agree, or what is wrong is named: a cut end, an altered or a missing report."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.judged_runs import NOON, STRICT, judged_run
from support.made_history import add, altered, rewrite
from support.toy_runs import toy_dataset

from safety_tasks.errors import HistoryBroken
from safety_tasks.gate import record_approval
from safety_tasks.gate.history import verify_history
from safety_tasks.gate.history_chain import FOLDER, key_of
from safety_tasks.gate.history_reports import verify_reports
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import Approval, Verdict
from safety_tasks.store.base import put_artifact
from safety_tasks.store.local import LocalStore


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DatasetVersion]:
    """Judge two runs: one is let through, the other refused."""
    store = LocalStore(tmp_path_factory.mktemp("judged"))
    version = toy_dataset(store)
    judged_run(store, version, "r1")
    judged_run(store, version, "r2", STRICT)
    return Path(store.uri), version


@pytest.fixture
def version(local_store: LocalStore, judged: tuple[Path, DatasetVersion]) -> DatasetVersion:
    """Put the two judged runs into the store."""
    folder, version = judged
    shutil.copytree(folder, local_store.uri, dirs_exist_ok=True)
    return version


def report_of(store: LocalStore, seq: int) -> Artifact:
    """Return the report that an entry names."""
    found = {entry.seq: entry.report for entry in verify_history(store)}[seq]
    assert found is not None
    return found


def test_an_empty_store_proves(local_store: LocalStore) -> None:
    """Where nothing was judged there is nothing to prove."""
    assert verify_reports(local_store) == ()


def test_what_the_gate_left_proves(local_store: LocalStore, version: DatasetVersion) -> None:
    """Verdicts, an approval and a run judged again: every entry is counted."""
    ref, _ = judged_run(local_store, version, "r1")
    yes = Approval(decision="approved", who="kim", at=NOON.isoformat())
    record_approval(local_store, ref, yes)
    add(local_store, "r2", kind="waiver", verdict=None, report=None, note="by kim")
    seen: list[tuple[int, int]] = []
    entries = verify_reports(local_store, lambda done, total: seen.append((done, total)))
    assert [entry.kind for entry in entries] == [
        "waiver",
        "approval",
        "verdict",
        "verdict",
        "verdict",
    ]
    assert seen == [(n, 5) for n in range(1, 6)]


def test_a_run_that_was_not_judged_is_none(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A run that was only trained needs no entry."""
    local_store.put("runs/r3/training.json", b"{}")
    assert len(verify_reports(local_store)) == 2


def test_a_cut_end_is_found(local_store: LocalStore, version: DatasetVersion) -> None:
    """The newest entry, which no other holds the digest of, is missed by its run's report; judging again mends it."""
    local_store.delete(key_of(2))
    assert len(verify_history(local_store)) == 1
    with pytest.raises(
        HistoryBroken,
        match=r"runs/r2/gate/report\.json.*of run r2 \([0-9a-f]{12}…\), found none.*cut off, or the report was not "
        r"written by the gate\. What cannot be restored is judged again",
    ):
        verify_reports(local_store)
    judged_run(local_store, version, "r2", STRICT)
    assert len(verify_reports(local_store)) == 2


def test_a_whole_history_that_was_removed_is_found(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """Without any entry the runs' reports still ask for them."""
    for key in list(local_store.keys(FOLDER)):
        local_store.delete(key)
    with pytest.raises(HistoryBroken, match="none behind the 0 there are"):
        verify_reports(local_store)


def test_a_newest_entry_that_was_altered_is_found(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A FAIL made a PASS at the end of the chain contradicts its report."""
    rewrite(local_store, 2, altered)
    assert verify_history(local_store)[0].verdict is Verdict.PASS
    with pytest.raises(
        HistoryBroken, match=r"00000002\.json: expected run r2 and FAIL.*found run r2 and PASS"
    ):
        verify_reports(local_store)


def test_a_latest_report_that_the_gate_did_not_write_is_found(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A friendlier report in the place of a run's latest is in no entry."""
    key = "runs/r2/gate/report.json"
    payload = local_store.get(key).payload
    local_store.put(key, altered(payload))
    with pytest.raises(HistoryBroken, match=r"runs/r2/gate/report\.json"):
        verify_reports(local_store)


@pytest.mark.parametrize("removed", [True, False])
def test_a_report_that_is_gone_or_altered_is_found(
    local_store: LocalStore, version: DatasetVersion, removed: bool
) -> None:
    """The report that an entry names must be there, and prove."""
    key = report_of(local_store, 1).key
    if removed:
        local_store.delete(key)
    else:
        local_store.put(key, b"{}")
    with pytest.raises(
        HistoryBroken, match=r"expected the report of gate/history/00000001\.json"
    ) as caught:
        verify_reports(local_store)
    assert f"{key}: " in str(caught.value)
    assert f"found {'ObjectNotFound' if removed else 'ArtifactError'}: " in str(caught.value)


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b"null", b"\xff"])
def test_a_report_that_is_none_is_found(local_store: LocalStore, payload: bytes) -> None:
    """An entry that names something else, by its right digest, is refused as well."""
    add(local_store, report=put_artifact(local_store, "runs/r1/gate/reports/x.json", payload))
    with pytest.raises(HistoryBroken, match=r"expected the report of gate/history/00000001\.json"):
        verify_reports(local_store)


@pytest.mark.parametrize("moment", ["runs/", FOLDER])
def test_a_verdict_meanwhile_is_no_cut_end(
    local_store: LocalStore, version: DatasetVersion, moment: str
) -> None:
    """A run that is judged while the history is proved does not look like one that was removed, whenever it is."""
    moments = [moment]

    class Busy(LocalStore):
        """A store in which another run is judged just before a listing."""

        def entries(self, prefix: str) -> Any:
            """Judge once, then list."""
            self._judge(prefix)
            return super().entries(prefix)

        def folders(self, prefix: str) -> Any:
            """Judge once, then list."""
            self._judge(prefix)
            return super().folders(prefix)

        def _judge(self, prefix: str) -> None:
            if prefix in moments:
                moments.clear()
                judged_run(local_store, version, "r3")

    found = [entry.run_id for entry in verify_reports(Busy(Path(local_store.uri)))]
    assert found == ["r3", "r2", "r1"]
    assert not moments
