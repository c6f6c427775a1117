"""Run ``airflow standalone`` on the loopback only.

Rule: nothing listens beyond this machine. Airflow's log servers bind every interface and cannot be told otherwise; on
one machine the UI reads log files directly, so they are left out.
"""

from typing import Any

from airflow.cli.commands import standalone_command

_SERVES_LOGS = ("scheduler", "triggerer")


class LoopbackSubCommand(standalone_command.SubCommand):
    """A component of standalone without its log server."""

    def __init__(self, parent: Any, name: str, command: list[str], env: dict[str, str]) -> None:
        if command[0] in _SERVES_LOGS:
            command = [*command, "--skip-serve-logs"]
        super().__init__(parent, name=name, command=command, env=env)


def main() -> None:
    """Run until told to stop."""
    standalone_command.SubCommand = LoopbackSubCommand  # type: ignore[misc]
    standalone_command.StandaloneCommand().run()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
