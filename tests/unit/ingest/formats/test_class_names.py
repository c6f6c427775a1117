"""Delivered classes count by name or by alias, and by nothing that merely looks alike."""

import pytest

from safety_tasks.errors import BatchError
from safety_tasks.ingest.formats.class_names import ClassNames

CLASSES = ("smoke", "fire", "person_down")


def names(**aliases: str) -> ClassNames:
    """Return our classes with aliases."""
    return ClassNames(CLASSES, aliases, what="batch.json")


@pytest.mark.parametrize(
    ("delivered", "class_id"),
    [
        ("", None),
        ("smoke", 0),
        ("fire", 1),
        (" fire\t", 1),
        ("Fire", None),
        ("person down", None),
        ("flame", 1),
        (" flame ", 1),
        ("Flame", None),
        ("0", None),
        ("ﬁre", None),
    ],
)
def test_what_a_name_means(delivered: str, class_id: int | None) -> None:
    """Our own name or an alias, without blanks around it; other case and look-alikes are unknown."""
    assert names(flame="fire").id_of(delivered) == class_id


@pytest.mark.parametrize(
    ("delivered", "line"),
    [
        ("Fire", '{"Fire": "fire"}'),
        ("person-down", '{"person-down": "person_down"}'),
        ("Person Down", '{"Person Down": "person_down"}'),
        ("PERSONDOWN", '{"PERSONDOWN": "person_down"}'),
        ("car", None),
        ("", None),
        ("__", None),
    ],
)
def test_the_line_to_add(delivered: str, line: str | None) -> None:
    """A name that is nearly ours comes with the alias to write; any other only with the classes there are."""
    said = names().unknown(delivered)
    assert said.startswith("expected one of smoke, fire, person_down, found ")
    assert (f'"class_aliases": {line}' in said) is (line is not None)
    assert ("class_aliases" in said) is (line is not None)


@pytest.mark.parametrize(
    ("aliases", "message"),
    [
        ({"flame": "flames"}, "that lead to smoke, fire, person_down, found 'flames' for 'flame'"),
        ({"flame": ""}, "found '' for 'flame'"),
        ({"fire": "smoke"}, "to leave 'fire' what it is, 'fire', found 'smoke'"),
        ({"flame": "fire", " flame": "smoke"}, "to leave 'flame' what it is, 'fire'"),
    ],
)
def test_aliases_that_mislead(aliases: dict[str, str], message: str) -> None:
    """An alias to no class of ours, of one of ours, or to two of ours refuses the batch."""
    with pytest.raises(BatchError) as caught:
        ClassNames(CLASSES, aliases, what="batch.json")
    assert message in str(caught.value)


def test_an_alias_that_says_nothing_new() -> None:
    """Our own name as its own alias, or an alias twice with the same meaning, is harmless."""
    found = ClassNames(CLASSES, {"fire": "fire", "flame": "fire", " flame": "fire"}, what="")
    assert (found.id_of("fire"), found.id_of("flame")) == (1, 1)


@pytest.mark.parametrize(
    ("delivered", "message"),
    [
        ([], "found none. Correct them"),
        (["car", "tree"], "found car, tree. Correct them"),
        (["car", "Fire"], 'found car, Fire. If it is meant, add to batch.json: "class_aliases"'),
        (["\ud800"], "found '\\ud800'"),
    ],
)
def test_no_class_of_ours(delivered: list[str], message: str) -> None:
    """Names of which none is ours refuse the batch; what is shown of them can always be written."""
    with pytest.raises(BatchError) as caught:
        names().require_some(delivered, what="incoming/b/")
    assert message in str(caught.value)
    str(caught.value).encode()


def test_one_class_of_ours_is_enough() -> None:
    """Other classes beside ours are allowed."""
    names(flame="fire").require_some(["car", "flame"], what="")
