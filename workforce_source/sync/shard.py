"""A share of an organization's employees: the badges one of several workers reads.

Nothing is read or written here.
"""

import re
import zlib
from dataclasses import dataclass
from typing import Self

from workforce_source.exceptions import ConfigError


@dataclass(frozen=True)
class Shard:
    """One of several workers.

    Attributes:
        number: From 1. The first reads and writes all that is not of single employees.
        of: How many there are.
    """

    number: int
    of: int

    def __post_init__(self) -> None:
        """Refuse what is no share of anything."""
        if not 1 <= self.number <= self.of:
            raise ConfigError(
                f"A shard is one of several, from 1/2 to 2/2 or from 1/8 to 8/8; {self} is none."
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Get it from a text such as `2/8`.

        Raises:
            ConfigError: The text says something else.
        """
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
        if found is None:
            raise ConfigError(f"A shard is written as 2/8, the second of eight; not as {text}.")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        """Get it as it is written."""
        return f"{self.number}/{self.of}"

    @property
    def first(self) -> bool:
        """Whether it is the one that writes the lists, and removes."""
        return self.number == 1

    @property
    def leads(self) -> bool:
        """Whether others wait for what it writes first."""
        return self.first and self.of > 1

    def has(self, employee_id: str) -> bool:
        """Tell whether an employee is in this share; each is in one, whoever asks."""
        return zlib.crc32(employee_id.encode()) % self.of == self.number - 1


ALL = Shard(1, 1)
"""What a run reads that is alone."""
