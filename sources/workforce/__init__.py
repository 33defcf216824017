"""Mirrors a Credly Workforce organization: who works there, which badges and skills they hold.

All of it is the installed package `workforce_source`: its upgrade is the upgrade of this folder.
Put `organization_id` into `.dlt/config.toml` and `api_token` into `.dlt/secrets.toml`, remove the
lines of `client_secret` and `pseudonym_key` there, and run `workforce_pipeline.py`.
`load(pipeline)` is what to call on a schedule; `pipeline.run(workforce())` loads the same tables in
one package.
"""

from workforce_source import load, workforce

__all__ = ["load", "workforce"]
