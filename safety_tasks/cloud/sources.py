"""The source bundle of a job: this package, its configuration, an entry script, and wheels if it installs any.

Rules: the same files give the same bytes, so that a job's code is named by one digest; nothing but what is listed goes
in, no link is followed; kept under its digest, written once. A bundle without wheels installs nothing: its image must
have all.
"""

import gzip
import io
import tarfile
from pathlib import Path
from typing import Final

from safety_tasks import config as configuration
from safety_tasks.cloud.pins import read_pins
from safety_tasks.cloud.wheels import WHEEL_FOLDER, find_wheels, install_list
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ConfigError
from safety_tasks.records.base import Artifact
from safety_tasks.store.base import ObjectStore, put_artifact

ENTRY: Final = "run_job.py"
_CONFIG_SUFFIXES: Final = (".toml", ".txt", ".yaml")
_FILE_MODE: Final = 0o644
_LEVEL: Final = 1  # the bulk are wheels, which are packed already
_ENTRY_TEXT: Final = '''"""Run the job; the arguments are for the console alone."""

from {module} import main

if __name__ == "__main__":
    raise SystemExit(main())
'''


def write_source_bundle(
    entry_module: str,
    *,
    wheels: Path | None = None,
    constraints: Path | None = None,
    package: Path | None = None,
    config: Path | None = None,
) -> bytes:
    """Return the bundle as a gzip'd tar archive, laid out as the container finds it in its code folder.

    Args:
        entry_module: the module whose ``main()`` is the job, e.g. ``safety_tasks.train.sagemaker.container``.
        wheels: a folder of wheels to install; None installs nothing.
        constraints: what pins the wheels; by default the checkout's ``constraints.txt``.
        package: the package's folder; by default this one.
        config: the folder of configuration; by default the one in use.

    Raises:
        ConfigError: the module is not in the package, or the wheels' folder is missing or empty.
        ArtifactError: a wheel is not one that is pinned.
    """
    package = package or Path(configuration.__file__).resolve().parent
    config = config or configuration.config_dir()
    files = {
        f"{package.name}/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in _plain_files(package)
        if path.suffix == ".py"
    }
    module = f"{entry_module.replace('.', '/')}.py"
    if module not in files:
        raise ConfigError(f"{entry_module}: expected a module of this package, found no {module}.")
    files |= {
        f"config/{path.relative_to(config).as_posix()}": path.read_bytes()
        for path in _plain_files(config)
        if path.suffix in _CONFIG_SUFFIXES
    }
    files[ENTRY] = _ENTRY_TEXT.format(module=entry_module).encode()
    if wheels is not None:
        found = find_wheels(wheels, read_pins(constraints or package.parent / "constraints.txt"))
        files |= {f"{WHEEL_FOLDER}/{each.path.name}": each.path.read_bytes() for each in found}
        files["requirements.txt"] = install_list(found).encode()
    return _packed(files)


def keep_source_bundle(store: ObjectStore, payload: bytes) -> Artifact:
    """Keep a bundle under its digest; the same again changes nothing.

    Raises:
        StoreError: the store failed.
    """
    return put_artifact(store, f"sagemaker/source/{sha256_bytes(payload)}.tar.gz", payload)


def _plain_files(folder: Path) -> list[Path]:
    """Return the files below a folder, in order; hidden ones, caches and links are no part of it."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not any(
            part.startswith((".", "__pycache__")) for part in path.relative_to(folder).parts
        )
    ]


def _packed(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    # Owner, time and name of the machine stay out: they are not what the job is made of.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=_LEVEL, mtime=0) as out,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            member.mode = _FILE_MODE
            archive.addfile(member, io.BytesIO(files[name]))
    return packed.getvalue()
