"""An organization's skills as a marimo notebook, from a published file.

marimo run marimo_notebook.py -- --file skills.duckdb
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Skills")


@app.cell
def _():
    import asking
    import charts
    import marimo as mo

    return asking, charts, mo


@app.cell
def _(asking, mo):
    file = str(mo.cli_args().get("file") or "skills.duckdb")
    mo.stop(bool(said := asking.missing(file)), mo.md(said or ""))
    organizations = {row["organization_id"]: row for row in asking.ask(file, "organization")}
    mo.stop(not organizations, mo.md("Nobody has been loaded yet."))
    return file, organizations


@app.cell
def _(mo, organizations):
    organization = mo.ui.dropdown(
        list(organizations), value=next(iter(organizations)), label="Organization"
    )
    organization if len(organizations) > 1 else None
    return (organization,)


@app.cell
def _(asking, file, mo, organization, organizations):
    _here = organizations[organization.value]
    everybody = asking.ask(file, "coverage", organization_id=organization.value, dimension="all")
    mo.vstack(
        [
            mo.md("# Skills"),
            mo.hstack(
                [
                    mo.stat(f"{_here[name]:,}", label=name.capitalize(), bordered=True)
                    for name in ("employees", "connected", "known")
                ],
                justify="start",
            ),
            mo.md(
                f"As of {_here['as_of']}. Known are those whose badges were read; of all others"
                " nothing is said: unread is not unskilled."
            ),
        ]
    )
    return (everybody,)


@app.cell
def _(asking, everybody, mo):
    mo.stop(not everybody, mo.md("Fewer than five people are known: no skill is shown."))
    dimension = mo.ui.dropdown(
        {name.replace("_", " "): name for name in asking.DIMENSIONS}, value="department", label="By"
    )
    mo.vstack([mo.md("## Who can do what"), dimension])
    return (dimension,)


@app.cell
def _(asking, charts, dimension, file, mo, organization):
    coverage = asking.ask(
        file, "coverage", organization_id=organization.value, dimension=dimension.value
    )
    mo.stop(not coverage, mo.md("No group has five known people."))
    mo.vstack([charts.heat_map(coverage), mo.md(charts.WHAT_IS_SHOWN)])
    return (coverage,)


@app.cell
def _(asking, everybody, file, mo, organization):
    mo.stop(not everybody)

    def _table(rows):
        shown = [
            {name.replace("_", " "): row[name] for name in row if name != "organization_id"}
            for row in rows
        ]
        return mo.ui.table(shown, selection=None)

    rarest = asking.ask(file, "rarest", organization_id=organization.value)[:50]
    expiring = asking.ask(file, "expiring", organization_id=organization.value)
    mo.vstack(
        [
            mo.md("## The rarest skills"),
            _table(rarest),
            mo.md("## Badges that end within 90 days"),
            _table(expiring),
        ]
    )
    return expiring, rarest


@app.cell
def _(charts, everybody, mo):
    mo.stop(not everybody)
    _skills = sorted(row["skill_name"] for row in everybody)
    skill = mo.ui.dropdown(
        _skills, value=charts.held_most(everybody), label="Skill", searchable=True
    )
    mo.vstack([mo.md("## Over time"), skill])
    return (skill,)


@app.cell
def _(asking, charts, file, organization, skill):
    history = asking.ask(
        file, "history", organization_id=organization.value, skill_name=skill.value
    )
    charts.growth(history)
    return (history,)


if __name__ == "__main__":
    app.run()
