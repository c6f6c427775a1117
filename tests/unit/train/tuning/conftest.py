"""A drawn dataset, and a scripted training in the place of the real one."""

import pytest
from support.scripted_training import ScriptedTraining
from support.toy_runs import toy_dataset

from safety_tasks.records.dataset import DatasetVersion
from safety_tasks.store.local import LocalStore
from safety_tasks.train.tuning import local


@pytest.fixture
def version(local_store: LocalStore) -> DatasetVersion:
    """Ingest the drawn dataset."""
    return toy_dataset(local_store)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> ScriptedTraining:
    """Put a scripted training, whose mAP rises with each trial and epoch, in the place of the real one."""
    scripted = ScriptedTraining(lambda call, epoch: 0.1 * call + 0.01 * epoch)
    monkeypatch.setattr(local, "fit_detector", scripted)
    return scripted
