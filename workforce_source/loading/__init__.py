"""Care for one dlt run: the lock, pending packages, redaction, errors, the order of packages.

How changes are found is not known here (`sync`), and people are shown nothing.
"""
