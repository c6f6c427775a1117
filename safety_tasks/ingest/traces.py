"""Find every place where a picture's bytes are, and delete them there.

Rules: a delivery is searched by size and digest, not by name, so that a copy under another name is found too; pages and
contact sheets of a version that holds the picture go whole, since they can be made again; an archive is never opened to
take one member out: it is named.
"""

from dataclasses import dataclass, field
from typing import Final

import pyarrow.compute as pc

from safety_tasks.bundle.layout import RELEASES, release_seq_of
from safety_tasks.config import work_dir
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ReleaseError, TrainingError
from safety_tasks.ingest.formats.archives import is_archive
from safety_tasks.ingest.quarantine import delete_item, list_items
from safety_tasks.records.base import Artifact
from safety_tasks.records.picture import Picture
from safety_tasks.records.quarantine import QuarantineItem
from safety_tasks.records.release import ReleaseDocument
from safety_tasks.records.training import TrainingRun
from safety_tasks.store.base import ObjectStore, get_artifact, put_artifact, read_if_there
from safety_tasks.store.manifests import list_versions, read_manifest_table, read_version
from safety_tasks.store.tables import SIGNATURE_SCHEMA, decode_table, encode_table

_EXTENSIONS: Final = ("jpg", "png")


@dataclass(frozen=True)
class Traces:
    """Where a picture is or was."""

    sha256: str
    size_bytes: int | None
    objects: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    quarantined: tuple[QuarantineItem, ...] = ()
    pages: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    blobs: tuple[str, ...] = field(default_factory=tuple)

    @property
    def is_known(self) -> bool:
        """Whether anything of it was found."""
        return bool(self.objects or self.deliveries or self.quarantined or self.versions)

    def left(self, from_releases: bool) -> tuple[str, ...]:
        """Say what stays, and what to do about it."""
        said = [f"{key}: an archive that may hold it; delete it by hand" for key in self.archives]
        if not from_releases:
            said += [
                f"{key}: golden picture of a release; --from-releases deletes it"
                for key in self.blobs
            ]
        said += [f"run {run}: its model was trained with the picture" for run in self.runs]
        return tuple(said)


def find_traces(store: ObjectStore, sha256: str, *, size_bytes: int | None) -> Traces:
    """Look for a picture everywhere."""
    rows: dict[str, Picture] = {}
    for version_id in list_versions(store):
        table = read_manifest_table(store, read_version(store, version_id))
        for row in table.filter(pc.equal(table.column("sha256"), sha256)).to_pylist():
            rows[version_id] = Picture.model_validate(row)
    objects = {f"dataset/objects/{sha256[:2]}/{sha256}.{suffix}" for suffix in _EXTENSIONS}
    objects |= {picture.label_key for picture in rows.values()}
    there = sorted(key for key in objects if store.exists(key))
    size = size_bytes if size_bytes is not None else _size_of(store, there)
    items = tuple(
        i for i in list_items(store) if i.picture is not None and i.picture.sha256 == sha256
    )
    if size is None and items and items[0].picture is not None:
        size = items[0].picture.size_bytes
    deliveries, archives = _in_deliveries(store, sha256, size, {p.batch_id for p in rows.values()})
    runs = _runs_on(store, set(rows))
    releases, blobs = _golden(store, sha256)
    pages = [
        key
        for version_id in rows
        for part in ("report", "review")
        for key in store.keys(f"dataset/versions/{version_id}/{part}/")
    ]
    judged = {v for v, picture in rows.items() if picture.split in ("holdout", "incident")}
    pages += [
        key
        for run, version_id in runs.items()
        if version_id in judged
        for key in store.keys(f"runs/{run}/samples/")
    ]
    return Traces(
        sha256=sha256,
        size_bytes=size,
        objects=tuple(there),
        deliveries=deliveries,
        archives=archives,
        quarantined=items,
        pages=tuple(pages),
        versions=tuple(rows),
        runs=tuple(runs),
        releases=releases,
        blobs=blobs,
    )


def delete_bytes(store: ObjectStore, traces: Traces, *, from_releases: bool) -> tuple[str, ...]:
    """Delete what was found; return the keys and files that went."""
    keys = [*traces.objects, *traces.deliveries, *traces.pages]
    if from_releases:
        keys += traces.blobs
    gone = [key for key in keys if store.delete(key)]
    for item in traces.quarantined:
        gone += delete_item(store, item)
    for path in sorted(work_dir().rglob(f"{traces.sha256}.*")):
        path.unlink()
        gone.append(str(path))
    return tuple(gone)


def forget_signature(
    store: ObjectStore, artifacts: tuple[Artifact, ...], sha256: str
) -> tuple[tuple[Artifact, ...], tuple[Artifact, ...]]:
    """Write the signature table that holds a picture anew without it.

    Returns:
        the tables to use from now on, and those to delete.
    """
    kept, old = [], []
    for artifact in artifacts:
        table = decode_table(get_artifact(store, artifact), SIGNATURE_SCHEMA, what=artifact.key)
        rest = table.filter(pc.not_equal(table.column("sha256"), sha256))
        if rest.num_rows == table.num_rows:
            kept.append(artifact)
            continue
        payload = encode_table(rest)
        folder = artifact.key.rpartition("/")[0]
        kept.append(
            put_artifact(
                store, f"{folder}/signatures-{sha256_bytes(payload)[:12]}.parquet", payload
            )
        )
        old.append(artifact)
    return tuple(kept), tuple(old)


def _size_of(store: ObjectStore, keys: list[str]) -> int | None:
    pictures = [key for key in keys if not key.endswith(".txt")]
    return len(store.get(pictures[0]).payload) if pictures else None


def _in_deliveries(
    store: ObjectStore, sha256: str, size: int | None, batches: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the delivered files that are the picture, and the archives of batches that brought it."""
    found, archives = [], []
    for entry in store.entries("incoming/"):
        batch = entry.key.split("/")[1]
        if is_archive(entry.key) and (not batches or batch in batches):
            archives.append(entry.key)
        elif entry.size_bytes == size and sha256_bytes(store.get(entry.key).payload) == sha256:
            found.append(entry.key)
    return tuple(found), tuple(archives)


def _runs_on(store: ObjectStore, versions: set[str]) -> dict[str, str]:
    """Return the runs that trained on some versions, with the version."""
    runs = {}
    for key in store.keys("runs/"):
        if key.endswith("/training.json"):
            run = TrainingRun.from_json_bytes(store.get(key).payload, what=key, error=TrainingError)
            # An adopted model was trained elsewhere, on pictures that are not known here.
            if run.backend != "adopted" and run.dataset_version in versions:
                runs[run.run_id] = run.dataset_version
    return runs


def _golden(store: ObjectStore, sha256: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the releases whose golden pictures hold it, and the keys of those."""
    releases, blobs = [], set()
    for key in store.keys(RELEASES):
        seq = release_seq_of(key)
        found = read_if_there(store, key) if seq is not None else None
        if found is None:
            continue
        document = ReleaseDocument.from_json_bytes(found.payload, what=key, error=ReleaseError)
        mine = {g.picture.key for g in document.golden if g.picture.sha256 == sha256}
        if mine:
            releases.append(str(seq))
            blobs |= mine
    return tuple(releases), tuple(sorted(blobs))
