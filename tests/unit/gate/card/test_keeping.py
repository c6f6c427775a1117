"""Cards lie beside their report, with the misses of the gallery, whatever became of those."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from support.made_benchmarks import made_details, made_measurements, made_report
from support.made_gate_reports import RUN, made_evidence, made_gate_report

from safety_tasks.gate.card import (
    LANGUAGES,
    card_html,
    card_markdown,
    card_png,
    keep_cards,
    missed_pictures,
)
from safety_tasks.records.base import Artifact
from safety_tasks.records.details import BenchmarkDetails
from safety_tasks.records.gate import GateReport, Verdict
from safety_tasks.store.base import ObjectStore, put_artifact
from safety_tasks.store.local import LocalStore

NAMES = [f"card.{language}.{kind}" for language in ("en", "ko") for kind in ("md", "html", "png")]


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    """Return an empty store."""
    return LocalStore(tmp_path)


def with_details(details: Artifact | None) -> GateReport:
    """Return a refusal whose benchmark has these details."""
    measured = made_measurements(candidate=made_report(details=details))
    return made_gate_report(Verdict.FAIL, evidence=made_evidence(measured=measured))


def kept_report(store: ObjectStore, each: int = 6) -> GateReport:
    """Return a refusal whose benchmark kept its gallery."""
    details, pictures = made_details(each=each)
    gallery = [
        one.model_copy(
            update={"picture": put_artifact(store, one.picture.key, pictures[one.picture.key])}
        )
        for one in details.gallery
    ]
    whole = BenchmarkDetails.model_validate(details.model_dump() | {"gallery": gallery})
    return with_details(put_artifact(store, f"runs/{RUN}/details.json", whole.to_json_bytes()))


def test_every_card_lies_beside_the_report(store: ObjectStore) -> None:
    """In both languages, for a page, a wall, a chat and a machine; the same again changes nothing."""
    report = kept_report(store)
    keys = keep_cards(store, report)
    assert list(keys) == [*NAMES, "card.json"]
    assert set(keys.values()) == set(store.keys(f"runs/{RUN}/gate/"))
    before = {key: store.get(key).payload for key in keys.values()}
    assert keep_cards(store, report) == keys
    assert {key: store.get(key).payload for key in keys.values()} == before
    assert before[keys["card.en.png"]].startswith(b"\x89PNG")
    assert before[keys["card.ko.html"]].decode().count("data:image/jpeg") == 4
    assert "불합격" in before[keys["card.ko.md"]].decode()
    captions = json.loads(before[keys["card.json"]])["pictures"]
    assert [one["readable"] for one in captions] == [True] * 4
    first = {"file": "yard-cam1_00000.jpg", "hazard": "smoke", "scene": "yard-cam1", "score": 0.93}
    assert captions[0] == first | {"readable": True}


def test_each_language_has_its_own_card(store: ObjectStore) -> None:
    """What lies under a language's name is the card in that language."""
    report = kept_report(store)
    keys, pictures = keep_cards(store, report), missed_pictures(store, report)
    for language in LANGUAGES:
        for kind, payload in (
            ("md", card_markdown(report, language).encode()),
            ("html", card_html(report, pictures, language).encode()),
            ("png", card_png(report, pictures, language)),
        ):
            assert store.get(keys[f"card.{language}.{kind}"]).payload == payload


def test_only_misses_are_shown(store: ObjectStore) -> None:
    """In the gallery's order, the worst first, four at most."""
    found = missed_pictures(store, kept_report(store))
    scenes = ("yard-cam1", "hall-2", "gate", "yard-cam1")
    assert [one.file for one in found] == [f"{s}_{n:05d}.jpg" for n, s in enumerate(scenes)]


@pytest.mark.parametrize("harm", ["gone", "altered"])
def test_a_picture_that_does_not_prove_leaves_its_place(
    store: ObjectStore, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The card is written, says that the picture could not be read, and the log says why."""
    report = kept_report(store)
    key = "runs/r/gallery/missed-1.jpg"
    if harm == "gone":
        store.delete(key)
    else:
        store.put(key, store.get("runs/r/gallery/missed-0.jpg").payload)
    with caplog.at_level(logging.WARNING):
        keys = keep_cards(store, report)
    page = store.get(keys["card.en.html"]).payload.decode()
    assert page.count("This picture could not be read") == 1
    assert page.count("data:image/jpeg") == 3
    assert key in caplog.text


@pytest.mark.parametrize("payload", [None, b"{}", b"not json"])
def test_details_that_cannot_be_read_leave_one_place(
    store: ObjectStore, payload: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Gone, or written by other code: every card is there all the same."""
    where = put_artifact(store, f"runs/{RUN}/details.json", payload or b"x")
    if payload is None:
        store.delete(where.key)
    with caplog.at_level(logging.WARNING):
        keys = keep_cards(store, with_details(where))
    assert list(keys) == [*NAMES, "card.json"]
    page = store.get(keys["card.en.html"]).payload.decode()
    assert "This picture could not be read" in page
    assert where.key in page
    assert "the gallery could not be read" in caplog.text


def test_a_benchmark_without_details_has_no_pictures(store: ObjectStore) -> None:
    """An older report kept none, and the card says so."""
    report = with_details(None)
    assert missed_pictures(store, report) == ()
    page = store.get(keep_cards(store, report)["card.ko.html"]).payload.decode()
    assert "벤치마크가 남긴 놓친 사진이 없습니다." in page


def test_a_caption_without_a_score_says_that_nothing_was_detected(store: ObjectStore) -> None:
    """A miss has no detection, or one that was too weak."""
    first = missed_pictures(store, kept_report(store))[0]
    assert first.found.en == "best score 0.930"
    assert replace(first, score=None).found.en == "nothing detected"
