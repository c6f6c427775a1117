"""Release: publish what passed the gate to a channel."""

from safety_tasks.release.publish import publish_release

__all__ = ["publish_release"]
