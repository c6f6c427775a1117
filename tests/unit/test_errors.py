"""The error tree in the docstring is the tree of the classes, line by line."""

import inspect
import re

from safety_tasks import errors

LINE = re.compile(r"^(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: +(?P<meaning>\S.*))?$")


def drawn() -> dict[str, tuple[str | None, str]]:
    """Return the parent and meaning of each error in the docstring's drawing."""
    tree: dict[str, tuple[str | None, str]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines()[2:]:
        if not line:
            continue
        found = LINE.match(line)
        assert found, line
        depth = len(found["indent"]) // 4
        path[depth:] = [found["name"]]
        tree[found["name"]] = (path[depth - 1] if depth else None, found["meaning"] or "")
    return tree


def coded() -> dict[str, type]:
    """Return the module's classes."""
    return dict(inspect.getmembers(errors, inspect.isclass))


def test_the_drawing_is_the_tree() -> None:
    """Every class is drawn once, below the class that it inherits from, and nothing else is drawn."""
    parents = {name: cls.__bases__[0].__name__ for name, cls in coded().items()}
    parents["SafetyTasksError"] = ""
    assert {name: parent or "" for name, (parent, _) in drawn().items()} == parents
    assert errors.SafetyTasksError.__bases__ == (Exception,)


def test_the_drawing_says_what_the_classes_say() -> None:
    """What the drawing says of an error and what its docstring says share their words."""
    for name, (parent, meaning) in drawn().items():
        if parent is not None:
            words = set(re.findall(r"\w+", meaning.lower()))
            said = set(re.findall(r"\w+", (coded()[name].__doc__ or "").lower()))
            assert words - said <= {"a"}, name


def test_each_error_has_one_parent() -> None:
    """No error is two kinds at once: a handler's order never decides what it catches."""
    assert all(len(cls.__bases__) == 1 for cls in coded().values())
