"""What is generated from ``config/classes.txt`` agrees with it: data.yaml, the docs, a floor in every profile."""

from pathlib import Path

import yaml

from safety_tasks.cli.class_files import data_yaml_text, guide_of, with_table
from safety_tasks.config import load_classes
from safety_tasks.profiles import list_profiles, load_profile

CONFIG = Path(__file__).resolve().parents[2] / "config"


def test_data_yaml_names_the_classes() -> None:
    """The file for labelling tools is what ``classes add`` would write, and reads as the same names."""
    text = (CONFIG / "data.yaml").read_text(encoding="utf-8")
    assert text == data_yaml_text(load_classes(CONFIG))
    assert "Generated from classes.txt" in text.splitlines()[0]
    assert yaml.safe_load(text) == {"names": dict(enumerate(load_classes(CONFIG)))}


def test_the_docs_list_the_classes() -> None:
    """The table of the guide is the one that ``classes add`` would write."""
    text = guide_of(CONFIG).read_text(encoding="utf-8")
    assert with_table(text, load_classes(CONFIG), where="guide") == text


def test_every_profile_has_a_floor_for_every_class() -> None:
    """No hazard fails for want of a floor, and no floor is for a hazard that is none."""
    for name in list_profiles(CONFIG):
        profile = load_profile(name, CONFIG)
        assert set(profile.ap50_floors) == set(load_classes(CONFIG)) == set(profile.recall_floors)
