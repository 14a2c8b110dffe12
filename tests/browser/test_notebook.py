"""A notebook with the viewer, executed and converted as anyone would, in Chromium."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """The address of a page that nbconvert made of three lines."""
    folder = tmp_path_factory.mktemp("notebook")
    source = 'from explorer.notebook import view\n\nview("random:test_vit", "dog", r=8, layer=3)'
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), folder / "three.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", folder / "three.ipynb"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return (folder / "three.html").as_uri()


def test_the_viewer_survives_nbconvert(converted, context):
    page = context.new_page()
    page.route("http*://**", lambda route: route.abort())  # nbconvert's own page asks for MathJax
    page.goto(converted)
    frame = page.frame_locator("iframe[srcdoc]")
    frame.get_by_role("img", name="Layer 3").first.wait_for()
    frame.get_by_role("slider", name="Layer", exact=True).press("ArrowRight")
    expect(frame.get_by_text("Layer 4 of 6")).to_be_visible()
    page.close()
