"""What a rehearsal delivers, and what it asks for, is checked before anything starts."""

from pathlib import Path

import pytest

from safety_tasks.demo.material import Options
from safety_tasks.errors import ConfigError


def _folder(tmp_path: Path, pictures: int) -> Path:
    (tmp_path / "data" / "images").mkdir(parents=True)
    for number in range(pictures):
        (tmp_path / "data" / "images" / f"{number}.jpg").write_bytes(b"")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("pictures", "broken", "recipe"),
    [
        (None, "", "demo"),
        (None, "undertrained", "undertrained"),
        (3, "", "mini"),
        (501, "", "real"),
        (3, "undertrained", "undertrained"),
    ],
)
def test_the_recipe_fits_the_data(
    tmp_path: Path, pictures: int | None, broken: str, recipe: str
) -> None:
    """Synthetic scenes, small sets, large sets and a broken model each have their recipe."""
    data = None if pictures is None else _folder(tmp_path, pictures)
    assert Options(data=data, broken=broken).recipe() == recipe


def test_real_pictures_are_judged_as_for_a_plant(tmp_path: Path) -> None:
    """Without a profile, synthetic pictures meet the demo profile and real ones the plant's."""
    assert Options().gate_profile == "demo"
    assert Options(data=tmp_path).gate_profile == "plant"
    assert Options(data=tmp_path, profile="rehearsal").gate_profile == "rehearsal"


def test_missing_paths_are_refused(tmp_path: Path) -> None:
    """A folder or weights file that is not there is named."""
    Options(data=tmp_path).check()
    with pytest.raises(ConfigError, match="DATA: expected a YOLO folder"):
        Options(data=tmp_path / "none").check()
    with pytest.raises(ConfigError, match="BREAK: expected undertrained, found 'glass'"):
        Options(broken="glass").check()
    with pytest.raises(ConfigError, match="expected a profile of"):
        Options(profile="none").check()
    with pytest.raises(ConfigError, match=r"WEIGHTS: expected a \.pt file"):
        Options(weights=tmp_path / "none.pt").check()
