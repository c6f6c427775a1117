"""Write the users' passwords where Airflow's simple auth manager reads them, then become the API server.

Rules: a user without a password is refused, so that Airflow never makes one up and prints it to the log; the file
lies in memory, is readable by its owner only, and is written anew at each start.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

USERS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"
PASSWORDS_FILE = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
SERVER = ["airflow", "api-server", "--port", "8080"]


def passwords(env: Mapping[str, str]) -> dict[str, str]:
    """Return each configured user's password, from ``AIRFLOW_<USER>_PASSWORD``.

    Raises:
        SystemExit: a user has no password; the message names the variable.
    """
    found = {}
    for entry in env[USERS].split(","):
        user = entry.split(":")[0].strip()
        name = f"AIRFLOW_{user.upper()}_PASSWORD"
        if not env.get(name):
            raise SystemExit(f"{name}: expected a password for the user {user!r}, found none.")
        found[user] = env[name]
    return found


def write_passwords(env: Mapping[str, str]) -> Path:
    """Write the file that Airflow reads, for its owner only."""
    target = Path(env[PASSWORDS_FILE])
    target.unlink(missing_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(passwords(env), file)
    return target


if __name__ == "__main__":
    write_passwords(os.environ)
    sys.stdout.flush()
    os.execvp(SERVER[0], SERVER)  # noqa: S606  no shell is the point
