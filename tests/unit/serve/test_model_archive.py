"""The archive is the same bytes for the same release, holds what the handler needs, and proves its parts."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from support.local_endpoint import unpack
from support.toy_runs import publish_toy
from toy_models import png, toy_model, toy_picture

from safety_tasks.bundle.reading import Served
from safety_tasks.cloud import pins as pinned
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import BundleRejected, ConfigError, ReleaseError
from safety_tasks.serve.model_archive import (
    archive_release,
    served_by,
    served_release,
    write_model_archive,
)
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import read_version

Released = tuple[LocalStore, Served]
ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/code")
import inference
from pathlib import Path
model = inference.model_fn(sys.argv[1])
data = inference.input_fn(Path(sys.argv[2]).read_bytes(), "image/png")
print(inference.output_fn(inference.predict_fn(data, model), "application/json")[0])
print(json.dumps(sorted(m.__file__ for n, m in sys.modules.items() if n.startswith("safety_tasks"))))
"""


def test_the_same_release_gives_the_same_bytes(
    released: Released, serving_settings: Settings
) -> None:
    """Packed twice it is one object, under its own digest."""
    store, served = released
    first = archive_release(store, served, serving_settings)
    assert archive_release(store, served, serving_settings) == first
    assert list(store.keys("serve/")) == [f"serve/models/{first.archive.sha256}.tar.gz"]
    assert sha256_bytes(store.get(first.archive.key).payload) == first.archive.sha256
    assert first.model_sha256 == served.document.model.sha256


def test_it_runs_alone(released: Released, serving_settings: Settings, tmp_path: Path) -> None:
    """The code in the archive answers by itself: no module of this package comes from elsewhere."""
    store, served = released
    archive = archive_release(store, served, serving_settings)
    folder = unpack(store.get(archive.archive.key).payload, tmp_path / "model")
    picture = tmp_path / "p.png"
    picture.write_bytes(png(toy_picture([(1, 5)])))
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(folder), str(picture)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        check=True,
    )
    answer, files = map(json.loads, done.stdout.splitlines())
    assert [each["class"] for each in answer["detections"]] == ["fire"]
    assert files
    assert all(Path(file).is_relative_to(folder) for file in files)


def test_nothing_else_goes_in(released: Released) -> None:
    """No cloud, store, training or test code is shipped, no owner and no time."""
    document = released[1].document
    packed = write_model_archive(toy_model(), document.to_json_bytes())
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        members = archive.getmembers()
    names = {member.name for member in members}
    assert {"model.onnx", "release.json", "code/inference.py"} <= names
    folders = {name.split("/")[2] for name in names if name.count("/") > 2}
    assert folders == {"inference", "records", "serve"}
    assert {(m.uid, m.mtime, m.uname, m.isreg()) for m in members} == {(0, 0, "", True)}


def test_an_altered_model_is_not_packed(released: Released, serving_settings: Settings) -> None:
    """A model in the store that is not the document's is refused; nothing is kept."""
    store, served = released
    store.put(served.document.model.key, toy_model(gains=(0.5, 1.0, 1.0)))
    with pytest.raises(BundleRejected):
        archive_release(store, served, serving_settings)
    assert list(store.keys("serve/")) == []


def test_an_empty_channel_is_named(released: Released) -> None:
    """Nothing published on canary: an error says so."""
    with pytest.raises(ReleaseError, match="canary"):
        served_by(released[0], "canary")


def test_a_release_published_meanwhile_is_noticed(
    released: Released, serving_settings: Settings
) -> None:
    """What was packed must be what the channel serves still when it is proved."""
    store, served = released
    archive = archive_release(store, served, serving_settings)
    assert served_release(store, archive) == served
    version = read_version(store, served.document.dataset_version)
    publish_toy(store, version, "run-2", toy_model(gains=(0.9, 1.0, 1.0)))
    with pytest.raises(ReleaseError, match="meanwhile"):
        served_release(store, archive)


def test_awss_image_needs_wheels(released: Released, serving_settings: Settings) -> None:
    """Without wheels, AWS's container could not start: refused before anything is paid for."""
    plain = serving_settings.serve.model_copy(update={"image_uri": ""})
    settings = serving_settings.model_copy(update={"serve": plain})
    with pytest.raises(ConfigError, match="wheel_dir"):
        archive_release(*released, settings)


def _wheels(folder: Path, names: tuple[str, ...]) -> tuple[Path, Path]:
    folder.mkdir()
    lines = []
    for name in names:
        wheel = folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
        wheel.write_bytes(name.encode())
        lines.append(
            f"{name}==1.0 \\\n    --hash=sha256:{sha256_bytes(name.encode())}\n    # via -r base.in\n"
        )
    constraints = folder.parent / "constraints.txt"
    constraints.write_text("".join(lines))
    return folder, constraints


def test_wheels_that_serve_go_in_with_their_digests(tmp_path: Path) -> None:
    """Of a folder of wheels, those that the handler needs go in, pinned by digest, without any index."""
    names = ("numpy", "onnx", "onnxruntime", "opencv-python", "pydantic", "ultralytics")
    folder, constraints = _wheels(tmp_path / "wheels", names)
    assert set(pinned.read_pins(constraints)) == set(names)
    packed = write_model_archive(b"m", b"d", wheels=folder, constraints=constraints)
    code = unpack(packed, tmp_path / "out") / "code"
    shipped = {path.name.partition("-")[0] for path in (code / "wheels").iterdir()}
    assert shipped == {"numpy", "onnx", "onnxruntime", "opencv_python", "pydantic"}
    listed = (code / "requirements.txt").read_text()
    assert listed.startswith("--no-index\n--find-links wheels\n--require-hashes\n")
    assert "ultralytics" not in listed


def test_a_missing_wheel_is_named(tmp_path: Path) -> None:
    """A folder made for training alone lacks ONNX Runtime: the message names it."""
    names = ("numpy", "onnx", "onnxruntime", "opencv-python", "pydantic")
    folder, constraints = _wheels(tmp_path / "wheels", names)
    (folder / "onnxruntime-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ConfigError, match="onnxruntime"):
        write_model_archive(b"m", b"d", wheels=folder, constraints=constraints)
