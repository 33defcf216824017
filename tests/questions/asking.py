"""Asks a destination a question of the page, as a person would: the SQL as it stands."""

from __future__ import annotations

import dlt

from tests.questions.page import Answer


def answer(pipeline: dlt.Pipeline, sql: str) -> Answer:
    """The columns and rows a statement answers."""
    with pipeline.sql_client() as client, client.execute_query(sql.replace("%", "%%")) as cursor:
        columns = tuple(column[0] for column in cursor.description)
        return Answer(columns, [tuple(row) for row in cursor.fetchall()])
