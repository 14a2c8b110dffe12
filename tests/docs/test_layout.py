"""Rules about the code itself that no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("tome", "explorer", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]

LOCKS = re.compile("lock|_wake|_loading|condition|semaphore")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


PACKAGES = {"PIL": "pillow", "google": "protobuf", "sklearn": "scikit-learn"}
"""distributions that are not called what is imported"""


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    known = {re.match("[A-Za-z0-9_-]+", each)[0] for each in declared} | {"tokenizers"}  # which transformers brings
    own = {"tome", "explorer", *sys.stdlib_module_names}
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            roots = {each.partition(".")[0] for each in names} - own
            assert {PACKAGES.get(root, root) for root in roots} <= known, name(path)


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("*.py")), ids=name)
def test_a_page_is_thin(page):
    assert len(page.read_text().splitlines()) <= 80


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_swallows_the_signal_to_stop(path):
    # Streamlit ends a script by raising a BaseException inside it.
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
            assert "BaseException" not in ast.unparse(node.type), f"line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_lock_is_held_by_with_and_never_around_streamlit(path):
    # A script can be ended at any st call: a lock taken by hand would stay taken for all sessions.
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            assert node.attr != "acquire", f"line {node.lineno}"
        if isinstance(node, ast.With) and LOCKS.search(ast.unparse(node.items[0].context_expr).lower()):
            inside = {ast.unparse(n.value) for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            assert "st" not in inside, f"line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_user_errors_are_raised_not_asserted(path):
    assert not [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_asks_for_a_session_id(path):
    # Whoever presents one joins the session, so none may be at hand where something is logged, drawn or exported.
    # Streamlit's context, which holds it, is asked for two things only: how a reader came, and whether they are there.
    source = path.read_text()
    left = source.replace("get_script_run_ctx().is_history_navigation", "came")
    left = left.replace("partial(runtime.get_instance().is_active_session, get_script_run_ctx().session_id)", "there")
    allowed = {"get_script_run_ctx"} if left != source else set()
    for node in ast.walk(ast.parse(left)):
        if isinstance(node, ast.Attribute | ast.Name | ast.alias):
            word = getattr(node, "attr", "") or getattr(node, "id", "") or getattr(node, "name", "")
            known = allowed if isinstance(node, ast.alias) else set()
            assert word not in {"session_id", "get_script_run_ctx", "script_run_context"} - known, word


def test_the_servers_settings_tell_strangers_nothing():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    server, client = settings["server"], settings["client"]
    assert client["showErrorDetails"] == "none"
    assert client["toolbarMode"] == "viewer"
    assert server["disconnectedSessionTTL"] <= 60
    assert server["maxUploadSize"] <= 50
    assert not {"enableCORS", "enableXsrfProtection"} & set(server), "their defaults protect"


def test_the_first_page_is_drawn_without_torch_timm_or_reportlab():
    code = """
import sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file(sys.argv[1], default_timeout=240).run()
print(sorted({"torch", "timm", "reportlab"} & set(sys.modules)), bool(at.exception))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "explorer" / "app.py")],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout.strip() == "[] False"


def test_settings_are_found_from_any_folder():
    # Streamlit reads them beside the entry file and in the folder one starts from.
    assert (ROOT / "explorer" / ".streamlit" / "config.toml").samefile(ROOT / ".streamlit" / "config.toml")


def test_nothing_stands_alone_in_a_script_that_streamlit_runs():
    # It draws every expression of such a file, a string that explains a constant too.
    for path in (ROOT / "explorer" / "app.py", *(ROOT / "pages").glob("*.py")):
        alone = [
            node for node in tree(path).body[1:] if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call)
        ]
        assert not [(path.name, node.lineno) for node in alone]
