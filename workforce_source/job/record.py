"""What was made of the tables, noted in the audit of the runs that loaded them.

What may not be in here: what is made, and what a run says of itself.
"""

from collections.abc import Sequence
from contextlib import suppress

import dlt
from dlt.common.exceptions import DltException

from workforce_source.destination import connect
from workforce_source.exceptions import WorkforceError
from workforce_source.job.outputs import Outputs
from workforce_source.loading import audit_table


def record_outputs(pipeline: dlt.Pipeline, run_ids: Sequence[str], outputs: Outputs) -> None:
    """Note which checks found something, and the exit code where the load's own was 0.

    Args:
        pipeline: The pipeline that loaded.
        run_ids: Its runs.
        outputs: What was made; where nothing is to be said of it, nothing is noted.
    """
    found = {check.name: check.offenders for check in outputs.checks if check.offenders}
    if not run_ids or not (found or outputs.exit_code):
        return
    with suppress(WorkforceError, DltException), connect(pipeline) as to:
        audit_table.note_checks(to, run_ids, found, int(outputs.exit_code))
