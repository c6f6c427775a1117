"""Take over what a job left: ``model.tar.gz`` from the store, proved, as files of this machine.

Rules: fetched under a cap and read member by member; ``fit.json`` must be a record of ours; weights stay bytes here,
nothing is loaded, and the next stage reads them as it reads any foreign file.
"""

from pathlib import Path

from safety_tasks.cloud.archives import packed_cap, read_archive
from safety_tasks.errors import ArtifactError, JobFailed, ObjectNotFound
from safety_tasks.records.training import Fit
from safety_tasks.store.base import ObjectStore, keep_file
from safety_tasks.train.engine.fit import Fitted
from safety_tasks.train.sagemaker.layout import (
    CURVES_FILE,
    CURVES_PICTURE_FILE,
    FIT_FILE,
    RESULT_BYTES,
    WEIGHTS_FILE,
)


def fetch_result(store: ObjectStore, key: str, folder: Path) -> Fitted:
    """Bring a job's archive here and read it.

    Args:
        store: where it is.
        key: its key, of ``layout.result_key``.
        folder: a private folder for the archive and its files.

    Raises:
        JobFailed: there is no archive.
        ArtifactError: the archive holds something else than a result.
        StoreError: it is too large, or the store failed.
    """
    path = folder / "model.tar.gz"
    try:
        store.download(key, path, packed_cap(RESULT_BYTES))
    except ObjectNotFound as problem:
        raise JobFailed(
            f"{store.uri}/{key}: expected the job's result, found none, though the job says that it ended. "
            "See its log, and whether its role may write there."
        ) from problem
    try:
        return read_result(path, folder)
    finally:
        path.unlink()


def read_result(archive: Path, folder: Path) -> Fitted:
    """Read a job's archive into files of a private folder.

    Raises:
        ArtifactError: it holds something else than a result.
    """
    found = read_archive(archive, RESULT_BYTES)
    fit = Fit.from_json_bytes(
        found[FIT_FILE], what=f"{archive.name}: {FIT_FILE}", error=ArtifactError
    )
    paths = {name: keep_file(folder / name, payload) for name, payload in found.items()}
    return Fitted(
        fit=fit,
        weights=paths[WEIGHTS_FILE],
        curves=paths[CURVES_FILE],
        curves_picture=paths[CURVES_PICTURE_FILE],
    )
