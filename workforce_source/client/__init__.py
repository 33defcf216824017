"""The client of the API: authenticated, throttled, retried, and checked for the documented shape.

What may not be in here: anything but the names other rooms use.
"""

from workforce_source.client.client import Answer, Client
from workforce_source.client.configuration import Address, Limits
from workforce_source.client.credentials import Application, RotatingToken, Token
from workforce_source.client.meaning import Page, Record, Written

__all__ = [
    "Address",
    "Answer",
    "Application",
    "Client",
    "Limits",
    "Page",
    "Record",
    "RotatingToken",
    "Token",
    "Written",
]
