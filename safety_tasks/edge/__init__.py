"""Edge: pull, prove, install, self-test and activate a release; detect with it."""

from safety_tasks.edge.agent import poll_once, run_agent
from safety_tasks.edge.slots import DeviceFolder

__all__ = ["DeviceFolder", "poll_once", "run_agent"]
