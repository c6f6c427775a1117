"""Do one training job's work on this machine, as SageMaker does on its own, by its own toolkit.

``python -m support.sagemaker_harness FOLDER``: FOLDER holds the CreateTrainingJob request as ``request.json``. Input is
laid out below ``FOLDER/opt/ml``, the toolkit's ``train`` runs, output is uploaded. It leaves ``events.jsonl`` (phases),
``train.log`` (what the job wrote) and ``result.json``. SIGTERM stops the job as StopTrainingJob does; SIGUSR1 takes
the machine away as a spot interruption does at its end; it ends with its owner, whose end of the pipe is its stdin.
Named ``localhost``, since the toolkit waits until the host's name resolves. S3 is where AWS_ENDPOINT_URL_S3 says.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import boto3
from support.sagemaker_s3 import CheckpointSync, download_channel, upload_result
from support.sagemaker_toolkit import CHECKOUT, FRAMEWORK_MODULE, toolkit_program

HOST = "localhost"
STOP_WAIT_S = 30.0  # SageMaker gives 120
_PASSED_ON = ("AWS_", "PATH", "LANG", "LC_", "OMP_", "TMPDIR")


class Harness:
    """One start of a job: its folder is the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.request: dict[str, Any] = json.loads((folder / "request.json").read_text())
        self.name = self.request["TrainingJobName"]
        self.root = folder / "opt" / "ml"
        self.asked: str | None = None  # stop, interrupt
        self.s3 = boto3.client("s3")

    def run(self) -> dict[str, str]:
        """Do the job; return its status, its reason if it failed, and where its result is."""
        self._phase("Downloading")
        try:
            sync = self._lay_out()
        except Exception as problem:  # whatever S3 says is the job's failure
            return {"status": "Failed", "reason": f"ClientError: Data download failed:{problem}"}
        if self.asked:
            return self._cut()
        self._phase("Training")
        code = self._train(sync)
        sync.up()
        if self.asked == "interrupt":
            return self._cut()
        self._phase("Uploading")
        model = self.root / "model"
        found: dict[str, str] = {}
        if any(model.iterdir()):
            output = self.request["OutputDataConfig"]["S3OutputPath"]
            found["model"] = upload_result(self.s3, output, self.name, model, self.folder)
        if self.asked:
            return {**found, **self._cut()}
        if code == 0:
            return {**found, "status": "Completed"}
        return {"status": "Failed", "reason": self._reason(code)}

    def _lay_out(self) -> CheckpointSync:
        for name in ("model", "output/data", "input/config", "code"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        channels = {each["ChannelName"]: each for each in self.request.get("InputDataConfig", ())}
        resources = {
            "current_host": HOST,
            "hosts": [HOST],
            "current_instance_type": self.request["ResourceConfig"]["InstanceType"],
            "current_group_name": "homogeneousCluster",
            "network_interface_name": "lo",
        }
        described = {
            name: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for name in channels
        }
        self._config("hyperparameters", self.request.get("HyperParameters", {}))
        self._config("resourceconfig", resources)
        self._config("inputdataconfig", described)
        for name, channel in channels.items():
            download_channel(self.s3, channel, self.root / "input" / "data" / name)
        checkpoints = self.request["CheckpointConfig"]
        sync = CheckpointSync(self.s3, checkpoints["S3Uri"], self._checkpoints())
        sync.down()
        return sync

    def _train(self, sync: CheckpointSync) -> int:
        command = [str(toolkit_program("train"))]
        with (self.folder / "train.log").open("ab") as log:
            job = subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._watch(job, sync)
        finally:
            _signal_group(job.pid, signal.SIGKILL)  # whatever is left of the container
        return job.wait()

    def _watch(self, job: "subprocess.Popen[bytes]", sync: CheckpointSync) -> None:
        stop_at, sync_at = None, 0.0
        while job.poll() is None:
            now = time.monotonic()
            if self.asked in ("interrupt", "orphaned"):
                return
            if self.asked == "stop" and stop_at is None:
                _signal_group(job.pid, signal.SIGTERM)
                stop_at = now + STOP_WAIT_S
            if stop_at is not None and now > stop_at:
                return
            if now > sync_at:
                sync.up()
                sync_at = time.monotonic() + 0.5
            time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
        env |= {
            name: value if name != "SAFETY_TASKS_WORK_DIR" else str(self.folder / "work")
            for name, value in self.request.get("Environment", {}).items()
        }
        # torchrun is the project's, as all that the container's toolkits do not bring themselves.
        bins = [str(toolkit_program("train").parent), str(CHECKOUT / ".venv" / "bin")]
        return (
            env
            | {
                "PATH": os.pathsep.join([*bins, env.get("PATH", "")]),
                "HOME": str(self.folder),
                "PYTHONUNBUFFERED": "1",  # as AWS's images have it: a line is in the log when it is written
                "SAGEMAKER_TRAINING_MODULE": FRAMEWORK_MODULE,
                # What the job installs stays in its container.
                "PIP_TARGET": str(self.folder / "installed"),
                "PYTHONPATH": str(self.folder / "installed"),
                "SAGEMAKER_BASE_DIR": str(self.root),
                "SM_CHECKPOINT_DIR": str(self._checkpoints()),
                "TRAINING_JOB_NAME": self.name,
            }
        )

    def _checkpoints(self) -> Path:
        """Return where the container's folder of checkpoints is on this machine."""
        inside = self.request["CheckpointConfig"].get("LocalPath", "/opt/ml/checkpoints")
        return self.root / Path(inside).relative_to("/opt/ml")

    def _config(self, name: str, content: object) -> None:
        path = self.root / "input" / "config" / f"{name}.json"
        path.write_text(json.dumps(content))

    def _phase(self, name: str) -> None:
        with (self.folder / "events.jsonl").open("a") as stream:
            stream.write(json.dumps({"status": name, "at": time.time()}) + "\n")

    def _cut(self) -> dict[str, str]:
        return {"status": "Interrupted" if self.asked == "interrupt" else "Stopped"}

    def _reason(self, code: int) -> str:
        path = self.root / "output" / "failure"
        said = path.read_text(errors="replace") if path.is_file() else ""
        return f"AlgorithmError: {said[:960]}, exit code: {code if code > 0 else 128 - code}"


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def main() -> None:
    """Run the job that a folder asks for."""
    harness = Harness(Path(sys.argv[1]))

    def ask(word: str) -> None:
        harness.asked = harness.asked or word

    signal.signal(signal.SIGTERM, lambda *_: ask("stop"))
    signal.signal(signal.SIGUSR1, lambda *_: ask("interrupt"))

    def outlive_nobody() -> None:
        sys.stdin.buffer.read()
        ask("orphaned")

    threading.Thread(target=outlive_nobody, daemon=True).start()
    (harness.folder / "ready").touch()
    result = harness.run()
    scratch = harness.folder / "result.json.part"
    scratch.write_text(json.dumps(result))
    scratch.replace(harness.folder / "result.json")
    sys.stdout.flush()
    os._exit(0)  # the thread that reads the pipe would hold the interpreter


if __name__ == "__main__":
    main()
