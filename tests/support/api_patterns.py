"""What AWS's own description of an API says beyond what the SDK checks: patterns, enumerations, lengths."""

import re
from typing import Any


def broken_patterns(value: Any, shape: Any, path: str = "") -> list[str]:
    """Return where a value breaks a pattern of the API, which the SDK leaves to the service to find."""
    if shape.type_name == "structure":
        return [
            each
            for name, inner in value.items()
            for each in broken_patterns(inner, shape.members[name], f"{path}.{name}")
        ]
    if shape.type_name == "list":
        return [each for inner in value for each in broken_patterns(inner, shape.member, path)]
    if shape.type_name == "map":
        return [
            each
            for name, inner in value.items()
            for each in broken_patterns(name, shape.key, f"{path} key")
            + broken_patterns(inner, shape.value, f"{path}.{name}")
        ]
    if (allowed := getattr(shape, "enum", [])) and value not in allowed:
        return [f"{path}: {value!r} is none of {allowed}"]
    pattern = shape.metadata.get("pattern", "")
    pattern = pattern.replace(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]", r"[\w .:/=+\-@]")
    if pattern and re.fullmatch(pattern, value, re.DOTALL) is None:
        return [f"{path}: {value!r} is not {pattern}"]
    if "max" in shape.metadata and isinstance(value, str) and len(value) > shape.metadata["max"]:
        return [f"{path}: longer than {shape.metadata['max']}"]
    return []
