"""Variants on the benchmark page: what each costs and brings, which one is chosen, and how its layers were found."""

import json
import re
from typing import Any

import pytest
from support.made_benchmarks import FINGERPRINT, HAZARDS, made_latency, made_measurements
from support.parsed_page import ParsedPage

from safety_tasks.benchmark.page.charts import frontier_figure
from safety_tasks.benchmark.page.rendering import render_page
from safety_tasks.benchmark.page.script import plotly_script
from safety_tasks.benchmark.page.speed_rows import variant_rows
from safety_tasks.benchmark.page.words import Number, Words
from safety_tasks.records.model import Measurements
from safety_tasks.records.variants import ModelVariant, VariantBenchmark, VariantChoice

INT8 = "edge-int8-x86"
# Float layers, time ÷ float graph, agreement.
STEPS = ((0, 0.612, 0.941), (1, 0.655, 0.968), (2, 0.702, 0.979), (4, 0.811, 0.991))


def parity(agreement_f1: float) -> dict[str, Any]:
    """Return how a variant agrees."""
    return {
        "pictures": 200,
        "reference_detections": 310,
        "variant_detections": 308,
        "matched": 300,
        "agreement_f1": agreement_f1,
        "max_box_difference_px": 2.5,
        "max_score_difference": 0.04,
    }


def budget(split: str, agreement_f1: float) -> dict[str, Any]:
    """Return a cost that keeps its budget; AP50 of the first hazard cannot be measured."""
    return {
        "split": split,
        "budget": {},
        "agreement_f1": agreement_f1,
        "map50_95_drop": 0.0021 if split == "val" else 0.0034,
        "ap50_drops": {name: 0.004 if h else None for h, name in enumerate(HAZARDS)},
        "noise_ap50": dict.fromkeys(HAZARDS, 0.02),
        "within": True,
        "reasons": [],
    }


def made(name: str = INT8, layer: str = "model.22.cv2", **changes: Any) -> ModelVariant:
    """Return how a variant was made: INT8 with a search, FP32 without."""
    is_int8 = "int8" in name
    steps = [
        {
            "float_modules": [f"{layer}.{n}" for n in range(count)],
            "loss": 0.02,
            "time_ratio": ratio,
            "agreement_f1": f1,
            "map50_95_drop": None,
            "within": f1 > 0.97,
            "why": f"why {layer}",
        }
        for count, ratio, f1 in STEPS
    ]
    values: dict[str, Any] = {
        "name": name,
        "precision": "int8" if is_int8 else "fp32",
        "scheme": "U8S8" if is_int8 else "",
        "model": {"key": "k", "sha256": "a" * 64, "size_bytes": 7 * 2**19},
        "parity": parity(0.979),
        "budget": budget("val", 0.979) if is_int8 else None,
        "float_modules": steps[2]["float_modules"] if is_int8 else [],
        "steps": steps if is_int8 else [],
        "offered": True,
        "why": "made well",
    }
    return ModelVariant.model_validate(values | changes)


def timed(name: str = INT8, **changes: Any) -> VariantBenchmark:
    """Return a variant as the holdout saw it."""
    values: dict[str, Any] = {
        "name": name,
        "model_sha256": "a" * 64,
        "parity": parity(0.9712),
        "budget": budget("holdout", 0.9712) if "int8" in name else None,
        "latency": made_latency(28.8),
        "frame_ratio": 0.702,
        "offered": True,
        "why": "holdout agrees",
    }
    return VariantBenchmark.model_validate(values | changes)


def choice(*benchmarks: VariantBenchmark, **changes: Any) -> VariantChoice:
    """Return a choice of the INT8 variant."""
    values: dict[str, Any] = {
        "run_id": "r",
        "hardware": "x86_64-vnni",
        "fingerprint": FINGERPRINT,
        "chosen": INT8,
        "model_sha256": "a" * 64,
        "reasons": {"reference": "loads anywhere", "edge-fp32": "slower here"},
        "timed": benchmarks,
        "at": "2026-11-24T08:15:00+00:00",
    }
    return VariantChoice.model_validate(values | changes)


def page_of(measured: Measurements, *variants: ModelVariant) -> str:
    """Return the English page without plotly's script."""
    page = render_page(measured, None, {}, "en", variants=variants)
    return page.replace(plotly_script(), "")


def section_of(measured: Measurements, *variants: ModelVariant) -> ParsedPage:
    """Return the section of variants, parsed."""
    found = re.search(
        r'<section id="variants">.*?</section>', page_of(measured, *variants), re.DOTALL
    )
    assert found
    return ParsedPage(found[0])


def test_without_variants_the_page_says_so() -> None:
    """No row, no chart, one sentence."""
    assert variant_rows(made_measurements(), ()) == []
    section = section_of(made_measurements())
    assert "No variant was made or measured" in section.text
    assert not [tag for tag, _ in section.tags if tag == "table"]


def test_what_was_made_and_not_timed_says_so() -> None:
    """Val speaks, the time is a dash with its reason, and the reference stands first."""
    reference, row = variant_rows(made_measurements(), (made(),))
    assert reference.is_reference
    assert reference.time_ratio.value == 1.0
    assert row.time_ratio == Number(None, "why_untimed")
    assert (row.split, row.parity and row.parity.agreement_f1) == ("val", 0.979)
    text = section_of(made_measurements(), made()).text
    assert "0.9790" in text
    assert "on val" in text
    assert "No variant was chosen" in text


def test_the_holdout_goes_before_val() -> None:
    """Agreement, drops, reason and offer are those of the benchmark; how it was made stays beside."""
    measured = made_measurements(variants=(timed(offered=False),))
    row = variant_rows(measured, (made(),))[1]
    assert (row.split, row.offered, row.why) == ("holdout", False, "holdout agrees")
    text = section_of(measured, made()).text
    for said in ("0.9712", "+0.0034", "0.702", "INT8", "U8S8", "3.5 MiB", "not offered"):
        assert said in text, said
    assert "0.9790" not in text.split("Layers of")[0]


def test_a_choice_brings_its_times_and_is_marked() -> None:
    """Also one whose making is not on record; each row has its reason once."""
    fp32 = timed("edge-fp32", frame_ratio=1.02, why="slower here")
    measured = made_measurements(choice=choice(timed(), fp32))
    rows = variant_rows(measured, ())
    assert [row.name for row in rows] == ["reference", "edge-fp32", INT8]
    assert [row.chosen for row in rows] == [False, False, True]
    section = section_of(measured)
    assert "Chosen for x86_64-vnni: edge-int8-x86" in section.text
    assert section.text.count("✓ chosen") == 1
    assert section.text.count("slower here") == 1
    assert "loads anywhere" in section.text


def test_missing_costs_have_their_reasons() -> None:
    """FP32 has no budget, a hazard may have no score, and the reference is compared with nobody."""
    section = section_of(made_measurements(), made(), made("edge-fp32"))
    titles = {given["title"] for tag, given in section.tags if tag == "abbr"}
    for why in ("why_no_budget", "why_unscored", "why_is_reference", "why_untimed", "why_unmade"):
        assert str(Words("en").text(why)) in titles, why


def test_the_frontier_shows_every_choice() -> None:
    """Those beyond the budget too, the taken one ringed, and the least agreement as a line."""
    figure = frontier_figure(made(), Words("en"))
    assert figure
    within, beyond, ring = figure["data"]
    assert (within["name"], within["x"]) == ("within budget", [0.702, 0.811])
    assert (beyond["name"], beyond["y"]) == ("beyond budget", [0.941, 0.968])
    assert (ring["x"], ring["y"]) == ([0.702], [0.979])
    assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [0.97]
    assert within["customdata"] == ["2 float layers", "4 float layers"]


@pytest.mark.parametrize(
    ("changes", "traces", "lines"),
    [
        ({"steps": ()}, None, None),
        ({"budget": None}, 3, 0),
        ({"float_modules": ("another",)}, 2, 1),
        ({"steps": made().steps[2:3]}, 2, 1),
    ],
)
def test_a_frontier_has_only_what_there_is(
    changes: dict[str, Any], traces: int | None, lines: int | None
) -> None:
    """No search, no chart; no budget, no line; no taken choice, no ring."""
    figure = frontier_figure(made().model_copy(update=changes), Words("en"))
    assert (figure and len(figure["data"])) == traces
    assert (figure and len(figure["layout"].get("shapes", ()))) == lines


def test_layers_and_reasons_are_escaped() -> None:
    """They are text of a file and of other code; the table below the chart says what the chart says."""
    hostile = "<img src=http://evil onerror='x'>"
    page = page_of(made_measurements(variants=(timed(why=hostile),)), made(layer=hostile))
    section = section_of(made_measurements(variants=(timed(why=hostile),)), made(layer=hostile))
    assert not [tag for tag, _ in section.tags if tag == "img"]
    assert section.text.count(hostile) == 2 + len(STEPS) + 1
    figures = re.search(r'id="figures">(.*?)</script>', page)
    assert figures
    assert set(json.loads(figures[1])) == {f"frontier_{INT8}"}
    assert "evil" not in figures[1]
