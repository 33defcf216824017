"""The main job as a command: one complete, explained run from the shell.

Only `main` is public. Nothing here knows how a change is found; importing it imports no dlt, so
that `--help` is quick and telemetry can be switched off in time.
"""

from workforce_source.job.command import main

__all__ = ["main"]
