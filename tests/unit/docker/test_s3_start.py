"""The S3 server's start: who may do what, which ports leave the container, and what is refused."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from safety_tasks.bundle.layout import beacon_key, blob_key, document_key, pointer_key

START = Path(__file__).resolve().parents[3] / "docker" / "s3" / "start.sh"
KEYS = {
    "S3_BUCKET": "safety-models",
    "S3_PIPELINE_ACCESS_KEY": "pipelinekey",
    "S3_PIPELINE_SECRET_KEY": "pipelinesecret",
    "S3_VIEWER_ACCESS_KEY": "viewerkey",
    "S3_VIEWER_SECRET_KEY": "viewersecret",
    "S3_EDGE_ACCESS_KEY": "edgekey",
    "S3_EDGE_SECRET_KEY": "edgesecret",
    "EDGE_DEVICE_ID": "edge-1",
}
# Stands in for the server: its shell keeps a list of buckets, its server notes its words and what it inherits.
WEED = """#!/bin/sh
here="$(dirname "$0")"
if [ "$1" = shell ]; then
  read -r command flag name
  if [ "$command" = s3.bucket.create ]; then echo "  $name  size:0" >> "$here/buckets"; fi
  if [ "$command" = s3.bucket.list ]; then cat "$here/buckets" 2>/dev/null; fi
  exit 0
fi
printf '%s\\n' "$@" > "$here/words"
env > "$here/env"
while [ ! -f "$S3_READY_FILE" ]; do sleep 0.05; done
"""
Started = tuple[int, str, Path]


def start(folder: Path, **changes: str) -> Started:
    """Run the start script: its status, its complaint, and the folder it wrote to."""
    (folder / "weed").write_text(WEED)
    (folder / "weed").chmod(0o755)
    done = subprocess.run(
        ["sh", str(START)],
        env=KEYS
        | {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "S3_CONFIG_FILE": str(folder / "s3.json"),
            "S3_READY_FILE": str(folder / "ready"),
        }
        | changes,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr, folder


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of one good start."""
    status, complaint, folder = start(tmp_path_factory.mktemp("s3"))
    assert (status, complaint) == (0, "")
    return folder


def may(identity: dict[str, Any], action: str, key: str) -> bool:
    """Decide like the server: an action on a whole bucket, or on what begins as a pattern does."""
    bucket = f"{action}:{KEYS['S3_BUCKET']}"
    return any(
        f"{bucket}/{key}".startswith(given[:-1]) if given.endswith("*") else given == bucket
        for given in identity["actions"]
    )


def test_the_edge_writes_nothing_but_its_own_beacon(started: Path) -> None:
    """The edge reads releases, may write its own status, and no release, no channel, no neighbour's."""
    identities = json.loads((started / "s3.json").read_text())["identities"]
    pipeline, _, edge = identities
    assert [identity["name"] for identity in identities] == ["pipeline", "viewer", "edge"]
    released = [
        pointer_key("stable"),
        pointer_key("canary"),
        document_key(1),
        blob_key("a" * 64, "onnx"),
    ]
    theirs = [
        *released,
        "incoming/b1/_READY",
        "runs/latest.json",
        beacon_key("edge-2"),
        beacon_key("edge-10"),
    ]
    assert all(may(edge, "Read", key) and may(edge, "List", key) for key in released)
    assert may(edge, "Write", beacon_key("edge-1"))
    assert [key for key in theirs if may(edge, "Write", key)] == []
    assert all(may(pipeline, action, key) for action in ("Read", "Write") for key in theirs)
    assert not any("Admin" in action for identity in identities for action in identity["actions"])


def test_the_viewer_writes_nothing(started: Path) -> None:
    """The page's identity reads and lists the whole bucket, and may do no other thing to any of it."""
    identities = json.loads((started / "s3.json").read_text())["identities"]
    [viewer] = [identity for identity in identities if identity["name"] == "viewer"]
    keys = ["gate/reports/x.json", "runs/r1/samples/00.jpg", pointer_key("stable"), document_key(1)]
    assert all(may(viewer, action, key) for action in ("Read", "List") for key in keys)
    assert {action.split(":")[0] for action in viewer["actions"]} == {"Read", "List"}


def test_each_identity_has_its_own_keys(started: Path) -> None:
    """The keys are the ones from the environment, and nobody without a key is named."""
    pipeline, viewer, edge = json.loads((started / "s3.json").read_text())["identities"]
    assert pipeline["credentials"] == [{"accessKey": "pipelinekey", "secretKey": "pipelinesecret"}]
    assert viewer["credentials"] == [{"accessKey": "viewerkey", "secretKey": "viewersecret"}]
    assert edge["credentials"] == [{"accessKey": "edgekey", "secretKey": "edgesecret"}]
    assert (started / "s3.json").stat().st_mode & 0o777 == 0o600


def test_only_the_s3_port_leaves_the_container(started: Path) -> None:
    """The ports that ask for no name stay on the container's loopback, and side doors are shut."""
    words = (started / "words").read_text().split("\n")
    assert {"-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.ip.bind=0.0.0.0"} <= set(words)
    assert {"-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0"} <= set(words)
    assert f"-s3.config={started / 's3.json'}" in words


def test_no_secret_is_on_the_servers_command_line(started: Path) -> None:
    """The server's words and environment hold no key of an identity, but one made for its own parts."""
    seen = (started / "words").read_text() + (started / "env").read_text()
    assert [value for name, value in KEYS.items() if name.endswith("_KEY") and value in seen] == []
    assert "WEED_JWT_FILER_SIGNING_KEY=" in seen


def test_the_bucket_is_made_before_the_server_counts_as_ready(
    started: Path,
) -> None:
    """The ready mark appears once the bucket is listed."""
    assert (started / "ready").exists()
    assert KEYS["S3_BUCKET"] in (started / "buckets").read_text()


@pytest.mark.parametrize("name", sorted(KEYS))
@pytest.mark.parametrize("value", ["", 'a"]}', "*", "a/b", "a b", "$HOME", "a\nb"])
def test_a_value_that_could_widen_a_permission_is_refused(
    tmp_path: Path, name: str, value: str
) -> None:
    """An empty value, a quote, a pattern or a slash ends the start, and names the variable."""
    status, complaint, folder = start(tmp_path, **{name: value})
    assert status == 2
    assert complaint.startswith(f"{name}: expected letters")
    assert not (folder / "words").exists()
