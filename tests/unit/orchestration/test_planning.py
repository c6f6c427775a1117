"""What a retraining will do is decided before any work, and a weekly run without news is found out."""

import pytest
from support.toy_runs import toy_dataset
from toy_models import CLASSES

from safety_tasks.errors import ClassMapError, ConfigError, DatasetError, ObjectNotFound
from safety_tasks.orchestration.planning import equals_last_run, plan_run, remember_run
from safety_tasks.records.base import Artifact
from safety_tasks.records.dataset import CurrentDataset, DatasetVersion
from safety_tasks.settings import Settings
from safety_tasks.store.local import LocalStore
from safety_tasks.store.manifests import CURRENT_KEY

RUN = "scheduled__2026-11-22T03:00:00+00:00"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Give the shipped settings with the classes of the drawn dataset."""
    return settings.model_copy(update={"classes": CLASSES})


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Make the drawn dataset current."""
    version = toy_dataset(local_store)
    validation = Artifact(key="dataset/validation.json", sha256="0" * 64, size_bytes=1)
    pointer = CurrentDataset(version_id=version.version_id, validation=validation)
    local_store.put(CURRENT_KEY, pointer.to_json_bytes())
    return version


def test_nothing_current_is_said(local_store: LocalStore, settings: Settings) -> None:
    """Without a current version, and with none named, the plan says what to do first."""
    with pytest.raises(DatasetError, match="trigger ingest_labeled_images"):
        plan_run(local_store, settings, {}, RUN)


def test_an_empty_form_means_the_settings(
    local_store: LocalStore, settings: Settings, version: DatasetVersion
) -> None:
    """Empty fields take the current version and the settings' recipe, profile and channel."""
    plan = plan_run(local_store, settings, {"recipe": None, "epochs": None}, RUN)
    chosen = settings.retrain
    assert plan.dataset_version == version.version_id
    assert (plan.recipe.name, plan.profile, plan.channel) == (
        chosen.recipe,
        chosen.profile,
        chosen.channel,
    )


def test_a_filled_form_wins(
    local_store: LocalStore, settings: Settings, version: DatasetVersion
) -> None:
    """What the form says replaces the settings, and numbers replace the recipe's."""
    form = {
        "dataset_version": version.version_id,
        "recipe": "mini",
        "epochs": 3,
        "imgsz": 96,
        "batch_size": 4,
        "profile": "rehearsal",
        "channel": "canary",
    }
    plan = plan_run(local_store, settings, form, RUN)
    recipe = plan.recipe
    assert (recipe.name, recipe.epochs, recipe.imgsz_px, recipe.batch) == ("mini", 3, 96, 4)
    assert (plan.profile, plan.channel) == ("rehearsal", "canary")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"recipe": "none"}, ConfigError),
        ({"profile": "none"}, ConfigError),
        ({"imgsz": 100}, ConfigError),
        ({"dataset_version": "0123456789abcdef"}, ObjectNotFound),
    ],
)
@pytest.mark.usefixtures("version")
def test_a_wrong_form_is_refused(
    local_store: LocalStore, settings: Settings, form: dict[str, object], error: type[Exception]
) -> None:
    """Unknown names, sizes and versions are refused before any work."""
    with pytest.raises(error):
        plan_run(local_store, settings, form, RUN)


@pytest.mark.usefixtures("version")
def test_each_dag_run_has_its_own_id(local_store: LocalStore, settings: Settings) -> None:
    """The same plan in the same DAG run has one id, in another DAG run another."""
    ids = {plan_run(local_store, settings, {}, run).run_id for run in (RUN, RUN, "manual__x")}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("form", "same"), [({}, True), ({"epochs": 7}, False), ({"recipe": "mini"}, False)]
)
@pytest.mark.usefixtures("version")
def test_no_news_is_found_out(
    local_store: LocalStore, settings: Settings, form: dict[str, object], same: bool
) -> None:
    """Only a run with the last one's dataset, recipe and code has nothing to find out."""
    first = plan_run(local_store, settings, {}, RUN)
    assert equals_last_run(local_store, first) is None
    remember_run(local_store, first)
    again = plan_run(local_store, settings, form, "scheduled__later")
    assert (equals_last_run(local_store, again) == first.run_id) is same


@pytest.mark.usefixtures("version")
def test_new_code_is_news(
    local_store: LocalStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same dataset and recipe under other code are judged again."""
    from safety_tasks.orchestration import planning

    remember_run(local_store, plan_run(local_store, settings, {}, RUN))
    monkeypatch.setattr(planning, "code_digest", lambda: "1" * 64)
    assert equals_last_run(local_store, plan_run(local_store, settings, {}, RUN)) is None


def test_the_recipe_is_bound_to_the_classes(
    local_store: LocalStore, settings: Settings, version: DatasetVersion
) -> None:
    """A plan carries the digest of the class map that it was made for."""
    plan = plan_run(local_store, settings, {}, RUN)
    assert plan.recipe.classes_sha256 == version.classes_sha256


@pytest.mark.parametrize(
    ("classes", "fix"),
    [
        (("smoke", "fire", "person_down", "leak"), "before the classes grew"),
        (("smoke", "fire"), "ingest and train again"),
        (("fire", "smoke", "person_down"), "Restore the order"),
    ],
)
@pytest.mark.usefixtures("version")
def test_a_version_of_other_classes_is_not_trained_on(
    local_store: LocalStore, settings: Settings, classes: tuple[str, ...], fix: str
) -> None:
    """Fewer, more, or another order than the configured classes: refused before any work, with the fix."""
    other = settings.model_copy(update={"classes": classes})
    with pytest.raises(ClassMapError, match=f"ingested version .*{fix}"):
        plan_run(local_store, other, {}, RUN)
