"""Why a video or stream gives no picture, as far as the video library says so.

Rule: the library's own lines hold addresses and passwords, so that only which of these reasons they name is kept of
them.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reason:
    """What was found, and what to do about it."""

    says: re.Pattern[str]
    found: str
    do: str


_ADDRESS: Final = "Check host, port and path of the address."
REASONS: Final = {
    "refused": Reason(
        re.compile(r"Connection refused"),
        "nobody that listens there",
        f"See that the camera is on. {_ADDRESS}",
    ),
    "unreachable": Reason(
        re.compile(r"No route to host|Network is unreachable|Host is down"),
        "no way to that host",
        f"See that the camera is on and in this network. {_ADDRESS}",
    ),
    "unknown_host": Reason(
        re.compile(r"Failed to resolve hostname|Name or service not known"),
        "a host name that nobody knows",
        "Check the host's name, or use its number.",
    ),
    "login": Reason(
        re.compile(r"\b(401|403)\b|Unauthorized|Forbidden"),
        "a camera that wants another name or password",
        "Give them in the address, rtsp://NAME:PASSWORD@HOST/…, signs such as @ and / as %40 and %2F.",
    ),
    "not_there": Reason(
        re.compile(r"\b404\b|Not Found"), "a camera without this path", f"{_ADDRESS}"
    ),
    "server": Reason(
        re.compile(r"\b(400|4\d\d|5\d\d)\b (?=[A-Z])"),
        "a camera that answers with an error",
        f"{_ADDRESS} Start the camera again.",
    ),
    "tls": Reason(
        re.compile(r"(?i)\btls\b|\bssl\b|certificate"),
        "no secure connection",
        "See whether the camera speaks http rather than https.",
    ),
    "not_allowed": Reason(
        re.compile(r"not on whitelist|not in whitelist"),
        "something that leads to files or to other protocols",
        "Name a stream that holds its own pictures.",
    ),
    "no_video": Reason(
        re.compile(r"Invalid data found|moov atom not found|could not find codec|EBML header"),
        "data that are no video",
        "Play it elsewhere to see what it is.",
    ),
}


def reason_in(lines: str) -> str:
    """Return the name of the first reason that the library's lines name, or an empty text."""
    return next((name for name, reason in REASONS.items() if reason.says.search(lines)), "")
