"""The verb ``adopt_model``: a model that was trained elsewhere becomes a candidate.

Rules: nothing of a foreign file is run; it has the class map's names in its order; it is recorded as trained elsewhere,
so that nobody takes its numbers for those of a model that never saw the holdout; after export (of weights) it goes
through benchmark, gate and publication like any other; the record comes last, and the same again changes nothing.
"""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from safety_tasks.class_map import class_map_digest
from safety_tasks.config import code_digest, parse_as
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ConfigError, ObjectNotFound, TrainingError
from safety_tasks.records.base import Name
from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.records.model import ExportedModel
from safety_tasks.records.recipe import Recipe
from safety_tasks.records.training import BaseWeights, TrainingRun
from safety_tasks.store.base import ObjectStore, keep_file, put_artifact, read_if_there
from safety_tasks.train.adopt.from_onnx import take_onnx
from safety_tasks.train.adopt.from_weights import take_weights
from safety_tasks.train.starts import start_key

MAX_BYTES: Final = 64 * 1024 * 1024
TRAINED_ELSEWHERE: Final = "trained elsewhere: whether it saw pictures of this holdout is not known"


def adopt_model(
    store: ObjectStore,
    version: DatasetVersion,
    source: str,
    *,
    run_id: str,
    classes: Sequence[str] | None = None,
    imgsz_px: int | None = None,
) -> TrainingRun | ExportedModel:
    """Make a model from elsewhere the candidate of a run.

    Args:
        store: where the run is recorded.
        version: the dataset version that it will be measured on.
        source: a ``.pt`` or ``.onnx`` file on this machine, or an object of the store by its whole address.
        run_id: the run's name; the same again with the same file returns what is there.
        classes: the names of the file's numbers, where its own are generic.
        imgsz_px: the size of its pictures, where the file does not say it.

    Returns:
        for weights the run, to be exported; for ONNX the exported model, to be measured.

    Raises:
        ArtifactError: the file is missing, too large, broken, or no detector that can be used here.
        ClassMapError: it has other classes than the version.
        TrainingError: the run's name is taken.
        ConfigError: the run's name, or the size, is not allowed.
    """
    try:
        TypeAdapter(Name).validate_python(run_id)
    except ValidationError:
        raise ConfigError(
            f"run id: expected up to 200 letters, digits and . _ + : -, found {run_id!r}."
        ) from None
    file = source.replace("\\", "/").rpartition("/")[2]
    if not file.endswith((".pt", ".onnx")):
        raise ArtifactError(f"{source}: expected a .pt or .onnx file, found another name.")
    if store.exists(start_key(run_id)):
        raise _taken(run_id, "a training that was begun")
    payload = _read(store, source)
    if file.endswith(".onnx"):
        return _adopt_onnx(store, version, payload, file, run_id, classes, imgsz_px)
    return _adopt_weights(store, version, payload, file, run_id, classes, imgsz_px)


def _read(store: ObjectStore, source: str) -> bytes:
    if source.startswith(f"{store.uri}/"):  # with the store's own address and rights
        try:
            return store.get(source.removeprefix(f"{store.uri}/"), MAX_BYTES).payload
        except ObjectNotFound as problem:
            raise ArtifactError(f"{source}: expected a model, found: {problem}") from problem
    if "://" in source:
        raise ArtifactError(
            f"{source}: expected a file on this machine or an object below {store.uri}, found another address. "
            "Copy it to one of the two."
        )
    try:
        with Path(source).open("rb") as stream:
            payload = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise ArtifactError(
            f"{source}: expected a model, found: {problem.strerror or problem}. Correct the path."
        ) from problem
    if len(payload) > MAX_BYTES:
        raise ArtifactError(f"{source}: expected at most {MAX_BYTES} bytes, found more.")
    return payload


def _adopt_weights(
    store: ObjectStore,
    version: DatasetVersion,
    payload: bytes,
    file: str,
    run_id: str,
    said: Sequence[str] | None,
    imgsz_px: int | None,
) -> TrainingRun:
    if imgsz_px is not None:
        _recipe(imgsz_px, "--imgsz")
    with tempfile.TemporaryDirectory(prefix="adopt-") as folder:
        path = keep_file(Path(folder) / "model.pt", payload)
        taken = take_weights(path, what=file, classes=version.classes, said=said, imgsz_px=imgsz_px)
    recipe = _recipe(taken.imgsz_px, f"{file}: imgsz").bound_to(version.classes)
    sha256 = sha256_bytes(payload)
    key = f"runs/{run_id}/training.json"
    found = read_if_there(store, key)
    if found is not None:
        run = TrainingRun.from_json_bytes(found.payload, what=key, error=TrainingError)
        there = (run.backend, run.base_weights.sha256, run.dataset_version, run.recipe)
        if there != ("adopted", sha256, version.version_id, recipe):
            raise _taken(run_id, "another run or another file")
        return run
    if read_if_there(store, f"runs/{run_id}/export.json") is not None:
        raise _taken(run_id, "an adopted ONNX file")
    weights_key = f"runs/{run_id}/weights/{sha256_bytes(taken.payload)[:16]}.pt"
    run = TrainingRun(
        run_id=run_id,
        dataset_version=version.version_id,
        recipe=recipe,
        classes_sha256=class_map_digest(version.classes),
        base_weights=BaseWeights(
            kind="adopted", source=file, sha256=sha256, note=TRAINED_ELSEWHERE
        ),
        weights=put_artifact(store, weights_key, taken.payload),
        backend="adopted",
        fit=None,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        code_sha256=code_digest(),
    )
    store.put(f"runs/{run_id}/recipe.json", recipe.to_json_bytes())
    put_artifact(store, key, run.to_json_bytes())
    return run


def _adopt_onnx(
    store: ObjectStore,
    version: DatasetVersion,
    payload: bytes,
    file: str,
    run_id: str,
    said: Sequence[str] | None,
    imgsz_px: int | None,
) -> ExportedModel:
    # No time and no code of ours: the same file under the same name gives the same bytes.
    more = {
        "safety.dataset_version": version.version_id,
        "safety.run_id": run_id,
        "safety.recipe": "adopted",
        "safety.adopted_sha256": sha256_bytes(payload),
    }
    ours, size = take_onnx(
        payload, what=file, classes=version.classes, said=said, imgsz_px=imgsz_px, more=more
    )
    if read_if_there(store, f"runs/{run_id}/training.json") is not None:
        raise _taken(run_id, "a run with weights")
    key, sha256 = f"runs/{run_id}/export.json", sha256_bytes(ours)
    found = read_if_there(store, key)
    if found is not None:
        done = ExportedModel.from_json_bytes(found.payload, what=key, error=ArtifactError)
        if (done.model.sha256, done.dataset_version) != (sha256, version.version_id):
            raise _taken(run_id, "another file")
        return done
    exported = ExportedModel(
        run_id=run_id,
        dataset_version=version.version_id,
        classes=version.classes,
        classes_sha256=class_map_digest(version.classes),
        imgsz_px=size,
        model=put_artifact(store, f"runs/{run_id}/models/{sha256[:16]}.onnx", ours),
        parity=None,
        code_sha256=code_digest(),
        adopted_file=file,
    )
    put_artifact(store, key, exported.to_json_bytes())
    return exported


def _recipe(imgsz_px: int, where: str) -> Recipe:
    return parse_as(Recipe, {"name": "adopted", "imgsz_px": imgsz_px}, where=where)


def _taken(run_id: str, by: str) -> TrainingError:
    return TrainingError(
        f"run {run_id}: expected an unused name, found {by}. Choose another run id."
    )
