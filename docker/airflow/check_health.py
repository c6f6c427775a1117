"""Tell a container's health check whether a part of Airflow is alive; exit status 0 means healthy.

Rule: no answer, an unknown part and anything but "healthy" count as unhealthy.
"""

import json
import os
import sys
import urllib.request
from typing import Any

HEALTH_URL = "http://airflow-api-server:8080/api/v2/monitor/health"
TIMEOUT_S = 5.0
PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


def is_healthy(report: dict[str, Any], part: str) -> bool:
    """Read one part's status out of Airflow's own report."""
    found = report.get(part)
    return part in PARTS and isinstance(found, dict) and found.get("status") == "healthy"


def main(arguments: list[str]) -> int:
    """Ask the API server about the named part."""
    if len(arguments) != 1 or arguments[0] not in PARTS:
        print(f"expected one of {', '.join(PARTS)}, found {arguments}", file=sys.stderr)
        return 2
    url = os.environ.get("HEALTH_URL", HEALTH_URL)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as reply:  # noqa: S310  our own server
            report = json.load(reply)
    except (OSError, ValueError) as problem:
        print(f"{url}: {problem}", file=sys.stderr)
        return 1
    return 0 if isinstance(report, dict) and is_healthy(report, arguments[0]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
