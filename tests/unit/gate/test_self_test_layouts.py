"""Whatever the holdout's pictures label, a sound gate does not call itself broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.judged import PASS, THIN
from support.made_material import made_candidate
from support.pushed import push_all, through

from safety_tasks.gate.self_test import self_test_result


def test_where_nothing_is_labelled() -> None:
    """The gate cannot show that it would refuse a blind model, and says so."""
    found = tuple(push_all(made_candidate(((),))).values())
    (unknown,) = [bad for bad in found if bad.skipped]
    assert (unknown.name, unknown.must_be_refused_by, unknown.refused) == (
        "all-silent",
        "ap50",
        False,
    )
    assert unknown.skipped == "the holdout labels no hazard, so nothing can be made worse"
    assert found[-1] == unknown
    check = self_test_result(found)
    assert check.verdict is THIN
    assert "labels no hazard" in check.reason


@pytest.mark.parametrize(
    "labels",
    [
        ((0,), (1,), (2,), ()),
        ((0, 1, 2), (2, 0)),
        ((0, 0, 0, 1, 1, 1, 2, 2, 2), ()),
    ],
    ids=["one hazard a picture", "no background", "labels side by side"],
)
def test_a_sound_gate_is_not_broken_by_what_the_holdout_holds(
    labels: tuple[tuple[int, ...], ...],
) -> None:
    """Whatever pictures there are, a bad candidate that is made of them is bad, or is not made."""
    assert through(made_candidate(labels)) == set()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 2), max_size=4).map(tuple), min_size=1, max_size=4, unique=True
    ).filter(any)
)
def test_no_layout_of_labels_makes_a_sound_gate_broken(labels: list[tuple[int, ...]]) -> None:
    """Any pictures of a scene, as long as one labels something: every bad candidate is refused, or is not made."""
    assert through(made_candidate(labels)) == set()


def test_what_cannot_be_made_bad_is_skipped_with_its_reason() -> None:
    """It counts neither as refused nor as let through."""
    found = push_all(made_candidate(((0, 1, 2), (2, 0))))
    assert {name for name, bad in found.items() if bad.skipped} == {"all-alarm"}
    assert "no picture without a hazard" in found["all-alarm"].skipped
    assert self_test_result(tuple(found.values())).verdict is PASS
