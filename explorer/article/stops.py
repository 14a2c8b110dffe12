"""The argument for token merging in ten short stops, data for the page "Read"."""

from dataclasses import dataclass, field
from typing import Literal

from explorer.locale.language import mark

__all__ = ["PAPER", "STOPS", "Stop"]

PAPER = "Bolya et al., Token Merging, arXiv 2210.09461"

Show = Literal["cost", "viewer", "losses", "block", "lesson", "playground", "tokens", "savings", "domains"]


@dataclass(frozen=True)
class Stop:
    """One stop: its text, the source of its figures, and its display."""

    title: str
    text: str
    source: str
    """source of the figures; ``{paper}`` is PAPER"""
    show: Show
    algorithm: str = "bipartite"
    cursor: dict[str, int | str | None] = field(default_factory=dict)
    """cursor on arrival: layer, step; without a layer the viewer plays once"""


STOPS = (
    Stop(
        mark("What a Vision Transformer costs"),
        mark(
            "A Vision Transformer cuts the photo into patches and makes a token of each. In every block each token looks at "
            "every other, so attention grows with the square of their number, and the rest grows in proportion. Double the "
            "resolution and there are four times as many tokens."
        ),
        mark("Counted now for the embedded model, in the paper's convention (one multiply-add is one FLOP)."),
        "cost",
    ),
    Stop(
        mark("First idea: prune"),
        mark(
            "Much of a photo says the same thing again: sky, grass, fur. So drop the tokens that matter least, here those that "
            "the class token attends to least. The hatched patches are gone: no later block can look at them."
        ),
        mark(
            "{paper}, Table 2 (ViT-L/16 with its public weights, r = 8, no training): 85.96 % unpruned, 79.48 % pruned by attention, 79.22 % at random."
        ),
        "viewer",
        "attention_prune",
        {"layer": 12},
    ),
    Stop(
        mark("What pruning loses"),
        mark(
            "What is dropped is lost, so published pruning methods train the model again. Those that keep as many tokens as a "
            "photo needs leave each photo of a batch with a different number; to stay one tensor they mask tokens instead of "
            "removing them while they train, and training gets no faster."
        ),
        mark("{paper}, Table 4 (DeiT-S): DynamicViT and A-ViT train at 1 × the plain speed, merging at 1.5 ×."),
        "losses",
    ),
    Stop(
        mark("Second idea: merge"),
        mark(
            "Instead of dropping similar tokens, replace them by their mean: every patch stays part of some token. "
            "This works on a trained model as it is. Each outlined region is one token; drag the layer."
        ),
        mark("{paper}, Table 2 (ViT-L/16, r = 8, no training): merging 84.25 %, the best pruning 79.48 %."),
        "viewer",
        "bipartite",
        {"layer": None, "fill": "mean"},
    ),
    Stop(
        mark("Where the merge sits"),
        mark(
            "In every block, between attention and MLP. A token that is about to merge has still been attended to, so "
            "its information can move on first; and attention has just computed the keys that tell which tokens are "
            "alike. The MLP and every later block then work on fewer tokens."
        ),
        mark("{paper}, section 3. The numbers in the picture are of the model and photo at hand."),
        "block",
    ),
    Stop(
        mark("Which tokens are alike? Keys and cosine"),
        mark(
            "The key already says what a token offers to others, so keys are compared, averaged over heads, by their cosine: "
            "direction counts, length does not. Point at a token: bright ones are alike."
        ),
        mark(
            "{paper}, Table 1a, b (ViT-L/16, r = 8): keys 84.25 %, queries 84.04 %, values 83.80 %; cosine 84.25 %, dot product 82.78 %."
        ),
        "lesson",
        cursor={"step": 3, "layer": 6},
    ),
    Stop(
        mark("Match, do not cluster"),
        mark(
            "Clustering such as k-means iterates: each round waits for the last. Instead, split the tokens alternately into A and "
            "B, let each A token choose its most similar B token, and merge the r best pairs. That is one parallel step. Drag "
            "the points and compare the methods."
        ),
        mark("{paper}, Table 2: bipartite matching 84.25 % at 182.9 im/s, k-means (5 rounds) 80.29 % at 147.5 im/s."),
        "playground",
    ),
    Stop(
        mark("r · L tokens, whatever the photo"),
        mark(
            "Each of the L blocks removes r tokens, whatever the photo shows, as long as it has r pairs to merge. So the cost is "
            "known in advance, and a batch stays one tensor in training too."
        ),
        mark("Token counts of this run, and of the schedule for the other photos' grids."),
        "tokens",
    ),
    Stop(
        mark("What it buys"),
        mark(
            "About half the work at r = 8 in a large model: trained with merging, ViT-L does 183 instead of 93 images per second, "
            "at 85.1 % instead of 85.7 %. Training speeds up too: fine-tuning on video took 136 hours instead of 263. "
            "The figures show what r does to your photo here."
        ),
        mark(
            "{paper}, Table 3 (ImageNet-1k, V100, weights that the authors trained again) and Table 6 (Kinetics-400, 8 GPUs, r = 65)."
        ),
        "savings",
    ),
    Stop(
        mark("Images, video, audio"),
        mark(
            "Nothing in the method knows about pictures: it needs tokens and keys. The same matching runs on video, where frames "
            "repeat each other, and on spectrograms of sound. Drag r under the picture: in the clip, one token lives through many frames; in the "
            "speech, the words hold for long."
        ),
        mark(
            "{paper}, Tables 3, 5, 6 and 7. Shown: the embedded image model over six frames, and Whisper tiny.en, run now."
        ),
        "domains",
        cursor={"layer": 12, "fill": "mean"},
    ),
)
