"""The app's terms: one English and one Chinese word for each thing.  Source of docs/glossary.md."""

from dataclasses import dataclass

from explorer.locale.language import mark

__all__ = ["TERMS", "Term"]


@dataclass(frozen=True)
class Term:
    """A term of the field as used in this app."""

    english: str
    chinese: str
    meaning: str
    code: str = ""
    """its name in the library, as Markdown"""
    why: str = ""
    """question about it that Matching answers"""
    also: str = ""
    """other words for it or its subject, in both languages, that a reader may look for"""


TERMS = (
    Term(
        "patch",
        "图像块",
        mark("square of the photo (or tubelet of a clip, piece of a spectrogram) that becomes one token at the input"),
    ),
    Term("token", "token", mark("vector that the blocks work on; after merging it stands for several patches")),
    Term(
        "prefix",
        "前缀",
        mark("leading tokens that never merge: class, distillation and register tokens"),
        "`trace.prefix`",
    ),
    Term(
        "class token",
        "类别 token",
        mark("token whose final value serves the classifier; also written [CLS]"),
        "`trace.class_token`",
        why="What does the class token do?",
    ),
    Term("register", "寄存器 token", mark("extra token of some models that takes up global information")),
    Term(
        "block, layer",
        "层",
        mark("attention, then MLP; in the app layer 0 is the input and layer i the state after block i"),
        "`trace.layers[i]` is block i, from 0",
    ),
    Term(
        "r",
        "r",
        mark("number of tokens that a block merges, at most half of its free tokens"),
        "`MergeConfig.r`",
        why="Why at most half?",
    ),
    Term(
        "schedule",
        "调度",
        mark("r of each block: constant, linear with an inflection, or a list"),
        "`(16, -1)`, `[8, 8, 4]`",
        why="Why a little in every layer?",
    ),
    Term(
        "inflection",
        "斜率",
        mark("slope of a linear schedule: −1 runs from 2r to 0, 0 is constant"),
        "second number of the pair",
    ),
    Term(
        "size",
        "大小",
        mark("number of patches a token stands for"),
        "`LayerTrace.size`",
        why="Why weigh the mean by size?",
    ),
    Term("group", "组", mark("tokens that become one in a block"), "`Grouping.group`"),
    Term("source", "来源", mark("token that each patch is part of after a block"), "`trace.source(layer)`"),
    Term("region", "区域", mark("patches of one token, on the picture")),
    Term(
        "edge",
        "边",
        mark("pair of tokens that a matching proposes, with its similarity; the r most similar pairs merge"),
        "`Matching.source`, `.destination`",
    ),
    Term(
        "A and B",
        "A 与 B",
        mark("the two sets of bipartite matching; tokens of A join tokens of B"),
        "`MergeConfig.partition`",
        why="Why every second token?",
    ),
    Term(
        "free token",
        "可合并的 token",
        mark("token that may merge: all but the prefix and padding"),
        "`MatchInput.free`",
    ),
    Term(
        "padding",
        "填充",
        mark("token of size 0 that only fills a row of a batch"),
        "`MatchInput.padded`",
        also="batch batches 批 批次",
    ),
    Term("matching", "匹配", mark("decision of a block which tokens merge"), "`Matching`"),
    Term(
        "algorithm",
        "算法",
        mark("rule for which tokens merge or are dropped, such as bipartite soft matching"),
        "`tome.ALGORITHMS`",
    ),
    Term(
        "merge, prune, hybrid",
        "合并、剪枝、混合",
        mark("kind of an algorithm: averages tokens, drops tokens, does both"),
        "`Algorithm.kind`",
        also="merging pruning dropping 丢弃",
    ),
    Term(
        "ragged",
        "不等长",
        mark("images of a batch may keep different numbers of tokens"),
        "`Algorithm.ragged`",
        also="batch batches 批 批次",
    ),
    Term(
        "proportional attention",
        "比例注意力",
        mark("adds the log of a token's size to the attention logits"),
        "`MergeConfig.proportional_attention`",
        why="Why proportional attention?",
    ),
    Term("metric", "度量", mark("similarity of two tokens: cosine, dot, Euclidean, softmax"), "`MergeConfig.metric`"),
    Term(
        "host",
        "适配器",
        mark("adapter that tells the library how a family of models embeds, attends and pools"),
        "`tome.Host`",
    ),
    Term("patch (verb)", "改装", mark("make a model merge in every forward"), "`tome.patch`"),
    Term("trace", "合并记录", mark("record of all merges of one forward"), "`tome.Trace`"),
    Term(
        "record",
        "记录",
        mark("what the browser draws: a trace as JSON, with picture and figures"),
        "`GET /api/v1/record`",
    ),
    Term("fidelity", "保真度", mark("closeness of a merged run to the plain run of the same model"), "`tome.fidelity`"),
    Term("agreement", "一致度", mark("adjusted Rand index of two groupings: 1 equal, 0 chance"), "`tome.agreement`"),
    Term("GFLOPs", "GFLOPs", mark("billions of multiply-adds, in the paper's (fvcore's) convention"), "`tome.gflops`"),
    Term(
        "free merge",
        "零开销合并",
        mark("forward that drops its first r tokens per block: the speed no method can exceed"),
        "`--limit`",
    ),
    Term(
        "framewise",
        "帧内注意力",
        mark("a token attends only within frames it covers; merging looks at all frames"),
        '`FrameModel(attention="framewise")`',
    ),
    Term("off the shelf", "免训练", mark("merging in a trained model without further training")),
    Term(
        "AugReg",
        "AugReg",
        mark(
            "published ViT weights, trained with much augmentation and regularisation ([arXiv 2106.10270](https://arxiv.org/abs/2106.10270))"
        ),
    ),
    Term(
        "attention",
        "注意力",
        mark("step of a block in which each token takes a weighted mean of the values of all tokens"),
    ),
    Term(
        "key, query, value",
        "键、查询、值",
        mark("the three vectors of a token that attention works with; keys are compared by default"),
        "`MergeConfig.feature`",
        why="Why keys?",
    ),
    Term("head", "头", mark("one of the parts in which attention runs side by side"), "`MergeConfig.heads`"),
    Term("similarity", "相似度", mark("how alike two tokens are, by the metric")),
    Term("cosine", "余弦", mark("similarity of the directions of two vectors: 1 is the same"), why="Why cosine?"),
    Term(
        "bipartite soft matching",
        "二分软匹配",
        mark("the paper's algorithm: each token of A chooses its most similar token of B, the r best pairs merge"),
        "`tome.matching.bipartite`",
        why="Why not k-means?",
        also="k-means kmeans clustering 聚类 k 均值",
    ),
    Term("plain, unmerged", "不合并", mark("without merging: the same as r = 0")),
    Term("throughput", "吞吐量", mark("images, or other samples, per second")),
    Term("speed-up", "加速", mark("time without merging divided by time with it")),
    Term("accuracy", "准确率", mark("share of samples whose label is named rightly")),
    Term("quartile", "四分位", mark("bounds of the middle half of the rounds of a measurement")),
    Term("frame", "帧", mark("one picture of a clip")),
    Term("tubelet", "时空块", mark("patch of a clip that lasts some frames")),
    Term("spectrogram", "频谱图", mark("picture of a sound: time to the right, frequency upwards")),
    Term("family tree", "合并谱系", mark("the tokens that a token came from, layer by layer")),
    Term(
        "pinned",
        "固定",
        mark("chosen by a click, so that it stays marked while the layer changes"),
        "`pinned` in a link",
    ),
)
