"""Make the employees in Credly those of your roster: a plan first, to be copied and edited.

    python pipelines/roster_pipeline.py --sandbox                   # invented people, no account
    python pipelines/roster_pipeline.py --from roster.csv           # the plan; nothing is written
    python pipelines/roster_pipeline.py --from roster.csv --apply   # carry it out
    python pipelines/roster_pipeline.py --help

What is set here wins over configuration, and flags win over what is set here. Credentials do not
belong here: put them in .dlt/secrets.toml or in the environment.
"""

import sys

from workforce_source.job.roster import main

if __name__ == "__main__":
    sys.exit(
        main(
            pipeline_name="workforce",  # that of the main job, to share its DuckDB file
            destination="duckdb",  # where receipts are kept
            dataset_name="credly",
            # any rule of docs/roster.md, such as:
            # columns={"E-Mail": "email", "Personnel no.": "external_id"},
            # ignore=["Salary"],
        )
    )
