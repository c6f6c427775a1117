"""The study: seeded, pruned, and as it was after a kill; with scripted objectives through the real Optuna."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.made_searches import SPACE

from safety_tasks.train.tuning.space import Choices
from safety_tasks.train.tuning.study import Running, Study

Score = Callable[[dict[str, Any], int], float]


def opened(folder: Path, *, jobs: int = 9, seed: int = 1, least_epochs: int = 4) -> Study:
    """Open the study of a folder."""
    return Study(
        folder / "deep" / "study.sqlite3", SPACE, seed=seed, jobs=jobs, least_epochs=least_epochs
    )


def train(trial: Running, score: Score, epochs: int = 4, die_after: int | None = None) -> None:
    """Run a trial of a scripted objective to its end, or kill the process after an epoch."""
    begin = max(trial.objectives, default=0)
    for epoch in range(begin + 1, epochs + 1):
        trial.note(epoch, score(trial.values, epoch), float(epoch))
        if epoch == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        if trial.is_hopeless():
            trial.end("pruned", float(epoch), None, "worse")
            return
    after_the_last_epoch_s = 0.5
    trial.end("completed", epochs + after_the_last_epoch_s, max(trial.objectives.values()))


def in_child(work: Callable[[], None]) -> int:
    """Run in a process of its own; return how it ended, as ``os.waitpid`` says."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def growing(values: dict[str, Any], epoch: int) -> float:
    """Score by the learning rate alone."""
    return float(values["lr0"]) * 50 + epoch * 0.01


def test_values_stay_inside_the_space(tmp_path: Path) -> None:
    """Every trial's values lie inside the space, in the field's own type."""
    study = opened(tmp_path)
    for _ in range(12):
        train(study.begin(), growing)
    for trial in study.settled():
        assert 1e-4 <= trial.values["lr0"] <= 1e-2  # type: ignore[operator]
        assert isinstance(trial.values["batch"], int)
        assert 2 <= trial.values["batch"] <= 8
        assert trial.values["optimizer"] in ("SGD", "AdamW")
    assert len({str(trial.values) for trial in study.settled()}) > 6


def test_the_same_seed_makes_the_same_search(tmp_path: Path) -> None:
    """Two searches with one seed try the same values; with another seed, others."""

    def tried(name: str, seed: int) -> list[dict[str, Any]]:
        study = opened(tmp_path / name, seed=seed)
        for _ in range(6):
            train(study.begin(), growing)
        return [trial.values for trial in study.settled()]

    assert tried("a", 1) == tried("b", 1)
    assert tried("c", 2) != tried("a", 1)


def test_what_is_worse_than_the_median_is_given_up(tmp_path: Path) -> None:
    """A trial below the median of those before it ends early; one above it does not."""
    study = opened(tmp_path, jobs=6, least_epochs=4)
    for level in (0.5, 0.6, 0.7):
        train(study.begin(), lambda values, epoch, level=level: level)  # type: ignore[misc]
    train(study.begin(), lambda values, epoch: 0.1)
    train(study.begin(), lambda values, epoch: 0.9)
    *first, worse, better = study.settled()
    assert [trial.state for trial in first] == ["completed"] * 3
    assert (worse.state, worse.objective, worse.epochs_done, worse.reason) == (
        "pruned",
        0.1,
        1,
        "worse",
    )
    assert (better.state, better.epochs_done) == ("completed", 4)


def test_the_first_epochs_are_not_judged(tmp_path: Path) -> None:
    """Long trials have a fifth of the shortest one's epochs before they may be given up."""
    study = opened(tmp_path, jobs=6, least_epochs=20)
    for _ in range(2):
        train(study.begin(), lambda values, epoch: 0.5, epochs=20)
    train(study.begin(), lambda values, epoch: 0.1, epochs=20)
    assert study.settled()[-1].epochs_done == 4


def test_it_learns_from_what_it_found(tmp_path: Path) -> None:
    """The first third is chosen by chance alone; what comes later depends on which of them were good."""

    def tried(name: str, sign: int) -> list[dict[str, Any]]:
        study = opened(tmp_path / name, jobs=9, seed=3)
        for _ in range(9):
            trial = study.begin()
            trial.end("completed", 1.0, 0.5 + sign * 40 * float(trial.values["lr0"]))
        return [trial.values for trial in study.settled()]

    high, low = tried("high", 1), tried("low", -1)
    assert high[:3] == low[:3]
    assert len({str(values) for values in high[:3]}) == 3
    assert all(one != other for one, other in zip(high[4:], low[4:], strict=True))


@pytest.mark.parametrize("die_after", [1, 3])
def test_a_killed_search_goes_on_with_the_trial_it_was_in(tmp_path: Path, die_after: int) -> None:
    """After SIGKILL in a trial: the same values again, its epochs known, and all later choices as without the kill."""
    whole = opened(tmp_path / "whole")
    for _ in range(5):
        train(whole.begin(), growing)

    def killed() -> None:
        study = opened(tmp_path / "cut")
        for number in range(3):
            train(study.begin(), growing, die_after=die_after if number == 2 else None)

    assert os.WIFSIGNALED(in_child(killed))
    study = opened(tmp_path / "cut")
    assert len(study.settled()) == 2
    taken_up = study.begin()
    assert list(taken_up.objectives) == list(range(1, die_after + 1))
    assert taken_up.values == whole.settled()[2].values
    train(taken_up, growing)
    while len(study.settled()) < 5:
        train(study.begin(), growing)
    assert [(t.values, t.state, t.objective) for t in study.settled()] == [
        (t.values, t.state, t.objective) for t in whole.settled()
    ]


def test_time_before_a_kill_counts(tmp_path: Path) -> None:
    """The seconds of a trial that was killed are spent, and are the trial's when it ends at last."""

    def killed() -> None:
        train(opened(tmp_path).begin(), growing, die_after=3)

    in_child(killed)
    study = opened(tmp_path)
    assert study.spent_s() == 3.0
    train(study.begin(), growing)
    (trial,) = study.settled()
    assert trial.seconds == 3.0 + 4.5
    assert study.spent_s() == 7.5


def test_killed_twice_in_the_same_trial(tmp_path: Path) -> None:
    """A trial that is killed again and again is one trial with all its epochs."""
    for die_after in (1, 2, 3):
        in_child(lambda last=die_after: train(opened(tmp_path).begin(), growing, die_after=last))  # type: ignore[misc]
    study = opened(tmp_path)
    trial = study.begin()
    assert list(trial.objectives) == [1, 2, 3]
    train(trial, growing)
    assert len(study.settled()) == 1


def test_a_failed_trial_is_kept_with_its_reason(tmp_path: Path) -> None:
    """A failure is a row with its reason, and no value; the search goes on."""
    study = opened(tmp_path)
    study.begin().end("failed", 2.0, None, "the loss became NaN")
    train(study.begin(), growing)
    failed, good = study.settled()
    assert (failed.state, failed.objective, failed.reason) == (
        "failed",
        None,
        "the loss became NaN",
    )
    assert good.state == "completed"


def test_equal_values_share_a_folder_and_others_do_not(tmp_path: Path) -> None:
    """The scratch folder's name is the values' own, so that a trial finds its checkpoint and no other's."""
    study = opened(tmp_path)
    names = {}
    for _ in range(8):
        trial = study.begin()
        names[str(sorted(trial.values.items()))] = trial.folder_name
        train(trial, growing)
    assert len(set(names.values())) == len(names)
    assert isinstance(SPACE.fields["optimizer"], Choices)
