"""What the benchmark of warm starts counts: whole scenes apart, the target, the time to it."""

from pathlib import Path

import pytest
from support.made_pictures import picture

from benchmarks import warm_start
from benchmarks.result import NoResult
from benchmarks.scene_thirds import cut_scenes
from benchmarks.time_to_score import bests_of, mean_of, seconds_to, target_of
from benchmarks.warm_start import RECIPE, WARM_RECIPE, Workplace, measure
from safety_tasks.digests import sha256_bytes
from safety_tasks.records.picture import Picture
from safety_tasks.records.training import Epoch
from safety_tasks.store.local import LocalStore


def epochs(*scores: float | None) -> list[Epoch]:
    """Return epochs of 1, 2, 3 … seconds."""
    return [
        Epoch(
            number=n, total=9, seconds=n, eta_s=0, box_loss=1, cls_loss=1, dfl_loss=1, map50=score
        )
        for n, score in enumerate(scores, 1)
    ]


def placed(scene: str, number: int, hazard: int) -> Picture:
    """Return a made-up picture of a scene, in reserve as ingest leaves it."""
    names = {
        "sha256": sha256_bytes(f"{scene}{number}".encode()),
        "file": f"images/{scene}-{number}.jpg",
    }
    return picture(number, scene, (hazard,), "reserve").model_copy(update=names)


def made_up() -> tuple[list[Picture], dict[str, str]]:
    """Return nine train scenes of three hazards, two val scenes, and one that lies in both."""
    kinds = {**{f"t{n}": n % 3 for n in range(9)}, "v0": 0, "v1": 1, "both": 2}
    rows = [placed(scene, n, hazard) for scene, hazard in kinds.items() for n in range(4)]
    sides = {
        Path(p.file).name: "val" if p.scene[0] == "v" or p.file.endswith("both-0.jpg") else "train"
        for p in rows
    }
    return rows, sides


def test_scenes_are_cut_whole() -> None:
    """Two thirds old, one third new, each hazard in both; val shares no scene with what is trained on."""
    rows, sides = made_up()
    cut = cut_scenes(rows, sides)
    scenes = [{p.scene for p in part} for part in (cut.old, cut.new, cut.val)]
    assert scenes[2] == {"v0", "v1"}
    assert [len(part) for part in scenes[:2]] == [7, 3]
    assert not scenes[0] & scenes[1]
    assert {p.sha256 for p in cut.whole} == {p.sha256 for p in rows}
    assert len(cut.whole) == len(rows)
    for part in (cut.old, cut.new):
        assert {box.class_id for p in part for box in p.boxes} == {0, 1, 2}
        assert {p.split for p in part} == {"train"}
    assert {p.split for p in cut.val} == {"val"}
    assert cut_scenes(rows[::-1], sides).new[0].scene == cut.new[0].scene


def test_the_target_is_the_best_less_half_a_point() -> None:
    """Not the last epoch's; a training that learned nothing sets no target."""
    assert target_of(epochs(None, 0.3, 0.5, 0.4)) == pytest.approx(0.495)
    for nothing in (epochs(), epochs(None, None), epochs(0.0, 0.005)):
        with pytest.raises(NoResult, match="expected plain training to learn something"):
            target_of(nothing)


def test_time_counts_the_epoch_that_reaches_the_target() -> None:
    """The first epoch at or above it, its own seconds included; never is None."""
    assert seconds_to(epochs(None, 0.3, 0.5, 0.6), 0.5) == 6
    assert seconds_to(epochs(0.5), 0.5) == 1
    assert seconds_to(epochs(0.4, None), 0.5) is None
    assert seconds_to([], 0.5) is None


def test_seeds_are_joined_epoch_by_epoch() -> None:
    """Mean seconds, mean score; an epoch that one of them did not measure is not measured; lengths must agree."""
    one, other = epochs(0.2, 0.6, 0.5), epochs(0.4, 0.2, None)
    other[0] = other[0].model_copy(update={"seconds": 3})
    joined = mean_of([one, other])
    assert [each.map50 for each in joined] == [pytest.approx(0.3), pytest.approx(0.4), None]
    assert [each.seconds for each in joined] == [2, 2, 3]
    assert bests_of([one, other]) == "0.6000, 0.4000"
    with pytest.raises(ValueError, match="shorter"):
        mean_of([one, other[:2]])


class Engine:
    """Stands for the engine: plays scores by the folder's name, and remembers what it was given."""

    def __init__(self, plain: list[list[Epoch]], warm: list[list[Epoch]]) -> None:
        self.scores = {"plain": plain, "warm": warm}
        self.played: list[tuple[str, int]] = []
        self.mixed: list[tuple[str, str, float]] = []
        self.given: dict[str, tuple[str | None, int, set[str]]] = {}

    def mix(self, one: Path, other: Path, share: float, target: Path, imgsz_px: int) -> int:
        """Note what was to be mixed."""
        self.mixed.append((one.name, other.name, share))
        target.touch()
        return 1

    def __call__(self, data, base, recipe, folder, *, inputs_sha256, progress=None):  # type: ignore[no-untyped-def]
        """Play a training."""
        name = folder.name.partition("-")[0]
        trained = {path.stem for path in (data.parent / "images" / "train").iterdir()}
        self.given[name] = (base and base.name, recipe.epochs, trained)
        if name in self.scores:
            self.played.append((name, recipe.seed))
            for epoch in self.scores[name][recipe.seed]:
                progress(epoch)
        return type("Fitted", (), {"weights": folder / "champion.pt"})()


def play(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plain: list[list[Epoch]],
    warm: list[list[Epoch]],
) -> tuple[Engine, float, dict[str, float | str]]:
    """Measure with a played engine; return it, the ratio and the rest."""
    engine = Engine(plain, warm)
    monkeypatch.setattr(warm_start, "fit_detector", engine)
    monkeypatch.setattr(warm_start, "mix_weights", engine.mix)

    def lay_out(store, pictures, classes, folder):  # type: ignore[no-untyped-def]
        for p in pictures:
            path = folder / "images" / p.split / f"{p.sha256}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return folder / "data.yaml"

    monkeypatch.setattr(warm_start, "write_dataset_folder", lay_out)
    base = tmp_path / "base.pt"
    base.touch()
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(warm_start, "sha256_file", lambda path: "0" * 64)
    place = Workplace(LocalStore(tmp_path), ("a", "b", "c"), "f" * 16, base, tmp_path / "work")
    pair, extra = measure(place, cut_scenes(*made_up()), RECIPE, WARM_RECIPE)
    return engine, pair.ratio, extra


def test_each_side_starts_and_learns_from_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain: base weights, everything. Warm: the champion, all new and a share of the old; turn by turn, by seeds."""
    plain = [epochs(0.1, 0.3, 0.496 + d, 0.5) for d in (0.0, 0.01, -0.01)]
    late = [epochs(0.1, 0.5 + d, 0.9) for d in (-0.3, 0.2, 0.1)]
    engine, ratio, extra = play(tmp_path, monkeypatch, plain, late)
    assert engine.played == [(side, seed) for seed in range(3) for side in ("plain", "warm")]
    cut = cut_scenes(*made_up())
    old, new = ({p.sha256 for p in part} for part in (cut.old, cut.new))
    base, budget, seen = engine.given["champion"]
    assert (base, budget) == ("base.pt", RECIPE.epochs)
    own_val = {p.sha256 for p in cut.old if p.scene in sorted({p.scene for p in cut.old})[::5]}
    assert seen == old - own_val
    assert engine.given["plain"] == ("base.pt", RECIPE.epochs, old | new)
    base, budget, trained = engine.given["warm"]
    assert (base, budget) == ("halfway.pt", WARM_RECIPE.epochs)
    assert engine.mixed == [("champion.pt", "base.pt", 0.5)]
    assert new | own_val < trained
    replayed = len(trained - new - own_val)
    assert replayed == round(len(seen) * WARM_RECIPE.replay_share)
    assert ratio == pytest.approx(3 / 6)
    assert (extra["plain_epochs_to_target"], extra["warm_epochs_to_target"]) == (3, 2)
    assert extra["warm_replayed_pictures"] == replayed


def test_a_target_that_is_not_reached_is_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However quick, a warm start that stays below says nothing."""
    with pytest.raises(NoResult, match=r"reach an mAP50 of 0\.4950 in \d+ epochs, found 0\.4900"):
        play(tmp_path, monkeypatch, [epochs(0.1, 0.5)] * 3, [epochs(0.49, 0.2)] * 3)
