"""Make the employees in Credly those the company names: a plan that can be read, and its apply.

What may not be in here: tables of a load, and words for people but those of errors.
"""

from workforce_source.roster.applying import apply
from workforce_source.roster.ledger import FileLedger, Ledger
from workforce_source.roster.ledger_table import TableLedger
from workforce_source.roster.model import Operation, Plan, Trouble
from workforce_source.roster.planning import plan
from workforce_source.roster.receipts import Outcome, Receipt, Receipts
from workforce_source.roster.rules import Rules

__all__ = [
    "FileLedger",
    "Ledger",
    "Operation",
    "Outcome",
    "Plan",
    "Receipt",
    "Receipts",
    "Rules",
    "TableLedger",
    "Trouble",
    "apply",
    "plan",
]
