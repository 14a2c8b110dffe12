"""The modules of the front end as one script: the order of their imports, a scope for each, and what cannot be joined."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from explorer.web import modules
from explorer.web.joined import script
from explorer.web.modules import FOLDER, graph

MODULES = {path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.js")}
QUOTED = re.compile(r'"(\w+/\w+)"')
ENTRIES = sorted(
    MODULES
    & {name for path in FOLDER.parent.rglob("*.py") for name in QUOTED.findall(path.read_text(encoding="utf-8"))}
)
"""modules that Python names"""
TYPES = "viewer/record_types"
"""holds no code"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty front end; nothing that was read before, or is read in the test, is kept."""
    monkeypatch.setattr(modules, "FOLDER", tmp_path)
    for kept in (script, graph):
        kept.cache_clear()
    yield tmp_path
    for kept in (script, graph):
        kept.cache_clear()


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text)


def answer(code: str) -> object:
    """Return what a module prints as JSON."""
    told = subprocess.run(["node", "--input-type=module"], check=False, input=code, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_module_stands_behind_those_that_it_imports(entry):
    names = graph(entry)
    assert names[-1] == entry
    for place, name in enumerate(names):
        assert set(graph(name)) <= set(names[: place + 1])


def test_every_module_is_used():
    assert MODULES - {name for entry in ENTRIES for name in graph(entry)} == {TYPES}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_joined_script_is_one_module(entry, language, tmp_path):
    path = tmp_path / "joined.mjs"
    path.write_text(script(entry, language))
    told = subprocess.run(["node", "--check", str(path)], check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "\nimport " not in path.read_text()


def test_two_modules_may_have_the_same_names(folder):
    write(
        folder,
        a="const PLACE = 1;\nexport function here() {\n  return PLACE;\n}\n",
        b='import { here as there } from "./a.js";\n\nconst PLACE = 2;\nexport const here = () => [PLACE, there()];\n',
        c='import {\n  here,\n} from "./b.js";\n\nconst PLACE = 3;\nconsole.log(JSON.stringify([PLACE, here()]));\n',
    )
    assert answer(script("c")) == [3, [2, 1]]


def test_documentation_stays_behind_and_code_does_not(folder):
    told = "/** Doubles.\n * @param {number} x\n */\nexport const twice = (x) => `${2 * x} /** told */`;\n"
    entry = 'import { twice } from "./a.js";\n\n/** Four. */\nconsole.log(JSON.stringify(twice(2)));\n'
    write(folder, a=told, b=entry)
    assert answer(script("b")) == "4 /** told */"
    assert not {"Doubles", "@param", "Four"} & set(re.findall(r"@?\w+", script("b")))


def test_code_behind_a_type_on_its_line_stays(folder):
    cast = "const list = [\n  /** @type {number | null} */ (4),\n  5,\n];\n/** Prints. */\n"
    write(folder, a=f"{cast}console.log(JSON.stringify(list));\n")
    assert answer(script("a")) == [4, 5]


def test_a_module_exports_functions_classes_and_constants(folder):
    write(
        folder,
        a="export class A {}\nexport async function f() {\n  return new A();\n}\nexport const n = 1;\n",
        b='import { A, f, n } from "./a.js";\n\nconsole.log(JSON.stringify([(await f()) instanceof A, n]));\n',
    )
    assert answer(script("b")) == [True, 1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("export default 3;\n", r"exports functions, classes and constants; got 'export default 3;' in a\.js"),
        ("export const [x, y] = [1, 2];\n", r"exports functions, classes and constants; got .* in a\.js"),
        ('import x from "./b.js";\n', r'imports by import { … } from "\./….js" alone; got another statement in a\.js'),
        ('export * from "./c.js";\n', r'imports by import { … } from "\./….js" alone; got another statement in a\.js'),
        ('import { x } from "./b.js";\n', "must not import each other in a circle; got b → a → b"),
    ],
)
def test_what_cannot_be_joined_is_refused(folder, text, reason):
    write(folder, a=text, b='import { x } from "./a.js";\n', c="")
    with pytest.raises(ValueError, match=reason):
        script("b")
