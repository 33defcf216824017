"""Mirror a Credly Workforce organization: what `dlt init workforce` puts into a project."""

import dlt
from workforce import load

if __name__ == "__main__":
    pipeline = dlt.pipeline(
        pipeline_name="workforce_pipeline", destination="duckdb", dataset_name="credly"
    )
    print(load(pipeline))
