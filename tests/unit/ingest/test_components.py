"""Groups are what joining makes of single items, in any order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety_tasks.ingest.components import Components


@pytest.mark.parametrize(
    ("size", "joins", "roots"),
    [
        (0, [], []),
        (3, [], [0, 1, 2]),
        (3, [(2, 1)], [0, 1, 1]),
        (3, [(2, 2)], [0, 1, 2]),
        (4, [(2, 3), (3, 0)], [0, 1, 0, 0]),
        (5, [(4, 3), (2, 1), (3, 2)], [0, 1, 1, 1, 1]),
    ],
)
def test_roots_are_the_smallest(size: int, joins: list[tuple[int, int]], roots: list[int]) -> None:
    """Each item's root is the smallest of its group."""
    components = Components(size)
    for pair in joins:
        components.join(*pair)
    assert len(components) == size
    assert components.roots().tolist() == roots
    assert [components.root(item) for item in range(size)] == roots


def test_a_join_says_whether_it_joined() -> None:
    """Only the first join of two groups changes anything."""
    components = Components(3)
    assert components.join(0, 2)
    assert not components.join(2, 0)
    assert components.join(1, 2)
    assert not components.join(0, 1)


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=40))
def test_order_does_not_matter(joins: list[tuple[int, int]]) -> None:
    """The same joins in another order, and turned, give the same roots."""
    one, other = Components(20), Components(20)
    for first, second in joins:
        one.join(first, second)
    for first, second in sorted(joins, key=lambda pair: hash((pair, 7))):
        other.join(second, first)
    assert one.roots().tolist() == other.roots().tolist()
