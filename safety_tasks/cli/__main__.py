"""``python -m safety_tasks.cli`` is ``safety-tasks``."""

from safety_tasks.cli.main import main

main()
