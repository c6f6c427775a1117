"""Commands that are typed in tests measure for a moment, not for a minute."""

import pytest
from support.short_measurements import measure_shortly


@pytest.fixture(autouse=True)
def short_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure shortly in every test of a command."""
    measure_shortly(monkeypatch)
