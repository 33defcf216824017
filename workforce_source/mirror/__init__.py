"""What the destination holds, and what differs from it: memory, difference, guard, packages.

Public face of the room. No HTTP.
"""

from workforce_source.mirror.difference import Difference, Index, compare
from workforce_source.mirror.guard import ReadGuard, RemovalGuard
from workforce_source.mirror.memory import Memory
from workforce_source.mirror.package import Package
from workforce_source.mirror.writer import Writer

__all__ = [
    "Difference",
    "Index",
    "Memory",
    "Package",
    "ReadGuard",
    "RemovalGuard",
    "Writer",
    "compare",
]
