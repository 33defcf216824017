"""Remove a person from what was loaded, and keep them out of the runs to come.

    python pipelines/forget_pipeline.py < key.txt          # one line: id, external id or e-mail
    python pipelines/forget_pipeline.py --key-file key.txt --file published.duckdb
    python pipelines/forget_pipeline.py --help

The key is never a word of the command line, which every user of the machine can read. What is set
here wins over configuration, and flags win over what is set here. `pseudonym_key` does not belong
here: put it in .dlt/secrets.toml or in the environment. docs/privacy.md says what is removed.
"""

import sys

from workforce_source.job.forget import main

if __name__ == "__main__":
    sys.exit(
        main(
            pipeline_name="workforce",  # that of the main job, to share its DuckDB file
            destination="duckdb",
            dataset_name="credly",
        )
    )
