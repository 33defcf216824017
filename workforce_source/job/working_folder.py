"""Where the working files of a pipeline lie: apart from those of another that has its name.

dlt keeps them below one folder for each user of a machine, by the name of the pipeline alone, so
two projects that both call it `workforce` would share them, and with them the lock of a run. What
may not be in here: what is in those files.
"""

from hashlib import blake2b
from pathlib import Path


def own_pipelines_dir(shared: Path, name: str, loads_into: str) -> Path:
    """Get the pipelines directory of a pipeline: dlt's own, unless another dataset's is there.

    Args:
        shared: dlt's own.
        name: Name of the pipeline.
        loads_into: Names the dataset, with its place.
    """
    mine = blake2b(loads_into.encode(), digest_size=6).hexdigest()
    marker = shared / f"{name}.workforce.dataset"
    try:
        shared.mkdir(parents=True, exist_ok=True)
        with marker.open("x", encoding="utf-8") as file:
            file.write(mine)
    except FileExistsError:
        if marker.read_text(encoding="utf-8") != mine:
            return shared / mine
    except OSError:
        pass  # that nothing can be written there is said by who writes
    return shared
