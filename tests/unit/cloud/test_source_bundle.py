"""The source bundle: the same files give the same bytes, nothing else goes in, and it installs without a network."""

import gzip
import io
import os
import runpy
import subprocess
import sys
import tarfile
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from support.source_bundles import members, wheel_of

from safety_tasks.cloud.sources import ENTRY, keep_source_bundle, write_source_bundle
from safety_tasks.config import code_digest, config_dir
from safety_tasks.digests import sha256_bytes
from safety_tasks.errors import ArtifactError, ConfigError
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore

MODULE = "package.job"
Bundle = Callable[..., bytes]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a small checkout: a package, its configuration, and what lies around."""
    root = tmp_path / "checkout"
    files = {
        "package/__init__.py": "",
        "package/job.py": "def main() -> int:\n    return 7\n",
        "package/inner/deep.py": "D = 1\n",
        "package/inner/notes.md": "no code",
        "package/__pycache__/job.cpython-311.pyc": "cache",
        "package/.hidden.py": "hidden",
        "config/pipeline.toml": "[store]\n",
        "config/classes.txt": "smoke\n",
        "config/recipes/default.toml": "epochs = 1\n",
        "config/.env": "SECRET=1",
        "config/key.pem": "secret",
        "other/x.py": "X = 1",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "package" / "link.py").symlink_to(root / "other" / "x.py")
    return root


@pytest.fixture
def bundle(checkout: Path) -> Bundle:
    """Give a maker of that checkout's bundle."""

    def make(module: str = MODULE, wheels: Path | None = None) -> bytes:
        return write_source_bundle(
            module,
            wheels=wheels,
            constraints=checkout / "constraints.txt",
            package=checkout / "package",
            config=checkout / "config",
        )

    return make


def test_code_and_configuration_and_nothing_else(bundle: Bundle) -> None:
    """No cache, no hidden file, no key, no link, no list of packages to install."""
    assert sorted(members(bundle())) == [
        "config/classes.txt",
        "config/pipeline.toml",
        "config/recipes/default.toml",
        "package/__init__.py",
        "package/inner/deep.py",
        "package/job.py",
        ENTRY,
    ]


def test_the_same_files_give_the_same_bytes(bundle: Bundle, checkout: Path, tmp_path: Path) -> None:
    """Neither time, nor rights, nor owner, nor the place of the checkout counts; content and names do."""
    first = bundle()
    os.utime(checkout / "package" / "job.py", (1, 1))
    (checkout / "package" / "job.py").chmod(0o700)
    assert bundle() == first
    moved = tmp_path / "elsewhere"
    checkout.rename(moved)
    again = write_source_bundle(MODULE, package=moved / "package", config=moved / "config")
    assert again == first
    assert first[4:8] == bytes(4)  # gzip's time
    (moved / "package" / "job.py").write_text("def main() -> int:\n    return 8\n")
    assert write_source_bundle(MODULE, package=moved / "package", config=moved / "config") != first


def test_every_member_is_a_plain_file_of_nobody(bundle: Bundle) -> None:
    """Mode, owner and time are fixed, and the names are in order."""
    with tarfile.open(fileobj=io.BytesIO(bundle()), mode="r:gz") as archive:
        found = archive.getmembers()
    assert [each.name for each in found] == sorted(each.name for each in found)
    assert {
        (each.type, each.mode, each.mtime, each.uid, each.gid, each.uname) for each in found
    } == {(tarfile.REGTYPE, 0o644, 0, 0, 0, "")}


def test_the_entry_script_runs_the_job(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the code folder, with arguments that the toolkit adds, and ends with the job's own status."""
    code = tmp_path / "code"
    for name, payload in members(bundle()).items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_bytes(payload)
    monkeypatch.syspath_prepend(str(code))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(code / ENTRY), run_name="__main__")
    assert ended.value.code == 7


@pytest.mark.parametrize("module", ["package.nosuch", "os", "package.inner", ""])
def test_an_entry_that_is_not_in_the_bundle(bundle: Bundle, module: str) -> None:
    """A job that could not start is refused before it is paid for."""
    with pytest.raises(ConfigError, match="expected a module of this package"):
        bundle(module)


def _pin(checkout: Path, *wheels: Path) -> None:
    lines = (
        f"{wheel.name.split('-')[0]}==1.0 \\\n    --hash=sha256:{sha256_bytes(wheel.read_bytes())}\n"
        for wheel in wheels
    )
    (checkout / "constraints.txt").write_text("".join(lines))


def test_wheels_travel_with_the_list_that_installs_them(bundle: Bundle, checkout: Path) -> None:
    """The proved bytes, whatever the length of their names, and one line with the digest for each."""
    wheel = wheel_of(checkout / "w", "n" * 110)
    _pin(checkout, wheel)
    found = members(bundle(wheels=checkout / "w"))
    assert found[f"wheels/{wheel.name}"] == wheel.read_bytes()
    assert sha256_bytes(wheel.read_bytes()) in found["requirements.txt"].decode()
    assert bundle(wheels=checkout / "w") == bundle(wheels=checkout / "w")


def test_a_wheel_that_is_not_pinned_stops_the_bundle(bundle: Bundle, checkout: Path) -> None:
    """It is named, and no bundle is made."""
    wheel = wheel_of(checkout / "w", "first")
    _pin(checkout, wheel)
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(ArtifactError, match=wheel.name):
        bundle(wheels=checkout / "w")


@pytest.mark.slow
def test_pip_installs_it_without_a_network(bundle: Bundle, checkout: Path, tmp_path: Path) -> None:
    """As the toolkit calls it, in a new environment: what is needed comes from the bundle alone, by digest."""
    wheels = [
        wheel_of(checkout / "w", "first", "Requires-Dist: second>=0.5\n"),
        wheel_of(checkout / "w", "second"),
    ]
    _pin(checkout, *wheels)
    code = tmp_path / "code"
    for name, payload in members(bundle(wheels=checkout / "w")).items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_bytes(payload)
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    command = [str(python), "-m", "pip", "install", "-r", "requirements.txt"]
    subprocess.run(command, cwd=code, env=env, check=True, timeout=120, capture_output=True)
    shown = subprocess.run(
        [str(python), "-c", "import first, second; print(first.NAME, second.NAME)"],
        env=env,
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.split() == ["first", "second"]
    (code / "wheels" / wheels[1].name).write_bytes(wheels[1].read_bytes() + b"\0")
    refused = subprocess.run(
        [*command, "--force-reinstall"], cwd=code, env=env, timeout=120, capture_output=True
    )
    assert refused.returncode != 0
    assert b"DO NOT MATCH THE HASHES" in refused.stderr


def test_a_bundle_is_kept_once_under_its_digest(local_store: LocalStore, bundle: Bundle) -> None:
    """The same again is the same object; another one lies beside it."""
    payload = bundle()
    artifact = keep_source_bundle(local_store, payload)
    assert artifact.key == f"sagemaker/source/{sha256_bytes(payload)}.tar.gz"
    assert keep_source_bundle(local_store, payload) == artifact
    assert get_artifact(local_store, artifact) == payload
    keep_source_bundle(local_store, gzip.compress(b"other"))
    assert len(list(local_store.keys("sagemaker/source/"))) == 2


def test_this_checkouts_bundle_imports_on_its_own(tmp_path: Path) -> None:
    """The shipped package and configuration load from the bundle alone, and the code has the same digest there."""
    code = tmp_path / "code"
    found = members(write_source_bundle("safety_tasks.cloud.sources"))
    for name, payload in found.items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_bytes(payload)
    program = (
        "import safety_tasks.config as c, safety_tasks.store.tables as t;"
        "print(c.__file__, t.__file__, c.config_dir(), c.load_settings(env={}).sagemaker.recipe, c.code_digest())"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(code)}
    shown = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env=env,
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.count(str(code)) == 3
    assert shown.stdout.split()[-2:] == ["sagemaker", code_digest()]
    assert found["config/prices.toml"] == (config_dir() / "prices.toml").read_bytes()
