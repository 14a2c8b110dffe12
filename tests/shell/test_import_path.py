"""The path that imports search, which Streamlit changes for every run of a page."""

import subprocess
import sys

SERVER = """
import sys
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path
from explorer import app
before = list(sys.path)
with modified_sys_path(app.__file__):
    assert sys.path == before, sys.path
assert sys.path == before, sys.path
"""


def test_a_run_of_a_page_leaves_the_path_alone_that_other_threads_import_by():
    ended = subprocess.run([sys.executable, "-c", SERVER], check=False, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
