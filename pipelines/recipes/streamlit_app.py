"""An organization's skills as a Streamlit page, from a published file.

streamlit run streamlit_app.py skills.duckdb
"""

import sys
from pathlib import Path

import asking
import charts
import streamlit as st


@st.cache_data(max_entries=200, show_spinner=False)
def answered(file: str, written: int, name: str, **equal: str) -> asking.Rows:
    """Keep the rows of a statement until another file is in the place of this one.

    Args:
        file: The published file.
        written: When it was written: what is kept of another file is not taken.
        name: The statement.
        equal: Columns, and the value that each must have.
    """
    return asking.ask(file, name, **equal)


def page(file: str) -> None:
    """Draw the page."""
    st.set_page_config(page_title="Skills", layout="wide")
    st.title("Skills")
    if said := asking.missing(file):
        st.error(said)
        st.stop()

    def ask(name: str, **equal: str) -> asking.Rows:
        return answered(file, Path(file).stat().st_mtime_ns, name, **equal)

    organizations = {row["organization_id"]: row for row in ask("organization")}
    if not organizations:
        st.info("Nobody has been loaded yet.")
        st.stop()
    chosen = next(iter(organizations))
    if len(organizations) > 1:
        chosen = st.selectbox("Organization", list(organizations))
    here = organizations[chosen]
    st.caption(
        f"As of {here['as_of']}. Known are those whose badges were read; of all others nothing is"
        " said: unread is not unskilled."
    )
    for column, name in zip(st.columns(3), ("employees", "connected", "known"), strict=True):
        column.metric(name.capitalize(), f"{here[name]:,}", border=True)

    everybody = ask("coverage", organization_id=chosen, dimension="all")
    if not everybody:
        st.info("Fewer than five people are known: no skill is shown.")
        st.stop()

    st.subheader("Who can do what")
    dimension = st.selectbox(
        "By", asking.DIMENSIONS, format_func=lambda name: name.replace("_", " ")
    )
    rows = ask("coverage", organization_id=chosen, dimension=dimension)
    if rows:
        st.altair_chart(charts.heat_map(rows), width="stretch")
        st.caption(charts.WHAT_IS_SHOWN)
    else:
        st.info("No group has five known people.")

    st.subheader("The rarest skills")
    rarest = ask("rarest", organization_id=chosen)[:50]
    st.dataframe(without_organization(rarest), hide_index=True)
    st.subheader("Badges that end within 90 days")
    expiring = ask("expiring", organization_id=chosen)
    st.dataframe(without_organization(expiring), hide_index=True)

    st.subheader("Over time")
    skills = sorted(row["skill_name"] for row in everybody)
    skill = st.selectbox("Skill", skills, index=skills.index(charts.held_most(everybody)))
    history = ask("history", organization_id=chosen, skill_name=skill)
    st.altair_chart(charts.growth(history), width="stretch")


def without_organization(rows: asking.Rows) -> asking.Rows:
    """Leave out the column that is the same in every row, and name the others for people."""
    return [
        {name.replace("_", " "): value for name, value in row.items() if name != "organization_id"}
        for row in rows
    ]


if __name__ == "__main__":
    page(sys.argv[1] if len(sys.argv) > 1 else "skills.duckdb")
