"""``python -m safety_tasks.demo run|up|down``: the rehearsal and the embedded stack."""

from safety_tasks.demo.commands import main

main()
