"""What a stranger installs runs: the library alone, the app in an empty folder, and every command."""

import http.client
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import zipfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml
from installed import ROOT, Installed, build, once
from packaging.requirements import Requirement
from sessions import Reader, fetch
from streamlit.util import calc_hash

import tome

MERGE = """
import torch, timm
import sys
for name in [name for name in sys.modules if name.partition(".")[0] == "PIL"]:
    del sys.modules[name]  # torchvision needs Pillow; from here on, whoever asks for it gets an error
sys.modules["PIL"] = None
import tome
model = timm.create_model("test_vit", num_classes=10).eval()
images = torch.randn(2, 3, 160, 160, generator=torch.Generator().manual_seed(0))
with torch.inference_mode():
    plain = model(images)
    output, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    tome.patch(model, r=3)
    assert torch.allclose(model(images), output)
    tome.unpatch(model)
    assert torch.equal(model(images), plain)
assert tome.agreement(trace.source(), trace.source()) == 1
assert tome.gflops(model, tome.MergeConfig(r=3)) < tome.gflops(model)
print(tome.__version__, trace.n_in, [layer.size.shape[1] for layer in trace.layers][-1])
"""

EXTRAS = """
for name in ("optimal", "agglomerative"):
    try:
        tome.patch(model, r=2, algorithm=name)
    except ImportError as error:
        print(error)
"""
RUN = """
from explorer.__main__ import main
for command in {commands}:
    try:
        main(command)
    except SystemExit as end:
        assert end.code == {code}, command
"""
BENCH = ["bench", "test_vit", "--image-size", "32", "--batch", "1", "--rounds", "1", "--warmup", "0", "--r", "2"]

# What Python sees of a CPU build of torch: no binding of CUDA, and no package that only a CUDA build brings.
WITHOUT_CUDA = """
import sys, torch
for name in dir(torch._C):
    if name.startswith(("_cuda_", "_cudnn", "_nccl_", "_nvtx", "_cusparselt")):
        delattr(torch._C, name)
torch.version.cuda = None
sys.modules.update(dict.fromkeys(("triton", "nvidia", "pynvml", "cuda")))
try:
    torch.cuda.synchronize()
except AssertionError as error:
    assert str(error) == "Torch not compiled with CUDA enabled"
else:
    raise SystemExit("torch still has CUDA")
"""
ABSENT = ("streamlit", "plotly", "sklearn", "scipy", "transformers", "av", "pydantic", "explorer.nothing")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, Path]:
    """The wheel and the source distribution that it was built from."""
    return once(tmp_path_factory, "released", build)


@pytest.fixture(scope="module")
def library(built, tmp_path_factory) -> Installed:
    """``pip install tome-explorer``"""
    return once(tmp_path_factory, "library", lambda folder: Installed(folder, built[0]))


@pytest.fixture(scope="module")
def with_app(built, tmp_path_factory) -> Installed:
    """``pip install tome-explorer[app]``"""
    return once(tmp_path_factory, "with_app", lambda folder: Installed(folder, built[0], ("app",)))


def test_the_library_alone_patches_traces_and_times_with_a_torch_that_knows_no_cuda_and_names_extras(library, tmp_path):
    absent = f"from importlib.util import find_spec; assert not [n for n in {ABSENT[:-1]} if find_spec(n)]\n"
    refused = RUN.format(commands=[["export", "x.png"], ["evaluate", "test_vit", "--image-size", "32"]], code=1)
    code = absent + WITHOUT_CUDA + MERGE + EXTRAS + refused + RUN.format(commands=[BENCH], code=0)
    done = library.run("python", "-c", code, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    merged, *said = done.stdout.splitlines()
    assert merged.split()[:2] == [tome.__version__, "101"]
    needs = "the algorithm {} needs the package scipy: pip install 'tome-explorer[eval]'"
    assert said[:2] == [needs.format(name) for name in ("optimal", "agglomerative")]
    asked_for = [line for line in done.stderr.splitlines() if "pip install" in line]
    assert [re.fullmatch(r".*: pip install 'tome-explorer\[(\w+)\]'", line)[1] for line in asked_for] == ["app", "eval"]
    assert "bipartite r=2" in done.stdout + done.stderr


def test_the_command_without_the_app_says_which_extra_it_needs(library, tmp_path):
    done = library.run("tome-explorer", folder=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r".*: pip install 'tome-explorer\[app\]'\n", done.stderr), done.stderr


def test_a_type_checker_knows_what_is_installed(library, tmp_path):
    (tmp_path / "use.py").write_text("import tome\nreveal_type(tome.patch)\ntome.pach\n")
    # Types of torch are not what is asked here, and take a minute to read.
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = True\n[mypy-torch.*,timm.*]\nfollow_imports = skip\n")
    python = ("--python-executable", str(library.bin / "python"))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mypy", *python, "use.py"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    revealed, unknown, *_ = done.stdout.splitlines()
    assert 'Revealed type is "def [Model' in revealed, done.stdout
    assert "config:" in revealed
    assert 'Module has no attribute "pach"' in unknown, done.stdout


@contextmanager
def served(installed: Installed, folder: Path):
    """The app in ``folder``, with a torch that knows no CUDA; gives its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--address", "127.0.0.1", "--no-browser"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    process = subprocess.Popen(
        [installed.bin / "python", "-c", WITHOUT_CUDA + "from explorer.__main__ import main\nmain()", *options],
        cwd=folder,
        env=installed.environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    try:
        until_healthy(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.communicate()


def get(address: str, path: str) -> bytes:
    with closing(http.client.HTTPConnection(address.partition("//")[2], timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        return answer.read()


def until_healthy(process: subprocess.Popen, address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read()
        try:
            get(address, "/_stcore/health")
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)


def test_without_cuda_the_installed_app_folds_the_dog_and_draws_every_page_in_an_empty_folder(with_app, tmp_path):
    with served(with_app, tmp_path) as (address, process):
        with Reader(address) as reader:
            page = reader.until_ready()
            assert not page.texts("exception")
            assert page.viewer()
        for name in sorted(path.stem for path in (ROOT / "pages").glob("*.py")):
            with Reader(address, page=calc_hash("" if name == "layers" else name)) as reader:
                assert reader.run().texts("exception") == [], name
        record = fetch(address.partition("//")[2], "stranger", sample="dog", r=12)
        tokens = [layer["tokens"] for layer in record["layers"]]
        assert (record["name"], tokens[0] - tokens[-1]) == ("dog", 12 * (len(tokens) - 1))
        assert get(address, "/app/static/photos/cat.jpg")[:2] == b"\xff\xd8"
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[0]
    assert "Traceback" not in said
    assert process.returncode in (0, 130), said
    assert [path.name for path in tmp_path.iterdir() if path.name != ".streamlit"] == []


def test_the_installed_commands_work_in_an_empty_folder(with_app, tmp_path):
    export = ["export", str(ROOT / "sample_images" / "dog.webp"), "--r", "16", "--out", "pages"]
    evaluate = ["evaluate", "test_vit", "--image-size", "32", "--train", "20", "--test", "20", "--k", "3", "--r", "2"]
    # One process: most of a command's time is importing torch.
    run = RUN.format(commands=[export, evaluate], code=0)
    done = with_app.run("python", "-c", run, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "GFLOPs" in done.stdout
    assert [path.suffix for path in (tmp_path / "pages").iterdir()] == [".html"]
    assert "knn" in done.stdout + done.stderr


def test_a_half_finished_release_is_refused(built):
    clone = built[0].parents[1]
    recipe = [sys.executable, str(clone / "deploy" / "release.py")]

    def said() -> str:
        return subprocess.run(recipe, capture_output=True, text=True, timeout=120, check=False).stderr.strip()

    assert said() == f"{tome.__version__} is tagged already: set tome.__version__ to the next."
    (clone / "notes").touch()
    assert said() == "Commit or discard what is changed first."
    (clone / "notes").unlink()


def test_the_wheel_holds_every_catalogue(built):
    with zipfile.ZipFile(built[0]) as wheel:
        assert "explorer/locale/zh.po" in wheel.namelist()


def test_the_proxy_replaces_the_welcome_page_of_its_image():
    nginx = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]["nginx"]
    template = "./nginx/templates/tome.conf.template"
    assert f"{template}:/etc/nginx/templates/default.conf.template:ro" in nginx["volumes"]
    assert (ROOT / "deploy" / template).is_file()


@pytest.mark.parametrize("build", ["torch==2.14.1+cpu", "torchvision==0.29.1+cpu"])
def test_pip_keeps_a_cpu_build_that_is_installed_first(build):
    name, _, version = build.partition("==")
    declared = map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    (asked,) = (each for each in declared if each.name == name)
    assert asked.specifier.contains(version), f"{asked} would replace {build}"


def test_the_image_keeps_the_torch_of_its_index():
    torch, wheel = re.findall(
        r"^RUN pip install((?:.*\\\n)*.*)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE
    )
    assert "--index-url" in torch
    assert "> /torch.txt" in torch
    assert "--constraint /torch.txt" in wheel


def test_the_version_stands_in_one_place(built):
    names = [path.name for path in built]
    assert names == [f"tome_explorer-{tome.__version__}-py3-none-any.whl", f"tome_explorer-{tome.__version__}.tar.gz"]
    assert not re.search(r"^version *=", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
