"""``python -m support.fit_child DATA FOLDER EPOCHS``: a training to be killed; says each epoch as it ends."""

import sys
from pathlib import Path

from support.tiny_training import INPUTS, TINY

from safety_tasks.train.engine.fit import fit_detector


def main(data: str, folder: str, epochs: str) -> None:
    """Train."""
    fitted = fit_detector(
        Path(data),
        None,
        TINY.model_copy(update={"epochs": int(epochs)}),
        Path(folder),
        inputs_sha256=INPUTS,
        progress=lambda epoch: print("epoch", epoch.number, flush=True),
    )
    print("done", fitted.fit.epochs_done, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
