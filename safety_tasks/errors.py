"""The error tree. Every message says what was expected, what was found and what to do.

SafetyTasksError
├── ConfigError              a setting, recipe or gate profile is wrong
│   └── KeyUnusable          a key file is missing, readable by others, or not what it must be
├── ClassMapError            two sides disagree on which number means which hazard
├── StoreError               an object store failed
│   ├── ObjectNotFound       the object is not there
│   ├── PreconditionFailed   somebody else wrote first (a compare-and-swap was lost)
│   └── StoreUnsafe          the store does not keep a promise the system relies on
├── BatchError               a delivery cannot be ingested as a whole
├── DatasetError             a dataset version is missing, altered or unfit
│   ├── ValidationFailed     an expectation over the dataset did not hold
│   └── DatasetEmpty         there is nothing to train on
├── WorkerError              a child process that must do part of the work did not start
├── DiskFull                 the disk has no room for the work
├── TrainingError            training could not start or gave no model
│   ├── BaseWeightsMissing   the weights to start from are not there or cannot be read
│   ├── DeviceMissing        the device that the recipe names is not there
│   ├── OutOfMemory          memory ran out even with the smallest batch
│   ├── LossNotFinite        the loss became NaN or infinite
│   └── TrainingBusy         another process trains this run now
├── CloudError               a paid service refused or failed
│   ├── CredentialsMissing   there are no credentials, or they are expired or not allowed
│   ├── RoleMissing          the role of the job is missing or may not be assumed
│   ├── QuotaExceeded        the account may not run so many of these instances
│   ├── WrongRegion          the region does not hold the bucket, or does not offer the service
│   ├── BudgetExceeded       the estimate is above what the settings allow
│   └── JobFailed            a job ended without a result
├── ArtifactError            a model file is broken, forged or not allowed
│   └── ParityError          two artifacts that must agree do not
├── BenchmarkError           a measurement could not be made
├── GateRefused              the gate's verdict is not PASS
│   ├── GateBroken           the gate let through a model that was made bad on purpose
│   ├── ClockInPast          the clock is behind the gate's own history
│   ├── HistoryBroken        an entry of the gate's history is missing or altered
│   ├── SignatureRefused     a signature is missing, wrong, or of a key that is not an approver's
│   └── WaiverRefused        a waiver is malformed, too long, expired or not signed by an approver
├── ReleaseError             a release could not be published
│   └── UnsignedRefused      an unsigned release would have left the loopback
├── EdgeError                the device could not pull, prove or activate a release
│   ├── BundleRejected       a release bundle does not prove what it claims
│   └── StreamError          a camera or stream did not deliver pictures
└── StackError               the embedded stack did not start, or ended by itself
    └── AirflowError         Airflow refused a request or did not answer
"""


class SafetyTasksError(Exception):
    """Base of everything this project raises on purpose."""


class ConfigError(SafetyTasksError):
    """A setting, recipe or gate profile is wrong."""


class KeyUnusable(ConfigError):
    """A key file is missing, readable by others, or not what it must be."""


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


class DatasetEmpty(DatasetError):
    """There is nothing to train on."""


class WorkerError(SafetyTasksError):
    """A child process that must do part of the work did not start."""


class DiskFull(SafetyTasksError):
    """The disk has no room for the work."""


class TrainingError(SafetyTasksError):
    """Training could not start or gave no model."""


class BaseWeightsMissing(TrainingError):
    """The weights to start from are not there or cannot be read."""


class DeviceMissing(TrainingError):
    """The device that the recipe names is not there."""


class OutOfMemory(TrainingError):
    """Memory ran out even with the smallest batch."""


class LossNotFinite(TrainingError):
    """The loss became NaN or infinite."""


class TrainingBusy(TrainingError):
    """Another process trains this run now."""


class CloudError(SafetyTasksError):
    """A paid service refused or failed."""


class CredentialsMissing(CloudError):
    """There are no credentials, or they are expired or not allowed."""


class RoleMissing(CloudError):
    """The role of the job is missing or may not be assumed."""


class QuotaExceeded(CloudError):
    """The account may not run so many of these instances."""


class WrongRegion(CloudError):
    """The region does not hold the bucket, or does not offer the service."""


class BudgetExceeded(CloudError):
    """The estimate is above what the settings allow."""


class JobFailed(CloudError):
    """A job ended without a result."""


class ArtifactError(SafetyTasksError):
    """A model file is broken, forged or not allowed."""


class ParityError(ArtifactError):
    """Two artifacts that must agree do not."""


class BenchmarkError(SafetyTasksError):
    """A measurement could not be made."""


class GateRefused(SafetyTasksError):
    """The gate's verdict is not PASS."""


class GateBroken(GateRefused):
    """The gate let through a model that was made bad on purpose."""


class ClockInPast(GateRefused):
    """The clock is behind the gate's own history."""


class HistoryBroken(GateRefused):
    """An entry of the gate's history is missing or altered."""


class SignatureRefused(GateRefused):
    """A signature is missing, wrong, or of a key that is not an approver's."""


class WaiverRefused(GateRefused):
    """A waiver is malformed, too long, expired or not signed by an approver."""


class ReleaseError(SafetyTasksError):
    """A release could not be published."""


class UnsignedRefused(ReleaseError):
    """An unsigned release would have left the loopback."""


class EdgeError(SafetyTasksError):
    """The device could not pull, prove or activate a release."""


class BundleRejected(EdgeError):
    """A release bundle does not prove what it claims."""


class StreamError(EdgeError):
    """A camera or stream did not deliver pictures."""


class StackError(SafetyTasksError):
    """The embedded stack did not start, or ended by itself."""


class AirflowError(StackError):
    """Airflow refused a request or did not answer."""
