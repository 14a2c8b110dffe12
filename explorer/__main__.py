"""``tome-explorer``: start the app or run another command."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from tome.lab.arguments import Parser, whole
from tome.lab.boundary import BadArgument, guard

COMMANDS = {
    "export": ("explorer.cli", "export merged photos, clips, sounds and texts as files"),
    "bench": ("tome.lab.benchmark.__main__", "measure the speed of a merging model"),
    "evaluate": ("tome.lab.evaluate.__main__", "measure the accuracy of a merging model on digits or your own folder"),
}
"""module and purpose"""

EXAMPLES = """\
examples:
  the app on a port of your choice, without opening a browser
    tome-explorer --port 8600 --no-browser
  under a path behind a proxy; all options of `streamlit run` are accepted
    tome-explorer --server.baseUrlPath tome --server.allowedHosts your.host
  the dog as one HTML file, at 16 tokens merged per layer
    tome-explorer export dog.jpg --r 16
  the speed-up of ViT-S/16
    tome-explorer bench vit_small_patch16_224 --r 0 8 16
"""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit code."""
    # OpenMP reads it when torch loads: unlimited spinning was measured 10 x slower on a shared machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    given = sys.argv[1:] if argv is None else argv
    name, *rest = given or [""]
    sys.exit(guard(lambda: _delegate(name, rest) if name in COMMANDS else _serve(given)))


def _delegate(name: str, arguments: Sequence[str]) -> int:
    return import_module(COMMANDS[name][0]).main(arguments, prog=f"tome-explorer {name}")


def _serve(arguments: Sequence[str]) -> int | None:
    options = _options(arguments)
    import click
    from streamlit.web import cli

    # Streamlit reads sys.argv.
    sys.argv = ["streamlit", "run", *options, str(Path(__file__).with_name("app.py"))]
    try:
        return cli.main(prog_name="streamlit", standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as reason:
        raise BadArgument(reason.format_message()) from reason


def _options(arguments: Sequence[str]) -> list[str]:
    """Return Streamlit's options for ``arguments``; unknown ones are passed through."""
    known, others = _parser().parse_known_args(arguments)
    for before, each in pairwise(["", *others]):
        if not each.startswith("-") and (not before.startswith("--") or "=" in before):
            raise BadArgument(f"the command must be {', '.join(COMMANDS)} or none, and come first; got {each[:40]!r}")
    options = ["--server.showEmailPrompt=false", *others]
    options += [f"--server.port={known.port}"] if known.port else []
    options += [f"--server.address={known.address}"] if known.address else []
    return options + (["--server.headless=true"] if known.no_browser else [])


def _parser() -> Parser:
    from tome import __version__

    commands = "\n".join(f"  {name:<10} {what}" for name, (_, what) in COMMANDS.items())
    parser = Parser(
        prog="tome-explorer",
        usage="tome-explorer [COMMAND] [OPTION ...]",
        description="Start ToMe Explorer and print its address, or run a command without a browser.",
        epilog=f"commands:\n{commands}\n  `tome-explorer COMMAND --help` shows the options\n\n{EXAMPLES}",
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=whole(1, 65_535), help="port to listen on; by default 8501 or the next free one")
    parser.add_argument("--address", metavar="HOST", help="address to listen on; 127.0.0.1 excludes other machines")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--version", action="version", version=f"tome-explorer {__version__}", help="print the version and exit"
    )
    return parser


if __name__ == "__main__":
    main()
