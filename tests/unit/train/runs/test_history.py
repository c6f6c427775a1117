"""The history of runs: each with what is recorded of it, and no broken record hides another."""

import pytest
from support.recorded_runs import CURVES, recorded_model, recorded_run
from support.toy_runs import publish_toy, toy_dataset
from toy_models import strong_model, weak_model

from safety_tasks.bundle.layout import document_key
from safety_tasks.errors import TrainingError
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.gate import Verdict
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import Epoch
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import version_id_of
from safety_tasks.train.engine.curves import curves_csv, row_of
from safety_tasks.train.engine.curves_table import best_of, read_curves
from safety_tasks.train.runs.comparing import compare_runs
from safety_tasks.train.runs.history import list_runs, show_run


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


def test_nothing_there(local_store: LocalStore) -> None:
    """Without a run there is an empty list, and to show one says what to do."""
    assert list_runs(local_store) == ()
    with pytest.raises(TrainingError, match="runs list"):
        show_run(local_store, "r1")


def test_newest_first_with_what_became_of_them(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """A line holds when, what, how well, the verdict and the releases; what has no time comes last."""
    recorded_run(local_store, version, "old", at="2026-01-01T00:00:00+00:00")
    recorded_run(local_store, version, "new", at="2026-02-01T00:00:00+00:00")
    recorded_model(local_store, version, "new", strong_model())
    recorded_model(local_store, version, "onnx", weak_model())
    publish_toy(local_store, version, "new")
    local_store.put("runs/latest.json", b"{}")
    local_store.put("runs/notes/readme.txt", b"no run")
    first, second, third = list_runs(local_store)
    assert (first.run_id, second.run_id, third.run_id) == ("new", "old", "onnx")
    assert (first.verdict, first.releases, first.problem) == (Verdict.PASS, (1,), "")
    assert (first.recipe, first.backend, first.epochs, first.best_map50) == ("toy", "local", 3, 0.6)
    assert (second.verdict, second.releases) == (None, ())
    assert (third.backend, third.started_at, third.dataset_version) == (
        "adopted",
        "",
        version.version_id,
    )


@pytest.mark.parametrize("name", ["training.json", "export.json", "gate/report.json"])
def test_a_broken_record_is_a_row_with_its_problem(
    local_store: LocalStore, version: DatasetVersion, name: str
) -> None:
    """A record that cannot be read, or is another run's, is named in its row; the rest of it and the others stand."""
    for run_id in ("a", "b", "c"):
        recorded_run(local_store, version, run_id)
        recorded_model(local_store, version, run_id, strong_model())
    local_store.put(f"runs/b/{name}", b'{"half": ')
    local_store.put(f"runs/c/{name}", local_store.get(f"runs/a/{name}").payload)
    c, b, a = list_runs(local_store)
    assert (a.run_id, a.problem) == ("a", "")
    assert b.problem.startswith(f"runs/b/{name}: expected a")
    assert c.problem.endswith("expected that of run c, found that of a")
    assert (b.dataset_version, b.recipe) == (version.version_id, "toy")
    assert (b.verdict is None) == (name == "gate/report.json")


def test_curves_that_are_gone_are_a_problem(
    local_store: LocalStore, version: DatasetVersion
) -> None:
    """Altered curves are told, and hide nothing else."""
    run = recorded_run(local_store, version, "r1")
    assert run.curves is not None
    local_store.put(run.curves.key, b"epoch,map50\n1,0.99\n")
    view = show_run(local_store, "r1")
    assert view.curves == {}
    assert "altered or cut" in view.line.problem
    assert view.training == run


def test_a_release_that_cannot_be_read_hides_no_run(
    local_store: LocalStore, version: DatasetVersion, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken release document is left out, and said."""
    recorded_run(local_store, version, "r1")
    publish_toy(local_store, version, "r1")
    local_store.put(document_key(2), b"{}")
    assert [line.releases for line in list_runs(local_store)] == [(1,)]
    assert "release 2 is left out" in caplog.text


def test_a_cut_run_is_listed(local_store: LocalStore, version: DatasetVersion) -> None:
    """A run that was begun and has no record yet is there, as just that."""
    recorded_run(local_store, version, "r1")
    local_store.delete("runs/r1/training.json")
    (line,) = list_runs(local_store)
    assert (line.run_id, line.recipe, line.epochs) == ("r1", "toy", None)
    assert line.problem.startswith("begun, and not finished")
    local_store.put("runs/r1/tuning.json", b"{}")
    assert list_runs(local_store) == ()  # a search for hyperparameters is no run
    local_store.delete("runs/r1/tuning.json")
    local_store.delete("runs/r1/start.json")
    assert list_runs(local_store) == ()
    recorded_model(local_store, version, "r1", strong_model())
    local_store.put("runs/r1/training.json", b"{}")
    (line,) = list_runs(local_store)
    assert (line.backend, line.dataset_version) == ("", version.version_id)
    assert "expected a TrainingRun" in line.problem


def test_show(local_store: LocalStore, version: DatasetVersion) -> None:
    """Everything of the record is there: what went in, curves, measurements, reasons."""
    run = recorded_run(local_store, version, "r1")
    exported = recorded_model(local_store, version, "r1", strong_model())
    view = show_run(local_store, "r1")
    assert (view.training, view.exported) == (run, exported)
    assert view.benchmark is not None
    assert view.benchmark.map50 == 0.9
    assert view.curves == {
        "box_loss": (3.0, 2.0, 2.5),
        "map50": (0.2, 0.6, 0.4),
        "map50_95": (0.1, None, 0.3),
    }
    assert best_of(view.curves, "box_loss") == 2.0
    assert best_of(view.curves, "map50_95") == 0.3
    assert best_of(view.curves, "cls_loss") is None


def test_curves_that_a_training_wrote() -> None:
    """What the training stage writes is read back, a metric that was never measured left out; no CSV, no curves."""
    epochs = [
        Epoch(
            number=number,
            total=2,
            seconds=1,
            eta_s=0,
            box_loss=3,
            cls_loss=2,
            dfl_loss=1,
            map50=share,
        )
        for number, share in ((1, 0.5), (2, None))
    ]
    assert read_curves(curves_csv([row_of(epoch, 0.1) for epoch in epochs])) == {
        "box_loss": (3.0, 3.0),
        "cls_loss": (2.0, 2.0),
        "dfl_loss": (1.0, 1.0),
        "map50": (0.5, None),
    }
    assert read_curves(b"") == read_curves(b"\x89PNG\r\n\x00") == read_curves(b"a,b\n1,2\n") == {}


def test_compare_names_what_differs(local_store: LocalStore, version: DatasetVersion) -> None:
    """Recipe, base weights, hardware and packages stand field by field; numbers of one holdout side by side."""
    recorded_run(local_store, version, "a", packages={"torch": "2.1", "numpy": "1"})
    recorded_run(
        local_store,
        version,
        "b",
        recipe=Recipe(name="toy", epochs=3, lr0=0.01),
        base=b"base",
        packages={"torch": "2.2", "numpy": "1", "new": "3"},
        curves=CURVES.replace("0.6", "0.9"),
        backend="sagemaker",
    )
    recorded_model(local_store, version, "a", strong_model(), ap50=0.7)
    recorded_model(local_store, version, "b", weak_model(), ap50=0.8)
    found = compare_runs(local_store, "a", "b")
    shown = {
        section: [(row.what, row.a, row.b) for row in rows]
        for section, rows in found.differences.items()
    }
    assert shown["recipe"] == [("lr0", "0.001", "0.01")]
    assert shown["packages"] == [("torch", "2.1", "2.2"), ("new", "", "3")]
    assert ("kind", "scratch", "download") in shown["base weights"]
    assert shown["hardware"] == [("backend", "local", "sagemaker")]
    assert "data" not in shown
    assert ("map50", "0.6", "0.9") in [(row.what, row.a, row.b) for row in found.best]
    assert [(pair.hazard, pair.a_ap50, pair.b_ap50) for pair in found.hazards] == [
        (name, 0.7, 0.8) for name in sorted(version.classes)
    ]
    assert found.unfair == ()


def test_compare_says_what_is_not_fair(local_store: LocalStore, version: DatasetVersion) -> None:
    """Not measured, another holdout, trained elsewhere: said plainly, and no numbers side by side."""
    other = toy_dataset(local_store, "second")
    grown = other.model_copy(
        update={"holdout": other.holdout.model_copy(update={"sha256": "f" * 64})}
    )
    recorded_run(local_store, version, "a")
    recorded_run(local_store, grown, "b")
    recorded_model(local_store, version, "a", strong_model())
    found = compare_runs(local_store, "a", "b")
    assert found.hazards == ()
    assert "b was not measured: safety-tasks benchmark b" in found.unfair
    assert any("val pictures may differ" in line for line in found.unfair)
    recorded_model(local_store, version, "onnx", weak_model())
    found = compare_runs(local_store, "a", "onnx")
    assert len(found.hazards) == 3
    assert [line for line in found.unfair if "trained elsewhere" in line]


def test_compare_over_two_versions(local_store: LocalStore, version: DatasetVersion) -> None:
    """Two versions with one holdout may be compared, with a word on recall; with two holdouts they may not."""
    later = toy_dataset(local_store, "second")
    assert later.manifest.sha256 != version.manifest.sha256
    # The drawn pictures are not many: whether the two have one holdout is set here, in their own records.
    for sha256, said in (
        (version.holdout.sha256, "moves recall"),
        ("f" * 64, "different holdouts"),
    ):
        other = later.model_copy(
            update={"holdout": later.holdout.model_copy(update={"sha256": sha256})}
        )
        other = other.model_copy(update={"version_id": version_id_of(other.to_dict())})
        local_store.put(f"{other.prefix}/version.json", other.to_json_bytes())
        names = (f"a-{said[:5]}", f"b-{said[:5]}")
        for name, its, model in zip(
            names, (version, other), (strong_model(), weak_model()), strict=True
        ):
            recorded_run(local_store, its, name)
            recorded_model(local_store, its, name, model)
        found = compare_runs(local_store, *names)
        assert len(found.hazards) == (3 if said == "moves recall" else 0)
        assert any(said in line for line in found.unfair)
