"""The argument for token merging in ten short stops, in English and Chinese: data for the page "Read"."""

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["LANGUAGES", "PAPER", "STOPS", "Stop"]

LANGUAGES = {"en": "English", "zh": "中文"}
PAPER = "Bolya et al., Token Merging, arXiv 2210.09461"

Show = Literal["cost", "viewer", "losses", "block", "lesson", "playground", "tokens", "savings", "domains"]


@dataclass(frozen=True)
class Stop:
    """One stop: its words by language, where their figures stand, and what of the app is shown beside them."""

    title: dict[str, str]
    text: dict[str, str]
    source: str
    show: Show
    algorithm: str = "bipartite"
    cursor: dict[str, int | str] = field(default_factory=dict)
    """where the viewer or the lesson is put on arrival: layer, step"""


def _both(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


STOPS = (
    Stop(
        _both("What a Vision Transformer costs", "视觉 Transformer 的代价"),
        _both(
            "A Vision Transformer cuts the photo into patches and makes a token of each. In every block each token looks at "
            "every other, so attention grows with the square of their number, and the rest grows in proportion. Double the "
            "resolution and there are four times as many tokens.",
            "视觉 Transformer 把图像切成小块，每块成为一个 token。每一层里每个 token 都要关注其他所有 token："
            "注意力的计算量随 token 数的平方增长，其余部分成正比增长。分辨率翻倍，token 就变成四倍。",
        ),
        "Counted now for the embedded model, in the paper's convention (one multiply-add is one FLOP).",
        "cost",
    ),
    Stop(
        _both("First idea: prune", "第一个想法：剪枝"),
        _both(
            "Much of a photo says the same thing again: sky, grass, fur. So drop the tokens that matter least, here those that "
            "the class token attends to least. The hatched patches are gone: no later block can look at them.",
            "图像中有大量重复的内容：天空、草地、毛发。于是丢掉最不重要的 token，这里丢掉的是类别 token 关注最少的。"
            "画阴影线的小块已经消失，之后的层再也看不到它们。",
        ),
        f"{PAPER}, Table 2 (ViT-L/16, r = 8, no training): 85.96 % unpruned, 79.48 % pruned by attention, 79.22 % at random.",
        "viewer",
        "attention_prune",
        {"layer": 12},
    ),
    Stop(
        _both("What pruning loses", "剪枝失去了什么"),
        _both(
            "What is dropped is lost, so published pruning methods train the model again. Those that keep as many tokens as a "
            "photo needs leave each photo of a batch with a different number; to stay one tensor they mask tokens instead of "
            "removing them while they train, and training gets no faster.",
            "丢掉的信息无法找回，所以已发表的剪枝方法都要重新训练模型。按图像内容决定保留数量的方法会让同一批里每张图的 token 数不同；"
            "为了仍是一个张量，训练时只能用掩码遮住而不能真正移除 token，训练因此并不会变快。",
        ),
        f"{PAPER}, Table 4 (DeiT-S): DynamicViT and A-ViT train at 1× the plain speed, merging at 1.5×.",
        "losses",
    ),
    Stop(
        _both("Second idea: merge", "第二个想法：合并"),
        _both(
            "Do not drop what is alike: let it become one. Similar tokens are replaced by their mean, and every patch stays part "
            "of some token. It works on a trained model as it is. Each outlined region is one token; drag the layer.",
            "相似的 token 不丢弃，而是合而为一。相似的 token 由它们的平均值代替，每个小块始终属于某个 token。"
            "训练好的模型可以直接使用，无需再训练。每个描边的区域就是一个 token；请拖动层数。",
        ),
        f"{PAPER}, Table 2 (ViT-L/16, r = 8, no training): merging 84.25 %, the best pruning 79.48 %.",
        "viewer",
        "bipartite",
        {"layer": 12, "fill": "mean"},
    ),
    Stop(
        _both("Where the merge sits", "合并发生在块的什么位置"),
        _both(
            "In every block, between attention and MLP. A token that is about to merge has still been attended to, so what it "
            "knows can move on first; and attention has just computed the keys that say who is alike. The MLP and every later "
            "block then work on fewer tokens.",
            "在每一层的注意力与 MLP 之间。将被合并的 token 仍然参与了这一层的注意力，信息可以先传出去；"
            "而且注意力刚刚算好了用来判断相似与否的 key。此后的 MLP 和所有后续层处理的 token 就更少了。",
        ),
        f"{PAPER}, section 3. The numbers beside are of the model and photo at hand.",
        "block",
    ),
    Stop(
        _both("What is alike? Keys and cosine", "怎样算相似？Key 与余弦"),
        _both(
            "The key already says what a token offers to others, so keys are compared, averaged over heads, by their cosine: "
            "direction counts, length does not. Point at a token: bright ones are alike.",
            "Key 已经概括了一个 token 能提供给别人的内容，因此比较的是各个注意力头平均后的 key，用余弦相似度："
            "只看方向，不看长度。把鼠标移到一个 token 上：越亮的越相似。",
        ),
        f"{PAPER}, Table 1a, b (ViT-L/16, r = 8): keys 84.25 %, queries 84.04 %, values 83.80 %; cosine 84.25 %, dot product 82.78 %.",
        "lesson",
        cursor={"step": 3, "layer": 6},
    ),
    Stop(
        _both("Match, do not cluster", "用匹配，不用聚类"),
        _both(
            "Clustering such as k-means iterates: each round waits for the last. Instead, split the tokens alternately into A and "
            "B, let each A token choose its most similar B token, and merge the r best pairs. That is one parallel step. Drag "
            "the points and compare the methods.",
            "k-means 之类的聚类需要迭代，每一轮都要等上一轮。ToMe 把 token 交替分成 A、B 两组，每个 A 选出最相似的 B，"
            "再合并最相似的 r 对：只需一个并行步骤。拖动这些点，比较不同的方法。",
        ),
        f"{PAPER}, Table 2: bipartite matching 84.25 % at 182.9 im/s, k-means (5 rounds) 80.29 % at 147.5 im/s.",
        "playground",
    ),
    Stop(
        _both("r · L tokens, whatever the photo", "无论什么图像，都减少 r · L 个 token"),
        _both(
            "Each of the L blocks removes r tokens, whatever the photo shows, as long as it has r pairs to merge. So the cost is "
            "known in advance, and a batch stays one tensor in training too.",
            "L 层中每层都恰好减少 r 个 token（只要还有 r 对可以合并），与图像内容无关。因此计算量事先已知，"
            "训练时一批图像也始终是一个完整的张量。",
        ),
        "Token counts of this run, and of the schedule for the other photos' grids.",
        "tokens",
    ),
    Stop(
        _both("What it buys", "换来了什么"),
        _both(
            "About half the work at r = 8 in a large model: trained with merging, ViT-L does 183 instead of 93 images per second, "
            "at 85.1 % instead of 85.7 %. Training speeds up too: fine-tuning on video took 136 hours instead of 263. Beside: "
            "what r does here, on this machine.",
            "在大模型上，r = 8 时计算量约减半：带合并训练的 ViT-L 每秒处理 183 张而不是 93 张图像，准确率 85.1 % 对 85.7 %。"
            "训练同样变快：在视频上微调用了 136 小时而不是 263 小时。旁边是这台机器上当前 r 的结果。",
        ),
        f"{PAPER}, Table 3 (ImageNet-1k, V100) and Table 6 (Kinetics-400, 8 GPUs, r = 65).",
        "savings",
    ),
    Stop(
        _both("Images, video, audio", "图像、视频、音频"),
        _both(
            "Nothing in the method knows about pictures: it needs tokens and keys. The same matching runs on video, where frames "
            "repeat each other, and on spectrograms of sound. Drag r: in the clip, one token lives through many frames; in the "
            "speech, the words hold for long.",
            "这个方法并不知道什么是图像：它只需要 token 和 key。同样的匹配可用于视频（各帧彼此重复）和声音的频谱图。"
            "请拖动 r：在视频里，一个 token 会贯穿许多帧；在语音里，文字很久都不会改变。",
        ),
        f"{PAPER}, Tables 3, 5, 6 and 7. Below: the embedded image model over six frames, and Whisper tiny.en, run now.",
        "domains",
        cursor={"layer": 12, "fill": "mean"},
    ),
)
