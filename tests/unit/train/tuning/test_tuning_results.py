"""What a search found: the best trial, a recipe that can be used as it is, a table, a picture."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from support.made_searches import TINY, made_plan, made_result, made_trial

from safety_tasks.errors import ArtifactError, TrainingError
from safety_tasks.profiles import load_recipe
from safety_tasks.store.base import get_artifact
from safety_tasks.store.local import LocalStore
from safety_tasks.train.tuning.picture import draw_search
from safety_tasks.train.tuning.results import (
    best_recipe,
    keep_record,
    read_record,
    recipe_toml,
    require_best,
    table_csv,
    write_report,
)
from safety_tasks.train.tuning.space import Choices, Range, SearchSpace

MIXED = made_result(
    made_trial(1, 0.4),
    made_trial(2, None, state="failed", reason="the loss became NaN"),
    made_trial(3, 0.9, state="pruned", reason="worse"),
    made_trial(4, 0.6, cost_usd=0.25, job="tune-1-004"),
    made_trial(5, 0.6),
)


def seen(picture: Image.Image) -> set[object]:
    """Return the colours of a picture."""
    return {
        colour for _, colour in picture.convert("RGB").getcolors(picture.width * picture.height)
    }


def test_the_best_went_its_whole_way() -> None:
    """A pruned trial is never the best, however high it stood; of equals the earlier one is."""
    assert require_best(MIXED).number == 4


def test_nothing_completed_is_an_error_that_says_why() -> None:
    """Without a completed trial there is no recipe; the reasons of the trials are told."""
    for result in (made_result(), made_result(MIXED.trials[1], MIXED.trials[2])):
        assert result.best is None
        with pytest.raises(TrainingError, match="expected a completed trial, found none of"):
            recipe_toml(result)
    with pytest.raises(TrainingError, match="the loss became NaN; worse"):
        require_best(made_result(MIXED.trials[1], MIXED.trials[2]))


@given(
    lr0=st.floats(1e-12, 1.0),
    mixup=st.floats(0.0, 1.0),
    batch=st.integers(1, 512),
    cached=st.booleans(),
)
def test_the_recipes_file_is_the_recipe(
    tmp_path_factory: pytest.TempPathFactory, lr0: float, mixup: float, batch: int, cached: bool
) -> None:
    """Whatever was found, its file in ``recipes/`` loads as just that recipe."""
    values = {"lr0": lr0, "mixup": mixup, "batch": batch, "cache_pictures": cached}
    plan = made_plan(TINY.bound_to(("smoke", "fire")))
    result = made_result(made_trial(1, 0.5, values=values), plan=plan)
    folder = tmp_path_factory.mktemp("config")
    (folder / "recipes").mkdir()
    (folder / "recipes" / "tuned.toml").write_text(recipe_toml(result), encoding="utf-8")
    wanted = TINY.model_copy(update={"name": "tuned", **values})
    assert load_recipe("tuned", folder) == wanted
    assert best_recipe(result).bound_to(("smoke", "fire")).classes_sha256


def test_the_table_has_a_row_for_each_trial() -> None:
    """Values, state, objective, cost and reason of every trial stand in the table, absent ones empty."""
    rows = list(csv.DictReader(io.StringIO(table_csv(MIXED))))
    assert [row["trial"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[1] == {
        "trial": "2",
        "batch": "4",
        "lr0": "0.002",
        "optimizer": "AdamW",
        "state": "failed",
        "objective": "",
        "epochs_done": "2",
        "seconds": "1.5",
        "cost_usd": "",
        "reason": "the loss became NaN",
        "job": "",
    }
    assert (rows[3]["cost_usd"], rows[3]["job"]) == ("0.25", "tune-1-004")


def test_a_field_of_every_name_has_a_column_of_its_own() -> None:
    """A searched field never shares its column with what was measured."""
    space = SearchSpace(fields={"epochs": Range(low=1, high=9, whole=True)})
    trial = made_trial(1, values={"epochs": 7}, epochs_done=3)
    (row,) = csv.DictReader(io.StringIO(table_csv(made_result(trial, plan=made_plan(space=space)))))
    assert (row["epochs"], row["epochs_done"]) == ("7", "3")


def test_record_and_report(local_store: LocalStore, tmp_path: Path) -> None:
    """The record is read back as it was; the report holds table, picture and recipe; made again, it is the same."""
    record = keep_record(local_store, MIXED)
    assert record.key == "runs/tune-t1/tuning.json"
    assert read_record(local_store, record) == MIXED
    files = write_report(local_store, MIXED, record, tmp_path / "work")
    assert files.best.number == 4
    assert get_artifact(local_store, files.table).decode() == table_csv(MIXED)
    assert get_artifact(local_store, files.recipe).decode() == recipe_toml(MIXED)
    assert Path(files.recipe_file).read_text(encoding="utf-8") == recipe_toml(MIXED)
    assert get_artifact(local_store, files.picture).startswith(b"\x89PNG")
    assert write_report(local_store, MIXED, record, tmp_path / "work") == files
    assert sorted(local_store.keys("runs/")) == [
        f"runs/tune-t1/{name}" for name in ("best.toml", "search.png", "trials.csv", "tuning.json")
    ]


def test_a_report_without_a_best_trial(local_store: LocalStore, tmp_path: Path) -> None:
    """Where no trial was completed, table and picture are there to look at, and no recipe."""
    result = made_result(MIXED.trials[1])
    with pytest.raises(TrainingError):
        write_report(local_store, result, keep_record(local_store, result), tmp_path)
    assert local_store.exists("runs/tune-t1/trials.csv")
    assert local_store.exists("runs/tune-t1/search.png")
    assert not local_store.exists("runs/tune-t1/best.toml")


def test_an_altered_record_is_not_believed(local_store: LocalStore) -> None:
    """A record with other bytes than its artifact says makes no report."""
    record = keep_record(local_store, MIXED)
    local_store.put(record.key, MIXED.to_json_bytes() + b" ")
    with pytest.raises(ArtifactError):
        read_record(local_store, record)


@pytest.mark.parametrize("fields", [1, 2, 3, 4, 7])
def test_the_picture_has_a_part_for_each_field(fields: int) -> None:
    """Whatever the number of fields, each has its own part, and none hides what the trials say."""
    names = ("lr0", "mosaic", "mixup", "hsv_h", "hsv_s", "hsv_v", "optimizer")[-fields:]
    space = SearchSpace(
        fields={
            name: Choices(choices=("SGD", "AdamW"))
            if name == "optimizer"
            else Range(low=0.1, high=0.9, logarithmic=name == "lr0")
            for name in names
        }
    )
    trials = [
        made_trial(
            n, 0.1 * n, values={name: "SGD" if name == "optimizer" else 0.1 * n for name in names}
        )
        for n in range(1, 4)
    ]
    picture = Image.open(io.BytesIO(draw_search(made_result(*trials, plan=made_plan(space=space)))))
    parts = 1 + -(-fields // (2 if fields in (2, 4) else min(3, fields)))
    assert picture.height > 250 * parts
    colours = seen(picture)
    assert {(21, 101, 192), (224, 122, 0)} <= colours  # completed trials, and the best one's ring
    empty = Image.open(io.BytesIO(draw_search(made_result(plan=made_plan(space=space)))))
    assert (21, 101, 192) not in seen(empty)


def test_the_same_search_is_drawn_the_same() -> None:
    """A picture depends on nothing but its search."""
    assert draw_search(MIXED) == draw_search(MIXED)
