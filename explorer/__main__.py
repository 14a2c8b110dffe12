"""``tome-explorer``: start the app as ``streamlit run explorer/app.py`` does."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Start the server; arguments are Streamlit's own, such as ``--server.port 8600``."""
    # Before torch loads: a pool that spins for ever was measured 10 x slower on a shared machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    from streamlit.web import cli

    sys.argv = ["streamlit", "run", str(Path(__file__).with_name("app.py")), *sys.argv[1:]]
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
