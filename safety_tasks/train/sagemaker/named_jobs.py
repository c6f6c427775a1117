"""Jobs that are found by their names, of whatever kind: started once, found again, stopped.

Rules: a name is used once, so who asks again, after a cut, a race or a lost reply, finds the job that is there; what
the service answers is told in the error tree's words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from safety_tasks.cloud.problems import cloud_errors
from safety_tasks.errors import CloudError, JobFailed


class JobLike(Protocol):
    """What is common to the states of jobs."""

    @property
    def status(self) -> str:
        """The service's word: InProgress, Stopping, Completed, Failed or Stopped."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen, and nothing more is paid."""


State = TypeVar("State", bound=JobLike)
Reply = Mapping[str, Any]


@dataclass(frozen=True)
class NamedJobs(Generic[State]):
    """One kind of job, and how the service is asked for it.

    Args:
        kind: its name, for messages.
        starting, stopping, looking: what is done, before the name, for messages.
        ask: describes a job: (client, name).
        create: starts one: (client, arguments).
        end: stops one: (client, name).
        is_absent: tells from the service's error whether there is no such job.
        state_of: reads a description.
    """

    kind: str
    starting: str
    stopping: str
    looking: str
    ask: Callable[[Any, str], dict[str, Any]]
    create: Callable[[Any, Reply], object]
    end: Callable[[Any, str], object]
    is_absent: Callable[[Reply], bool]
    state_of: Callable[[Reply], State]

    def start_once(self, client: Any, name: str, request: Reply) -> dict[str, Any]:
        """Start a job, or take up the one that has its name; return its description.

        Raises:
            CloudError: the service refused, or did not answer.
        """
        found = self._look_up(client, name)
        if found is None:
            with cloud_errors(f"{self.starting} {name}", _region(client)):
                try:
                    self.create(client, request)
                except (BotoCoreError, ClientError):
                    # Raced by another process, or the reply was lost after the job had been made: then it is there.
                    found = self._look_up(client, name)
                    if found is None:
                        raise
            found = found or self._look_up(client, name)
        if found is None:
            raise CloudError(
                f"{self.kind} {name}: expected to find it after its start, found none. "
                "Try again: it is taken up, not started twice."
            )
        return found

    def find(self, client: Any, name: str) -> State | None:
        """Return a job's state, or None if there never was one of that name.

        Raises:
            CloudError: the service refused, or did not answer.
        """
        found = self._look_up(client, name)
        return None if found is None else self.state_of(found)

    def describe(self, client: Any, name: str) -> State:
        """Return a job's state.

        Raises:
            JobFailed: there is no such job.
            CloudError: the service refused, or did not answer.
        """
        found = self.find(client, name)
        if found is None:
            raise JobFailed(
                f"{self.kind} {name}: expected a job, found none in this account and region. "
                "Check the connection's account and region."
            )
        return found

    def stop(self, client: Any, name: str) -> None:
        """Stop a job; one that has ended, is stopping or never was is left as it is.

        Raises:
            CloudError: the service refused, or did not answer: the job may go on and be billed.
        """
        found = self.find(client, name)
        if found is None or found.ended or found.status == "Stopping":
            return
        with cloud_errors(f"{self.stopping} {name}", _region(client)):
            try:
                self.end(client, name)
            except (BotoCoreError, ClientError):
                now = self.find(client, name)  # it may have ended in this moment
                if now is None or now.status == "InProgress":
                    raise

    def _look_up(self, client: Any, name: str) -> dict[str, Any] | None:
        with cloud_errors(f"{self.looking} {name}", _region(client)):
            try:
                return self.ask(client, name)
            except ClientError as problem:
                if self.is_absent(problem.response["Error"]):
                    return None
                raise


def _region(client: Any) -> str:
    return str(client.meta.region_name)
