"""Pack what a channel serves as SageMaker's ``model.tar.gz``, and keep it in the store.

Rules: every part is proved by the release document; the same release and code give the same bytes, kept under their
digest and written once; the code is this package's own handler with what it imports, no more; AWS's container lacks
ONNX Runtime, so it gets wheels whose digests are pinned, or the image is the operator's own.
"""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Final

from safety_tasks import config as configuration
from safety_tasks.bundle.reading import Served, read_part, read_served
from safety_tasks.cloud.pins import needed_by, read_pins
from safety_tasks.cloud.wheels import PROVIDED, WHEEL_FOLDER, find_wheels, install_list
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ConfigError, ReleaseError
from safety_tasks.records.release import Channel
from safety_tasks.records.serving import ModelArchive
from safety_tasks.serve.handler import DOCUMENT_FILE, MODEL_FILE
from safety_tasks.settings import Settings
from safety_tasks.store.base import ObjectStore, put_artifact

ENTRY: Final = "inference.py"
_ENTRY_TEXT: Final = '''"""What SageMaker's inference toolkit looks for."""

from safety_tasks.serve.handler import input_fn, model_fn, output_fn, predict_fn

__all__ = ["input_fn", "model_fn", "output_fn", "predict_fn"]
'''
# What the handler imports; a test runs it from these alone.
_CODE: Final = (
    *("__init__.py", "class_map.py", "digests.py", "errors.py"),
    *("serve/__init__.py", "serve/handler.py"),
    "inference/*.py",
    *("records/__init__.py", "records/base.py", "records/release.py"),
)
_NEEDS: Final = ("numpy", "onnx", "onnxruntime", "opencv-python", "pydantic")


def served_by(store: ObjectStore, channel: Channel) -> Served:
    """Return what a channel serves, proved.

    Raises:
        ReleaseError: nothing was ever published there.
        BundleRejected: pointer and document do not prove.
    """
    served = read_served(store, channel)
    if served is None:
        raise ReleaseError(
            f"channel {channel}: expected a published release, found none. Publish one first: trigger retrain_detector."
        )
    return served


def served_release(store: ObjectStore, archive: ModelArchive) -> Served:
    """Return the release that was packed, if its channel serves it still.

    Raises:
        ReleaseError: another release was published meanwhile.
    """
    served = served_by(store, archive.channel)
    if served.pointer.document.sha256 != archive.document_sha256:
        raise ReleaseError(
            f"channel {archive.channel}: expected release {archive.release_seq} still, found "
            f"{served.document.release_seq}, published meanwhile. Deploy again."
        )
    return served


def archive_release(store: ObjectStore, served: Served, settings: Settings) -> ModelArchive:
    """Pack a release and keep it; the same again changes nothing.

    Raises:
        BundleRejected: the model does not prove.
        ConfigError: AWS's own image is to be used and there are no wheels for it.
        ArtifactError: a wheel is not one that is pinned.
    """
    document = served.document
    payload = write_model_archive(
        read_part(store, document.model), document.to_json_bytes(), wheels=_wheels(settings)
    )
    return ModelArchive(
        release_seq=document.release_seq,
        model_sha256=document.model.sha256,
        document_sha256=served.pointer.document.sha256,
        channel=served.pointer.channel,
        archive=put_artifact(store, f"serve/models/{sha256_bytes(payload)}.tar.gz", payload),
    )


def write_model_archive(
    model: bytes, document: bytes, *, wheels: Path | None = None, constraints: Path | None = None
) -> bytes:
    """Return a gzip'd tar archive, laid out as the container finds it in ``/opt/ml/model``.

    Args:
        model: the ONNX file.
        document: the release document's bytes.
        wheels: a folder of wheels; None installs nothing.
        constraints: what pins them; by default the checkout's ``constraints.txt``.

    Raises:
        ConfigError: the folder lacks a wheel that the handler needs.
        ArtifactError: a wheel is not one that is pinned.
    """
    package = Path(configuration.__file__).resolve().parent
    files = {MODEL_FILE: model, DOCUMENT_FILE: document, f"code/{ENTRY}": _ENTRY_TEXT.encode()}
    for pattern in _CODE:
        for path in sorted(package.glob(pattern)):
            name = path.relative_to(package).as_posix()
            files[f"code/{package.name}/{name}"] = path.read_bytes()
    if wheels is not None:
        pins = read_pins(constraints or package.parent / "constraints.txt")
        needed = {pin.name for pin in needed_by(_NEEDS, pins, PROVIDED)}
        found = tuple(each for each in find_wheels(wheels, pins) if each.name in needed)
        if missing := sorted(set(_NEEDS) - {each.name for each in found}):
            raise ConfigError(
                f"sagemaker.wheel_dir: expected wheels of {', '.join(_NEEDS)}, found none of {', '.join(missing)} in "
                f"{wheels}. Run `make sagemaker-wheels`."
            )
        files |= {f"code/{WHEEL_FOLDER}/{each.path.name}": each.path.read_bytes() for each in found}
        files["code/requirements.txt"] = install_list(found).encode()
    return _packed(files)


def _wheels(settings: Settings) -> Path | None:
    if settings.sagemaker.wheel_dir:
        return Path(settings.sagemaker.wheel_dir)
    if settings.serve.image_uri:
        return None
    raise ConfigError(
        "sagemaker.wheel_dir: expected wheels for AWS's own container, which has no ONNX Runtime, found none. Run "
        "`make sagemaker-wheels` and set sagemaker.wheel_dir, or name an image of your own as serve.image_uri."
    )


def _packed(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=1, mtime=0) as out,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return packed.getvalue()
