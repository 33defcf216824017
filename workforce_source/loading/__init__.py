"""Care for one dlt run: lock, lease, staging, pending packages, redaction, the order of packages.

How changes are found is not known here (`sync`), and people are shown nothing.
"""
