"""Mirror a Credly Workforce organization: the main job, to be copied and edited.

    python pipelines/workforce_pipeline.py --sandbox    # invented people, no account needed
    python pipelines/workforce_pipeline.py --check      # is everything set up?
    python pipelines/workforce_pipeline.py              # load
    python pipelines/workforce_pipeline.py --help

What is set here wins over configuration, and flags win over what is set here. Credentials do not
belong here: put them in .dlt/secrets.toml or in the environment.
"""

import sys

from workforce_source.job import main

if __name__ == "__main__":
    sys.exit(
        main(
            pipeline_name="workforce",  # the DuckDB file is named after it
            destination="duckdb",  # docs/destinations.md has others
            dataset_name="credly",
            # any setting of docs/settings.md, such as:
            # badge_max_age="6h",
            # exclude_columns=["employees.zip_code", "employee_profiles.bio"],
        )
    )
