"""The script one would write in an afternoon: requests, one after the other, into DuckDB."""

from collections.abc import Iterator
from urllib.parse import quote

import requests

from benchmarks.loaders.job import Job, answer, given_job
from benchmarks.loaders.rows import Record, write


def pages(session: requests.Session, url: str) -> Iterator[Record]:
    """Get the records of every page."""
    number, last = 1, 1
    while number <= last:
        response = session.get(url, params={"page": number}, timeout=60)
        response.raise_for_status()
        body = response.json()
        yield from body["data"]
        number, last = number + 1, body["metadata"]["total_pages"]


def person(session: requests.Session, job: Job, email: str) -> Record:
    """Get the data of one employee."""
    url = f"{job.organization}/employees/{quote(email, safe='')}/data"
    response = session.get(url, timeout=60)
    response.raise_for_status()
    record: Record = response.json()["data"]
    return record


def main() -> None:
    """Load once."""
    job = given_job()
    with requests.Session() as session:
        session.auth = (job.api_token, "")
        employees = list(pages(session, f"{job.organization}/employees"))
        people = [
            person(session, job, employee["email"])
            for employee in employees
            if employee["employee_state"] == "accepted"
        ]
        external = list(pages(session, f"{job.organization}/employee_external_badges"))
    write(job.database, job.organization_id, employees, people, external)
    answer({})


if __name__ == "__main__":
    main()
