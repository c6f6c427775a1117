"""A SageMaker API on the loopback whose training jobs really run: moto's server, with the work behind it.

``SageMakerServer(folder, s3_url)`` after ``start()``:
    url                      the endpoint of the services sagemaker and logs; S3 is elsewhere
    created[name]            how many CreateTrainingJob were accepted under a name (a Counter)
    refused[name]            how many were refused because the name was taken
    job(name)                the job: ``.request`` as sent, ``.status``, ``.starts``, ``.lines``, ``.transitions``
    interrupt(name, after_epoch=None)
                             take the machine away, now or as soon as that epoch's line is in the log; may be asked for
                             before the job exists; the job starts again from its checkpoints, as managed spot does
    fail_next(operation, code, message)
                             the next call of an operation (``CreateTrainingJob``) is refused so, and nothing is done
    wait(name, timeout_s)    wait until a job has ended; return its DescribeTrainingJob
    tunings.jobs[name]       a tuning job: ``.trials``, ``.status``, ``.trial_name(number)``; its trials are jobs, too
    client(service)          a boto3 client
    stop()                   end all

A job is the very request, laid out and run by ``sagemaker_harness`` in a process of its own. DescribeTrainingJob gives
the request back with the job's states; StopTrainingJob stops the process; CloudWatch Logs has
``/aws/sagemaker/TrainingJobs`` with the stream ``<job>/algo-1-…`` of each start. Fixture: ``sagemaker_fixtures``.
"""

import http.client
import os
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from support.sagemaker_front import Refusal, handler_of
from support.sagemaker_jobs import ENDED, TrainingJob
from support.sagemaker_tuning import ACCOUNT, TuningJobs

from safety_tasks.demo.services import Service, answers, free_port

GROUP = "/aws/sagemaker/TrainingJobs"
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_NAME = re.compile(r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")


class SageMakerServer:
    """The server; see the module's head."""

    def __init__(self, folder: Path, s3_url: str) -> None:
        self.folder = folder
        self.created: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._jobs: dict[str, TrainingJob] = {}
        self._waiting: dict[str, list[int]] = defaultdict(list)
        self._faults: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._lock = threading.Lock()
        self.tunings = TuningJobs(self._start)
        self._port = free_port()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        self.job_env = inherited | KEYS | {"AWS_ENDPOINT_URL_S3": s3_url}
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)]
        self._moto = Service("moto", command, folder / "moto.log", inherited | KEYS)
        self._front = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.url = f"http://127.0.0.1:{self._front.server_address[1]}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._moto.start()
        self._moto.wait_until(lambda: answers(self._port), 60.0)
        threading.Thread(target=self._front.serve_forever, daemon=True).start()
        self.client("logs").create_log_group(logGroupName=GROUP)

    def stop(self) -> None:
        """End the jobs and the server."""
        self.tunings.stop()
        for job in list(self._jobs.values()):
            job.kill()
        self._front.shutdown()
        self._front.server_close()
        self._moto.stop()

    def client(self, service: str) -> Any:
        """Make a client of this server."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=30),
        )

    def job(self, name: str) -> TrainingJob:
        """Return a job."""
        return self._jobs[name]

    def interrupt(self, name: str, after_epoch: int | None = None) -> None:
        """Take a job's machine away, now or after an epoch."""
        if after_epoch is None:
            self._jobs[name].interrupt()
        else:
            self._waiting[name].append(after_epoch)

    def fail_next(self, operation: str, code: str, message: str) -> None:
        """Refuse the next call of an operation."""
        self._faults[operation].append((code, message))

    def wait(self, name: str, timeout_s: float = 300.0) -> dict[str, Any]:
        """Wait until a job has ended; return its description."""
        deadline = time.monotonic() + timeout_s
        while self._jobs[name].status not in ENDED:
            assert time.monotonic() < deadline, f"expected the end of {name}; {self.tail(name)}"
            time.sleep(0.2)
        found: dict[str, Any] = self.client("sagemaker").describe_training_job(TrainingJobName=name)
        return found

    def tail(self, name: str) -> str:
        """Return the last lines of a job, for messages."""
        return "\n".join(self._jobs[name].lines[-30:])

    def answer(
        self, operation: str, request: dict[str, Any], forward: Any
    ) -> dict[str, Any] | None:
        """Answer an operation of SageMaker, or None to let moto do it; ``forward()`` is moto's answer."""
        if self._faults[operation]:
            raise Refusal(*self._faults[operation].pop(0))
        if operation == "CreateTrainingJob":
            return self._create(request, forward)
        if "HyperParameterTuningJob" in operation:
            told = self.tunings.answer(operation, request)
            if isinstance(told, tuple):
                raise Refusal(*told)
            return told
        if operation == "ListTrainingJobs":
            listed: dict[str, Any] = forward()
            for each in listed["TrainingJobSummaries"]:
                each["TrainingJobStatus"] = self._jobs[each["TrainingJobName"]].status
            return listed
        if operation not in ("DescribeTrainingJob", "StopTrainingJob"):
            return None
        job = self._jobs.get(request["TrainingJobName"])
        if job is None:
            raise Refusal("ValidationException", "Requested resource not found.")
        if operation == "StopTrainingJob":
            if job.status in ENDED:
                text = (
                    f"The request was rejected because the training job is in status {job.status}."
                )
                raise Refusal("ValidationException", text)
            job.stop()
            return {}
        given = {name: value for name, value in job.request.items() if name != "Tags"}
        # A trial was asked for by its search alone: moto does not know it.
        known = forward() if job.name in self.created else {}
        arn = {"TrainingJobArn": f"{ACCOUNT}:training-job/{job.name}"}
        return {**arn, **known, "ModelArtifacts": {}, **given, **job.description()}

    def _create(self, request: dict[str, Any], forward: Any) -> dict[str, Any]:
        name = request["TrainingJobName"]
        if _NAME.match(name) is None:
            raise Refusal("ValidationException", f"Value '{name}' at 'trainingJobName' is wrong")
        with self._lock:
            if name in self._jobs:
                self.refused[name] += 1
                text = "Training job names must be unique within an AWS account and region, but a training job "
                raise Refusal("ResourceInUse", f"{text}with this name already exists ({name})")
            made: dict[str, Any] = forward()
            self.created[name] += 1
            self._start(request)
        return made

    def _start(self, request: dict[str, Any]) -> TrainingJob:
        name = request["TrainingJobName"]
        job = TrainingJob(request, self.folder / name, self.job_env, self._put_lines)
        job.interrupt_after = self._waiting[name]
        self._jobs[name] = job
        job.start()
        return job

    def _put_lines(self, stream: str, lines: list[str]) -> None:
        logs = self.client("logs")
        found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=stream)
        if not found["logStreams"]:
            logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines]
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask moto."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers)
            reply = connection.getresponse()
            return reply.status, reply.getheaders(), reply.read()
        finally:
            connection.close()
