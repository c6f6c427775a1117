"""The search's memory and its choices: an Optuna study in a file of the work folder.

Rules: every trial is written down before it starts and at each of its epochs, so a search that was killed goes on, and
the trial that was cut is tried again with the same values; the sampler is seeded anew for each trial, by the search's
seed and the trials before it, so that a cut changes no later choice; a trial that is worse than the median of those
before it at the same epoch is given up.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from safety_tasks.digests import digest_of
from safety_tasks.train.tuning.results import State, Trial
from safety_tasks.train.tuning.space import Choices, SearchSpace, Value

if TYPE_CHECKING:
    from optuna import Trial as Asked
    from optuna.pruners import BasePruner
    from optuna.trial import FrozenTrial

_NAME: Final = "search"
_CUT: Final = "cut"


class Study:
    """One search on this machine; one process at a time has it open."""

    def __init__(
        self, file: Path, space: SearchSpace, *, seed: int, jobs: int, least_epochs: int
    ) -> None:
        """Open or make a study.

        Args:
            file: the database.
            space: what is searched.
            seed: of the choices.
            jobs: trials in all; a third of them, two to ten, are chosen at random before the others are learned from.
            least_epochs: of the shortest trial; its first fifth is never judged.
        """
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        file.parent.mkdir(parents=True, exist_ok=True)
        self._space, self._seed = space, seed
        self._at_random = max(2, min(10, jobs // 3))
        self._pruner: BasePruner = optuna.pruners.MedianPruner(
            n_startup_trials=self._at_random, n_warmup_steps=least_epochs // 5
        )
        self._study = optuna.create_study(
            storage=optuna.storages.RDBStorage(f"sqlite:///{file}"),
            study_name=_NAME,
            direction="maximize",
            load_if_exists=True,
            pruner=self._pruner,
        )
        self._take_up_cut()

    def settled(self) -> tuple[Trial, ...]:
        """Return the trials that have ended, in the order in which they ran."""
        ended = [
            t for t in self._study.trials if t.state.is_finished() and t.number not in self._cut()
        ]
        return tuple(_row(number, trial) for number, trial in enumerate(ended, start=1))

    def spent_s(self) -> float:
        """Return the seconds that all trials took, those of cut ones included, as far as they were noted."""
        return sum(float(t.user_attrs.get("own_seconds", 0.0)) for t in self._study.trials)

    def begin(self) -> "Running":
        """Begin the next trial: the one that was cut, or a new choice."""
        import optuna

        seed = int(digest_of([self._seed, len(self.settled())])[:8], 16)
        self._study.sampler = optuna.samplers.TPESampler(
            n_startup_trials=self._at_random, seed=seed
        )
        asked = self._study.ask()
        values = {name: _suggested(asked, name, self._space) for name in self._space.fields}
        return Running(self._study, asked, values)

    def _take_up_cut(self) -> None:
        """Close what a killed process left open, and queue its values."""
        from optuna.trial import TrialState

        for trial in self._study.get_trials(states=[TrialState.RUNNING]):
            whole = trial.params.keys() == self._space.fields.keys()
            seconds = trial.user_attrs.get("seconds", 0.0)
            self._study.set_user_attr(_CUT, [*self._cut(), trial.number])
            self._study.tell(trial.number, state=TrialState.FAIL)
            if whole:
                known = {str(step): value for step, value in trial.intermediate_values.items()}
                self._study.enqueue_trial(trial.params, {"known": known, "before_s": seconds})

    def _cut(self) -> list[int]:
        """Return the numbers of trials that a killed process left."""
        numbers: list[int] = self._study.user_attrs.get(_CUT, [])
        return numbers


class Running:
    """A trial that runs: told of each epoch, and how it ended."""

    def __init__(self, study: Any, asked: "Asked", values: Mapping[str, Value]) -> None:
        self._study, self._asked = study, asked
        self.values = dict(values)
        self.objectives: dict[int, float] = {}
        self._before_s = float(asked.user_attrs.get("before_s", 0.0))
        for step, value in sorted(asked.user_attrs.get("known", {}).items(), key=_step):
            self.note(int(step), float(value), 0.0)

    @property
    def folder_name(self) -> str:
        """A name for its scratch folder: equal values, equal name, so that a cut trial finds its checkpoint."""
        return digest_of(self.values)[:16]

    def note(self, epoch: int, objective: float, seconds: float) -> None:
        """Write an epoch down: its objective, and the seconds since the trial was begun here."""
        self.objectives[epoch] = objective
        self._asked.report(objective, epoch)
        self._note_seconds(seconds)

    def is_hopeless(self) -> bool:
        """Tell whether the trials before were better at this epoch."""
        return bool(self._asked.should_prune())

    def end(self, state: State, seconds: float, objective: float | None, reason: str = "") -> None:
        """Write the end down."""
        from optuna.trial import TrialState

        self._note_seconds(seconds)
        self._asked.set_user_attr("reason", reason)
        if state == "completed":
            self._study.tell(self._asked, objective)
        else:
            self._study.tell(
                self._asked, state=TrialState.PRUNED if state == "pruned" else TrialState.FAIL
            )

    def _note_seconds(self, seconds: float) -> None:
        self._asked.set_user_attr("own_seconds", seconds)
        self._asked.set_user_attr("seconds", self._before_s + seconds)


def _suggested(asked: "Asked", name: str, space: SearchSpace) -> Value:
    found = space.fields[name]
    if isinstance(found, Choices):
        chosen: Any = asked.suggest_categorical(name, found.choices)
        value: Value = chosen
        return value
    if found.whole:
        low, high = int(found.low), int(found.high)
        return asked.suggest_int(name, low, high, log=found.logarithmic)
    return asked.suggest_float(name, found.low, found.high, log=found.logarithmic)


def _row(number: int, trial: "FrozenTrial") -> Trial:
    states: dict[str, State] = {"COMPLETE": "completed", "PRUNED": "pruned", "FAIL": "failed"}
    noted = trial.intermediate_values
    last = noted[max(noted)] if noted else None
    state = states[trial.state.name]
    return Trial(
        number=number,
        values=trial.params,
        state=state,
        objective=trial.value if state == "completed" else last,
        epochs_done=max(noted, default=0),
        seconds=float(trial.user_attrs.get("seconds", 0.0)),
        reason=trial.user_attrs.get("reason", ""),
    )


def _step(item: tuple[str, float]) -> int:
    return int(item[0])
