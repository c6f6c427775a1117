"""Keep secrets out of what is shown and stored.

Rule: what looks like a key, a signature, a token or a password goes, and so do the values that this process itself
signs with; the text around it stays.
"""

import os
import re
from typing import Final

_SECRETS: Final = (
    (re.compile(r"\b(A[KS]IA)[A-Z0-9]{12,}\b"), r"\1…"),
    (
        re.compile(r"(?i)((?:X-Amz-(?:Signature|Security-Token|Credential)|Signature)=)[^&\s'\"]+"),
        r"\1…",
    ),
    (
        re.compile(r"(?i)((?:secret|password|token)[a-z_]*['\"]?\s*[=:]\s*['\"]?)[^\s'\",&]+"),
        r"\1…",
    ),
    (re.compile(r"(://)[^/@\s]+@"), r"\1…@"),
)
_SECRET_VARIABLES: Final = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_MIN_SECRET: Final = 12  # a shorter value is a placeholder, and would be found in innocent words


def without_secrets(text: str) -> str:
    """Return a text without keys, signatures, tokens and the values of this process's own credentials."""
    for name in _SECRET_VARIABLES:
        value = os.environ.get(name, "")
        if len(value) >= _MIN_SECRET:
            text = text.replace(value, "…")
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
