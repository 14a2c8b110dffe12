"""Execute the notebooks of the docs into build/notebooks: part of ``make docs``."""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
EXECUTED = ROOT / "build" / "notebooks"


def main() -> None:
    """Execute every notebook, in a process of its own; a cell that fails ends this command."""
    EXECUTED.mkdir(parents=True, exist_ok=True)
    for path in SOURCES:
        start = time.perf_counter()
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}})
        client.create_kernel_manager()
        client.km.transport = "ipc"  # no open port
        client.execute()
        nbformat.write(notebook, EXECUTED / path.name)
        print(f"{path.stem}: {time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
