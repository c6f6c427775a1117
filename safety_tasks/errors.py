"""The error tree. Every message says what was expected, what was found and what to do.

SafetyTasksError
├── ConfigError              a setting, recipe or gate profile is wrong
├── ClassMapError            two sides disagree on which number means which hazard
├── StoreError               an object store failed
│   ├── ObjectNotFound       the object is not there
│   ├── PreconditionFailed   somebody else wrote first (a compare-and-swap was lost)
│   └── StoreUnsafe          the store does not keep a promise the system relies on
├── BatchError               a delivery cannot be ingested as a whole
├── DatasetError             a dataset version is missing, altered or unfit
│   └── ValidationFailed     an expectation over the dataset did not hold
├── WorkerError              a child process that must do part of the work did not start
├── TrainingError            training could not start or gave no model
├── ArtifactError            a model file is broken, forged or not allowed
│   └── ParityError          two artifacts that must agree do not
├── BenchmarkError           a measurement could not be made
├── GateRefused              the gate's verdict is not PASS
├── ReleaseError             a release could not be published
│   └── UnsignedRefused      an unsigned release would have left the loopback
├── EdgeError                the device could not pull, prove or activate a release
│   └── BundleRejected       a release bundle does not prove what it claims
└── StackError               the embedded stack did not start, or ended by itself
    └── AirflowError         Airflow refused a request or did not answer
"""


class SafetyTasksError(Exception):
    """Base of everything this project raises on purpose."""


class ConfigError(SafetyTasksError):
    """A setting, recipe or gate profile is wrong."""


class ClassMapError(SafetyTasksError):
    """Two sides disagree on which number means which hazard."""


class StoreError(SafetyTasksError):
    """An object store failed."""


class ObjectNotFound(StoreError):
    """The object is not there."""


class PreconditionFailed(StoreError):
    """Somebody else wrote first: a compare-and-swap was lost."""


class StoreUnsafe(StoreError):
    """The store does not keep a promise that the system relies on."""


class BatchError(SafetyTasksError):
    """A delivery cannot be ingested as a whole."""


class DatasetError(SafetyTasksError):
    """A dataset version is missing, altered or unfit."""


class ValidationFailed(DatasetError):
    """An expectation over the dataset did not hold."""


class WorkerError(SafetyTasksError):
    """A child process that must do part of the work did not start."""


class TrainingError(SafetyTasksError):
    """Training could not start or gave no model."""


class ArtifactError(SafetyTasksError):
    """A model file is broken, forged or not allowed."""


class ParityError(ArtifactError):
    """Two artifacts that must agree do not."""


class BenchmarkError(SafetyTasksError):
    """A measurement could not be made."""


class GateRefused(SafetyTasksError):
    """The gate's verdict is not PASS."""


class ReleaseError(SafetyTasksError):
    """A release could not be published."""


class UnsignedRefused(ReleaseError):
    """An unsigned release would have left the loopback."""


class EdgeError(SafetyTasksError):
    """The device could not pull, prove or activate a release."""


class BundleRejected(EdgeError):
    """A release bundle does not prove what it claims."""


class StackError(SafetyTasksError):
    """The embedded stack did not start, or ended by itself."""


class AirflowError(StackError):
    """Airflow refused a request or did not answer."""
