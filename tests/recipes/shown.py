"""Shows an app of pipelines/recipes without a browser, and writes what it showed as JSON.

Runs in the environment of requirements-apps.lock, so it imports nothing of this repository:
python3 run.py --lock requirements-apps.lock tests/recipes/shown.py streamlit|marimo FILE ...
"""

import json
import sys
from pathlib import Path
from typing import Any

RECIPES = Path(__file__).resolve().parents[2] / "pipelines" / "recipes"
LOOKED_AT = 9
"""How many values of a box are chosen, one after the other."""


def of_streamlit(file: str) -> list[dict[str, Any]]:
    """What the page shows at first, and after each choice of what there is to choose."""
    from streamlit.testing.v1 import AppTest  # type: ignore[import-not-found]

    sys.argv = ["streamlit_app.py", file]
    app = AppTest.from_file(str(RECIPES / "streamlit_app.py"), default_timeout=60).run()
    views = []

    def keep(**chosen: str) -> None:
        views.append(
            {
                "chosen": chosen,
                "errors": [shown.value for shown in (*app.exception, *app.error)],
                "told": [shown.value for shown in app.info],
                "figures": {shown.label: shown.value for shown in app.metric},
                "rows": [len(table.value) for table in app.dataframe],
                "charts": len(app.get("vega_lite_chart")),
            }
        )

    keep()
    for label in [box.label for box in app.selectbox]:
        options = next(box for box in app.selectbox if box.label == label).options
        for number in range(1, min(len(options), LOOKED_AT)):
            next(box for box in app.selectbox if box.label == label).select_index(number).run()
            keep(**{label: options[number]})
    return views


def of_marimo(file: str) -> dict[str, Any]:
    """What the cells of the notebook found; a cell that fails ends it."""
    sys.argv = ["marimo_notebook.py", "--", "--file", file]
    if str(RECIPES) not in sys.path:
        sys.path.insert(0, str(RECIPES))
    import marimo_notebook  # type: ignore[import-not-found]

    outputs, found = marimo_notebook.app.run()
    return {
        "outputs": [type(output).__name__ for output in outputs if output is not None],
        "rows": {
            name: len(found[name])
            for name in ("organizations", "coverage", "rarest", "expiring", "history")
            if name in found
        },
    }


if __name__ == "__main__":
    show = {"streamlit": of_streamlit, "marimo": of_marimo}[sys.argv[1]]
    sys.stdout.write(json.dumps([show(file) for file in sys.argv[2:]]))
