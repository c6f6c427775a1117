"""``safety-tasks evaluate``: its data, its outputs for people and programs, its statuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.toy_runs import hazards_of, toy_dataset
from support.typed import call, run
from toy_models import CLASSES, png, strong_model, toy_boxes, toy_picture

from safety_tasks.cli import evaluate as command
from safety_tasks.cli import main
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import (
    ArtifactError,
    ClassMapError,
    ConfigError,
    DatasetError,
    SafetyTasksError,
)
from safety_tasks.store.local import LocalStore


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Give the strong model's file."""
    (tmp_path / "model.onnx").write_bytes(strong_model())
    return tmp_path / "model.onnx"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a YOLO folder of four pictures of two scenes, one of them without hazards, and its data.yaml."""
    root = tmp_path / "data"
    rows = ["file,scene"]
    for index in range(4):
        hazards = hazards_of(index) if index else []
        for kind in ("images", "labels"):
            (root / kind).mkdir(parents=True, exist_ok=True)
        (root / "images" / f"{index}.png").write_bytes(png(toy_picture(hazards, grey=90 + index)))
        lines = "".join(box.to_line() + "\n" for box in toy_boxes(hazards))
        (root / "labels" / f"{index}.txt").write_text(lines)
        rows.append(f"{index}.png,scene-{index % 2}")
    (root / "manifest.csv").write_text("\n".join(rows))
    (root / "data.yaml").write_text(f"val: images\nnames: {list(CLASSES)}\n")
    return root


def refused(*words: object) -> SafetyTasksError:
    """Return the error that the command ends with."""
    with pytest.raises(SafetyTasksError) as caught:
        run("evaluate", *words)
    return caught.value


def test_for_programs(model: Path, folder: Path) -> None:
    """Stdout is JSON that names model, data and every number; what limits them is told on stderr."""
    result = run("evaluate", model, folder / "data.yaml")
    seen = json.loads(result.stdout)
    assert (seen["model"], seen["data"]) == (str(model), str(folder / "data.yaml"))
    assert seen["model_sha256"] == sha256_bytes(strong_model())
    assert (seen["pictures"], seen["scenes"], seen["unreadable"]) == (4, 2, [])
    assert seen["map50"] == pytest.approx(1)
    assert seen["hazards"]["fire"]["support"] == {"pictures": 3, "boxes": 3, "scenes": 2}
    assert seen["hazards"]["fire"]["ap50_interval"]["scenes"] == 2
    assert seen["false_alarms"]["background_pictures"] == 1
    assert (seen["latency_ms"]["frames"], seen["latency_ms"]["threads"]) == (4, 1)
    assert seen["thresholds_from"] == "default"
    assert "evaluate: 4 of 4" in result.stderr
    assert "note: the model carries no thresholds" in result.stderr


def test_names_that_are_no_text(model: Path, folder: Path, tmp_path: Path) -> None:
    """Odd bytes in the names of model and data are written out in JSON, and end nothing."""
    odd_model, odd_data = model.rename(tmp_path / "\udcfe.onnx"), folder.rename(tmp_path / "\udcff")
    seen = call("evaluate", odd_model, odd_data / "images")
    assert (seen["model"], seen["data"]) == (
        f"{tmp_path}/\\xfe.onnx",
        f"{tmp_path}/\\xff/images",
    )


def test_every_way_to_name_the_data(model: Path, folder: Path) -> None:
    """A folder, a list file and a data.yaml give the same numbers."""
    (folder / "val.txt").write_text("".join(f"./images/{n}.png\n" for n in range(4)))
    keep = ("pictures", "scenes", "hazards", "map50", "map50_95", "ar", "false_alarms")
    each = [call("evaluate", model, folder / name) for name in ("data.yaml", "val.txt", "images")]
    first, *others = ({name: seen[name] for name in keep} for seen in each)
    assert others == [first, first]


def test_a_dataset_version(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id names a version of the configured store, measured on its holdout; nothing stays in the work folder."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("SAFETY_TASKS_WORK_DIR", str(tmp_path / "work"))
    version = toy_dataset(LocalStore(tmp_path / "store"))
    result = run("evaluate", model, version.version_id)
    seen = json.loads(result.stdout)
    assert seen["pictures"] == version.splits["holdout"].pictures
    assert seen["scenes"] == version.splits["holdout"].scenes
    assert (seen["map50"], seen["notes"]) == (pytest.approx(1), [])
    assert "fetch:" in result.stderr
    assert not list((tmp_path / "work").glob("evaluate-*"))
    train = call("evaluate", model, version.version_id, "--split", "train")
    assert train["pictures"] == version.splits["train"].pictures
    assert train["notes"] == ["measured on train: no model is judged by what it learnt from"]


def test_for_people(model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person gets tables of hazards, of false alarms and of times, and JSON only when it is asked for."""
    monkeypatch.setattr(command, "for_people", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    shown = run("evaluate", model, folder / "data.yaml").stdout
    assert f"{model} on {folder / 'data.yaml'}: 4 pictures, 2 scenes" in shown.replace("\n", "")
    rows = [[cell.strip() for cell in line.split("│")] for line in shown.splitlines()]
    cells = {row[0]: row for row in rows if len(row) > 4}
    assert cells["fire"][1] == "1.000"
    assert cells["fire"][-4:] == ["0.250", "3", "3", "2"]
    assert cells["fire"][2].startswith("0.")
    assert (cells["mean"][1], cells["mean"][-1]) == ("1.000", "")
    assert "alarmed" in shown
    assert "p95" in shown
    json.loads(run("evaluate", model, folder / "data.yaml", "--json", "--frames", 0).stdout)
    shown = run("evaluate", model, folder / "data.yaml", "--frames", 0).stdout
    assert "p95" not in shown


def test_an_unreadable_picture_makes_the_status_1(
    model: Path, folder: Path, tmp_path: Path
) -> None:
    """The others are measured, everything is written, and the picture is named in JSON and on stderr."""
    (folder / "images" / "2.png").write_bytes(b"no picture")
    out = tmp_path / "found.json"
    result = run("evaluate", model, folder / "data.yaml", "--detections", out, status=1)
    seen = json.loads(result.stdout)
    assert seen["pictures"] == 3
    assert seen["unreadable"][0].startswith("images/2.png: expected a JPEG or PNG")
    assert "unreadable: images/2.png: expected" in result.stderr
    assert len(json.loads((tmp_path / "found.images.json").read_text())["images"]) == 3


def test_files_to_look_into(model: Path, folder: Path, tmp_path: Path) -> None:
    """Detections, the labels they were scored against and pictures are written where they were asked for."""
    out, drawn = tmp_path / "found.json", tmp_path / "drawn"
    result = run(
        *("evaluate", model, folder / "data.yaml"),
        *("--detections", out, "--pictures", drawn, "--threads", 2, "--frames", 2),
    )
    assert len(json.loads(out.read_text())) == 9
    images = json.loads((tmp_path / "found.images.json").read_text())["images"]
    assert [image["file_name"] for image in images] == [f"images/{n}.png" for n in range(4)]
    count = len(list(drawn.glob("*.jpg")))
    assert count == 9
    assert f"pictures: {count} in {drawn}" in result.stderr
    assert f"detections: {out}, labels: {tmp_path / 'found.images.json'}" in result.stderr
    times = json.loads(result.stdout)["latency_ms"]
    assert (times["threads"], times["frames"]) == (2, 2)


def test_what_is_refused(
    model: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong places, data, models and class maps are errors of the tree, before anything is measured or written."""
    data = folder / "data.yaml"
    assert isinstance(refused(model, data, "--pictures", folder), ConfigError)
    assert isinstance(refused(model, data, "--detections", tmp_path / "no" / "a.json"), ConfigError)
    assert isinstance(refused(model, data, "--detections", folder), ConfigError)
    assert isinstance(refused(model, tmp_path / "none"), ConfigError)
    assert isinstance(refused(tmp_path / "none.onnx", data), ArtifactError)
    assert isinstance(refused(model, folder, "--split", "val"), ConfigError)
    assert isinstance(refused(model, data, "--split", "holdout"), DatasetError)
    run("evaluate", model, data, "--split", "other", status=2)
    data.write_text("val: images\nnames: [fire, smoke, person_down]\n")
    assert isinstance(refused(model, data), ClassMapError)
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    assert "0123456789abcdef" in str(refused(model, "0123456789abcdef"))
    accepted = refused(model, "0123456789abcdef", "--missing-label-is-background")
    assert isinstance(accepted, ConfigError)


def test_a_missing_label_is_accepted_only_by_name(model: Path, folder: Path) -> None:
    """Without the option it is an error; with it the picture is a background, and this is said."""
    (folder / "labels" / "1.txt").unlink()
    assert "--missing-label-is-background" in str(refused(model, folder / "data.yaml"))
    seen = call("evaluate", model, folder / "data.yaml", "--missing-label-is-background")
    assert seen["false_alarms"]["background_pictures"] == 2
    assert seen["notes"] == ["1 pictures without a label file count as background"]


def test_a_problem_is_one_line(
    model: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As a person runs it, an error is one line on stderr and status 1."""
    (folder / "labels" / "1.txt").write_text("7 0.5 0.5 0.1 0.1\n")
    monkeypatch.setattr("sys.argv", ["safety-tasks", "evaluate", str(model), str(folder)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"error: {folder / 'labels' / '1.txt'}, line 1: expected a class")
    assert told.err.count("\n") == 1


def test_the_help_loads_nothing_heavy() -> None:
    """The command's help comes without the runtime, numpy or tables of a store."""
    code = (
        "import sys; from safety_tasks.cli.main import app\n"
        "try: app(['evaluate', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'onnx', 'onnxruntime', 'cv2', 'pyarrow', 'yaml'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {sorted(heavy)}' if heavy else 0)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--missing-label" in done.stdout
