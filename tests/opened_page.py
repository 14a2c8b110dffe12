"""A page of the app in AppTest, once its model is there."""

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

__all__ = ["PATIENCE", "opened"]

APP = Path(__file__).parents[1] / "explorer" / "app.py"
PATIENCE = 240
"""seconds until the model is there"""


def opened(page: str, **link: str) -> AppTest:
    """Open ``page`` by ``link``, and run it again until nothing loads."""
    app = AppTest.from_file(str(APP), default_timeout=PATIENCE)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(f"../pages/{page}.py")
    for name, value in link.items():
        app.query_params[name] = value
    deadline = time.monotonic() + PATIENCE
    while True:
        app.run()
        waits = [
            said.value
            for said in [*app.caption, *app.info]
            if "hourglass" in said.value + (getattr(said, "icon", "") or "")
        ]
        if not waits:
            break
        assert time.monotonic() < deadline, waits
        time.sleep(0.2)
    assert not app.exception
    return app
