"""``export --explain``, typed: tables for people, JSON for programs."""

from pathlib import Path
from typing import Any

import pytest
from support.made_benchmarks import FINGERPRINT
from support.made_variants import ARM, DIGESTS, FP32, X86, made_variant, timed_variant
from support.typed import call, run

from safety_tasks.cli import explaining
from safety_tasks.cli.explaining import read_choices
from safety_tasks.errors import BenchmarkError, SafetyTasksError
from safety_tasks.records.base import Artifact
from safety_tasks.records.model import ExportedModel, Parity
from safety_tasks.records.variants import VariantChoice
from safety_tasks.store.local import LocalStore

PARITY = Parity(
    pictures=12,
    max_box_difference_px=0.0041,
    max_score_difference=0.000013,
    box_tolerance_px=0.05,
    score_tolerance=0.001,
    worst_picture="plant-3.jpg",
)
BARS = str.maketrans("│┃", "  ")
OFF = "AP50-95 falls by 0.0211, more than 0.0050"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalStore:
    """Point the command at a folder store, and give it a wide terminal."""
    monkeypatch.setenv("SAFETY_TASKS_STORE_URI", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "220")
    return LocalStore(tmp_path / "store")


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a person read stdout."""
    monkeypatch.setattr(explaining, "for_people", lambda: True)


def keep(store: LocalStore, **changes: Any) -> ExportedModel:
    """Record an export with FP32, INT8 for x86 that was refused, and none for ARM."""
    values: dict[str, Any] = {
        "run_id": "r1",
        "dataset_version": "0" * 16,
        "classes": ("smoke",),
        "classes_sha256": "b" * 64,
        "imgsz_px": 640,
        "model": Artifact(key="m.onnx", sha256=DIGESTS["reference"], size_bytes=12 * 2**20),
        "parity": PARITY,
        "code_sha256": "c" * 64,
        "variants": (made_variant(FP32), made_variant(X86, OFF)),
        "not_made": {ARM: "nobody asked for it"},
    }
    exported = ExportedModel.model_validate(values | changes)
    store.put("runs/r1/export.json", exported.to_json_bytes())
    return exported


def choose(store: LocalStore, hardware: str, chosen: str = FP32, **changes: Any) -> VariantChoice:
    """Record a class of hardware's choice."""
    values: dict[str, Any] = {
        "run_id": "r1",
        "hardware": hardware,
        "fingerprint": FINGERPRINT,
        "chosen": chosen,
        "model_sha256": DIGESTS[chosen],
        "reasons": {"reference": "loads anywhere", chosen: f"frame 0.900 on {hardware}"},
        "timed": (timed_variant(FP32, 0.9),),
        "at": "2026-11-24T08:15:00+00:00",
    }
    choice = VariantChoice.model_validate(values | changes)
    store.put(f"runs/r1/choices/{hardware}.json", choice.to_json_bytes())
    return choice


def shown() -> list[str]:
    """Return what a person reads, each line with single spaces."""
    lines = run("export", "r1", "--explain").stdout.splitlines()
    return [" ".join(line.translate(BARS).split()) for line in lines]


def test_nothing_was_exported(store: LocalStore) -> None:
    """It says which stage to run first, and exports nothing by itself."""
    with pytest.raises(SafetyTasksError, match=r"expected runs/r1/export\.json .*Run export first"):
        run("export", "r1", "--explain")
    assert list(store.keys("")) == []


def test_json_for_programs(store: LocalStore) -> None:
    """Variants and choices by name, what was not made with its reason; empty where there is nothing."""
    exported = keep(store)
    assert call("export", "r1", "--explain") == {
        "run_id": "r1",
        "variants": {one.name: one.to_dict() for one in exported.variants},
        "not_made": {ARM: "nobody asked for it"},
        "choices": {},
    }
    choices = [choose(store, "arm-dot"), choose(store, "x86-vnni")]
    assert call("export", "r1", "--explain")["choices"] == {
        choice.hardware: choice.to_dict() for choice in choices
    }
    keep(store, variants=(), not_made={})
    bare = call("export", "r1", "--explain")
    assert (bare["variants"], bare["not_made"]) == ({}, {})


@pytest.mark.usefixtures("people")
def test_a_table_of_variants_for_people(store: LocalStore) -> None:
    """Each file with precision, size, agreement, offer and reason; what was not made stands there too."""
    keep(store)
    lines = shown()
    assert lines[0] == "variants of run r1"
    assert lines[1] == "variant precision KiB F1 on val offered why"
    rows = [line for line in lines if line.startswith(("reference ", "edge-"))]
    assert rows == [
        "reference fp32 12288 yes agrees with its weights on 12 val pictures: boxes within 0.0041 px, scores within "
        "0.000013, worst in plant-3.jpg",
        "edge-fp32 fp32 3072 0.9709 yes edge-fp32 agrees on val",
        f"edge-int8-x86 int8 U8S8 3072 0.9709 no not offered: {OFF}; in float: model.0, model.22/cv2.0",
        "edge-int8-arm no not made: nobody asked for it",
    ]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parity": None}, "adopted as it came"),
        ({"parity": PARITY.model_copy(update={"worst_picture": ""})}, "within 0.000013"),
    ],
)
def test_how_the_reference_was_proved(
    store: LocalStore, changes: dict[str, Any], words: str
) -> None:
    """An adopted file has no weights to agree with; where no picture differs none is named."""
    keep(store, **changes)
    (row,) = [line for line in shown() if line.startswith("reference ")]
    assert row.endswith(words)


@pytest.mark.usefixtures("people")
def test_who_gets_what_for_people(store: LocalStore) -> None:
    """A table of reasons for each class of hardware that was measured, then all of them, then everybody else."""
    keep(store)
    assert "x86-vnni" not in " ".join(shown())
    choose(store, "arm-dot", "reference")
    choose(store, "x86-vnni")
    lines = shown()
    title = "(Example Processor 7 @ 2.50GHz, 2026-11-24T08:15:00+00:00)"
    for hardware, chosen in (("arm-dot", "reference"), ("x86-vnni", FP32)):
        at = lines.index(f"{hardware} gets {chosen} {title}")
        assert f"{chosen} frame 0.900 on {hardware}" in lines[at : at + 5]
    end = next(n for n, line in enumerate(lines) if line.startswith("any other hardware gets"))
    assert lines[end].startswith("any other hardware gets edge-fp32 until")
    assert lines[end + 1] == "hardware variant"
    assert [line for line in lines[end + 3 :] if line] == [
        "arm-dot reference",
        "x86-vnni edge-fp32",
    ]


@pytest.mark.usefixtures("people")
def test_without_an_edge_variant_everybody_gets_the_reference(store: LocalStore) -> None:
    """A model of another structure serves every device as it is."""
    keep(store, variants=(), not_made=dict.fromkeys((FP32, X86, ARM), "another structure"))
    lines = shown()
    assert "any other hardware gets the reference: none" in lines
    assert sum("not made: another structure" in line for line in lines) == 3


@pytest.mark.usefixtures("people")
def test_text_of_files_cannot_steer_a_terminal(store: LocalStore) -> None:
    """A reason is text: control characters are shown, markup is not obeyed."""
    keep(store, not_made={ARM: "\x1b[2J[bold]evil[/bold]"})
    text = run("export", "r1", "--explain").stdout
    assert "\x1b" not in text
    assert "[bold]evil[/bold]" in text


def test_a_malformed_choice_is_an_error(store: LocalStore) -> None:
    """It is named, not left out."""
    store.put("runs/r1/choices.txt", b"a note")
    assert read_choices(store, "r1") == []
    keep(store)
    choose(store, "x86")
    store.put("runs/r1/choices/arm.json", b"{}")
    with pytest.raises(
        BenchmarkError, match=r"runs/r1/choices/arm\.json: expected a VariantChoice"
    ):
        run("export", "r1", "--explain")
    assert read_choices(store, "r10") == []
