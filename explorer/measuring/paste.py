"""Code for an engineer's own project: install, merge, and measure on their own machine."""

from explorer.engine.hf import START
from explorer.engine.models import EMBEDDED
from explorer.engine.shapes import published
from explorer.locale.language import tr
from tome import __version__
from tome.config import of_paper
from tome.lab.command import r_to_text
from tome.schedule import R

__all__ = ["PUBLISHED", "benchmark_command", "installation", "merging_code", "training_code"]

PUBLISHED = "vit_small_patch14_dinov2.lvd142m"
"""timm's name of the embedded weights"""


def installation(extra: str) -> str:
    """Return the commands that install the library, with an ``extra`` or "": this version may be in no registry."""
    extra = f"[{extra}]" if extra else ""
    wheel = f"tome_explorer-{__version__}-py3-none-any.whl"
    quoted = (f"'{what}{extra}'" if extra else what for what in (".", wheel))
    folder, file = (f"pip install {what}" for what in quoted)
    return f"""# {tr("in the folder of this app's source code, where pyproject.toml is; brings torch and timm:")}
{folder}
# {tr("or from a wheel, which “pip wheel --no-deps .” builds there:")}
{file}"""


def merging_code(key: str, side: int, r: R, kind: str = "AutoModel") -> str:
    """Return Python code that builds the model ``key``, patches it with ``r``, and unpatches it.

    ``kind`` is the class of transformers for loading one of its models.
    """
    package = "transformers" if key.startswith(START) else "timm"
    paper = "".join(f", {name}={value}" for name, value in of_paper(key).items())
    return f"""import {package}
import tome

model = {_created(key, side, kind)}
tome.patch(model, r={r}{paper})  # {tr("every forward merges now; weights and outputs keep their shapes")}
output = model(images)  # float [B, 3, {side}, {side}]
tome.unpatch(model)  # {tr("the plain model again")}"""


def training_code(key: str, side: int, r: R) -> str:
    """Return Python code that fine-tunes the model ``key`` with merging, and evaluates it merged and plain."""
    package, output, head = "timm", "model(images)", ", num_classes=10"
    if key.startswith(START):
        package, output, head = "transformers", "model(images).logits", ", num_labels=10, ignore_mismatched_sizes=True"
    elif key.startswith("file:"):
        head = ""  # a file has a head of its own
    return f"""import {package}
import tome
import torch

model = {_created(key, side, "AutoModelForImageClassification", head)}
tome.patch(model, r={r})  # {tr("before torch.compile, DataParallel or DistributedDataParallel")}
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
model.train()
for images, labels in batches:  # {tr("your data")}: float [B, 3, {side}, {side}], int [B]
    loss = torch.nn.functional.cross_entropy({output}, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

model.eval()
with torch.inference_mode(), tome.merging(model, r=0):  # {tr("the same weights without merging, to compare")}
    plain = {output}"""


def benchmark_command(key: str, side: int, r: R, device: str = "cuda") -> str:
    """Return the command that times the model ``key`` plain and merged in turn, on the reader's ``device``."""
    name, origin = _named(key)
    return (
        f"python -m tome.benchmark {name}{origin} --r {r_to_text(r)} --image-size {side} --batch 64 --device {device}"
    )


def _created(key: str, side: int, kind: str, head: str = "") -> str:
    if key.startswith(START):
        return f'transformers.{kind}.from_pretrained("{key.removeprefix(START)}"{head}).eval()'
    name, _ = _named(key)
    size = f", img_size={side}" if key == EMBEDDED else ""
    if key.startswith("file:"):
        return f'timm.create_model("{name}", checkpoint_path="{key[5:]}").eval()'
    if not key.startswith("random:"):
        return f'timm.create_model("{name}"{size}{head}, pretrained=True).eval()'
    if published(name):
        note = tr("trained weights; this page shows random ones")
        return f'timm.create_model("{name}"{head}, pretrained=True).eval()  # {note}'
    note = tr("random weights, as here: timm has no trained ones for this name")
    return f'timm.create_model("{name}"{head}, pretrained=False).eval()  # {note}'


def _named(key: str) -> tuple[str, str]:
    """Return timm's name, and the option for its weights."""
    if key == EMBEDDED:
        return PUBLISHED, " --pretrained"
    if key.startswith("file:"):
        return key[5:].split(".")[0], f" --weights {key[5:]}"
    if key.startswith("random:"):
        name = key.removeprefix("random:")
        return name, " --pretrained" if published(name) else ""
    return key, " --pretrained"
