"""Student's t against scipy, which is here for tests only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from safety_tasks.scoring.student_t import t_quantile


@given(st.floats(1, 3000))
def test_as_scipy_has_it(df: float) -> None:
    """Any degrees of freedom, whole or not, give the quantile to nine digits."""
    assert t_quantile(df) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-9)


@pytest.mark.parametrize(
    ("df", "table"), [(1, 12.706), (2, 4.303), (4, 2.776), (10, 2.228), (30, 2.042), (1e6, 1.960)]
)
def test_as_printed_tables_have_it(df: float, table: float) -> None:
    """The values that every textbook prints."""
    assert t_quantile(df) == pytest.approx(table, abs=5e-4)


def test_under_one_counts_as_one() -> None:
    """One scene that outweighs all others is as little as two scenes."""
    assert t_quantile(0.3) == t_quantile(1)
