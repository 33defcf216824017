"""The marts as a dbt package: the same SELECTs, tests and descriptions, for people who have dbt.

Public face of the room. Everything is made from the marts' own files and metadata; dbt itself is
neither imported nor started here.
"""

from workforce_source.dbt_package.package import package_files, write_package
from workforce_source.dbt_package.seeds import write_seeds

__all__ = ["package_files", "write_package", "write_seeds"]
