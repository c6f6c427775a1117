"""A delivery full of hostile files: each has its reason in the ledger, nothing crashes or hangs, memory stays bounded.

``HOSTILE_DIR`` names a folder of pictures of anybody's own: the same verb is run over them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.hostile_pictures import SOUND, hostile_pictures

from safety_tasks.ingest.picture_checks import PictureLimits
from safety_tasks.store.local import LocalStore

CHECKOUT = Path(__file__).resolve().parents[2]
MOST_RSS_MB = 1024
GOOD = "0 .5 .5 .2 .2"
LABELS = {
    "empty": ("", "empty_label_undeclared"),
    "none": (None, "missing_label"),
    "nan": ("0 nan .5 .2 .2", "not_finite"),
    "infinite": ("0 .5 .5 inf .2", "not_finite"),
    "overflow": ("0 1e400 .5 .2 .2", "not_finite"),
    "negative": ("0 -.5 .5 .2 .2", "outside_picture"),
    "negative_class": ("-1 .5 .5 .2 .2", "unknown_class"),
    "unknown": ("3 .5 .5 .2 .2", "unknown_class"),
    "no_area": ("0 .5 .5 0 .2", "zero_area"),
    "outside": ("0 .95 .5 .2 .2", "outside_picture"),
    "pixels": ("0 320 240 64 48", "outside_picture"),
    "polygon": ("0 .1 .1 .2 .2 .3 .3", "malformed_label"),
    "words": ("smoke .5 .5 .2 .2", "malformed_label"),
    "binary": ("\x00\x01\x02", None),
    "many": ("".join(f"0 .5 .5 .2 {n / 1000}\n" for n in range(1, 502)), "too_many_boxes"),
    "long": ("0" * 70_000, "label_too_large"),
}


def take_in(store: LocalStore, batch: str, work: Path) -> dict[str, Any]:
    """Take in a batch in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "support.ingest_watched", store.uri, batch],
        env=os.environ
        | {"PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'tests'}", "SAFETY_TASKS_WORK_DIR": str(work)},
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_hostile_file_has_its_reason(
    local_store: LocalStore, make_picture: Callable[..., bytes], tmp_path: Path
) -> None:
    """Pictures and labels of every hostile kind in one batch: the ledger names each rule, the sound ones come in."""
    prefix = "incoming/b1/"
    expected: dict[str, str | None] = {}
    for number, hostile in enumerate(hostile_pictures(PictureLimits())):
        suffix = Path(hostile.name).suffix
        if suffix.lower() not in (".jpg", ".jpeg", ".png"):
            continue  # no picture by its name: a file that nobody expects
        file = f"images/p{number:03d}{suffix}"
        local_store.put(prefix + file, hostile.payload)
        local_store.put(f"{prefix}labels/p{number:03d}.txt", f"{GOOD}\n".encode())
        expected[file] = hostile.rule
    for number, (name, (text, rule)) in enumerate(LABELS.items()):
        local_store.put(f"{prefix}images/{name}.jpg", make_picture(1000 + number))
        if text is not None:
            local_store.put(f"{prefix}labels/{name}.txt", text.encode())
        expected[f"images/{name}.jpg"] = rule
    local_store.put(prefix + "classes.txt", b"smoke\nfire\nperson_down\n")
    local_store.put(prefix + "_READY", b"")
    said = take_in(local_store, "b1", tmp_path / "work")
    rules: dict[str, set[str]] = {}
    for file, rule in said["rules"]:
        rules.setdefault(file, set()).add(rule)
    for file, rule in expected.items():
        if rule == SOUND:
            assert file in said["accepted"] or "duplicate_picture" in rules[file], file
        else:
            assert file not in said["accepted"], file
            assert rule is None or rule in rules[file], (file, rule, rules.get(file))
    assert len(expected) > 60
    assert max(said["rss_mb"]) <= MOST_RSS_MB, said["rss_mb"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_anybodys_own_folder(
    local_store: LocalStore, make_picture: Callable[..., bytes], tmp_path: Path
) -> None:
    """Every picture of HOSTILE_DIR (or of a small folder made here) comes in or has a reason, within the memory."""
    given = os.environ.get("HOSTILE_DIR")
    if given:
        files = sorted(path for path in Path(given).rglob("*") if path.is_file())
        payloads = [(f"f{n:06d}{path.suffix}", path.read_bytes()) for n, path in enumerate(files)]
    else:
        picture = make_picture(1)
        payloads = [("whole.jpg", picture), ("cut.jpg", picture[:200]), ("junk.png", b"\x00" * 999)]
    for name, payload in payloads:
        local_store.put(f"incoming/b1/images/{name}", payload)
        local_store.put(f"incoming/b1/labels/{Path(name).stem}.txt", f"{GOOD}\n".encode())
    local_store.put("incoming/b1/classes.txt", b"smoke\nfire\nperson_down\n")
    local_store.put("incoming/b1/_READY", b"")
    said = take_in(local_store, "b1", tmp_path / "work")
    judged = set(said["accepted"]) | {file for file, _ in said["rules"]}
    assert {f"images/{name}" for name, _ in payloads} <= judged
    assert max(said["rss_mb"]) <= MOST_RSS_MB
