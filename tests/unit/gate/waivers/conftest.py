"""An approver, and somebody who is none."""

import pytest
from support.signed_waivers import Signer, signer

from safety_tasks.records.waiver import Approver


@pytest.fixture(scope="module")
def kim(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """Give an approver."""
    return signer(tmp_path_factory.mktemp("kim"), "kim")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """Give somebody with a key that is no approver's."""
    return signer(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture
def approvers(kim: Signer) -> tuple[Approver, ...]:
    """Give who may approve: kim alone."""
    return (kim.approver,)
