"""A person forgotten: every row and file of theirs removed, and kept out of the runs to come.

Public face of the room. What a run leaves out of answers is in `sync`, which rows are a person's in
`loading`.
"""

from workforce_source.forgetting.receipt import Receipt
from workforce_source.forgetting.removing import forget, unforget

__all__ = ["Receipt", "forget", "unforget"]
