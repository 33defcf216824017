"""One HTML file for people: the marts as a report that can be sent.

Public face of the room. It reads marts only, and shows no small group unless told to.
"""

from workforce_source.report.reading import HORIZON
from workforce_source.report.safe_file import write_safe_file
from workforce_source.report.writing import write_report

__all__ = ["HORIZON", "write_report", "write_safe_file"]
