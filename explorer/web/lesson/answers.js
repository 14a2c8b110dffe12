// The short answers to "Why?", each with its figure and source.

import { tr } from "../page/language.js";

// Figures: Bolya et al., Token Merging, arXiv 2210.09461; Tables 1 and 2 are ViT-L/16 (MAE), r = 8, ImageNet-1k.
/** @type {Record<string, {ask: string, text: string, rows?: string[][], table?: string}>} */
export const WHY = {
  key: {
    ask: tr("Why keys?"),
    text: tr(
      "The key is what a token offers to others for comparison in attention, so it already sums up what the token holds. " +
        "Comparing keys kept more accuracy than comparing anything else that the block has at hand.",
    ),
    rows: [
      [tr("keys"), "84.25 %"],
      [tr("queries"), "84.04 %"],
      [tr("values"), "83.80 %"],
      [tr("features after attention"), "83.70 %"],
    ],
    table: "1a",
  },
  cosine: {
    ask: tr("Why cosine?"),
    text: tr(
      "Only the direction of two keys counts, not their length. A plain dot product favours long keys, whatever they are compared with. " +
        "Other metrics can work as well: Euclidean distance came out level, at 84.26 %.",
    ),
    rows: [
      [tr("Euclidean"), "84.26 %"],
      [tr("cosine"), "84.25 %"],
      [tr("dot product"), "82.78 %"],
    ],
    table: "1b",
  },
  alternate: {
    ask: tr("Why every second token?"),
    text: tr(
      "Neighbours are often alike, and alternation puts them into different sets, where they can meet. " +
        "Cutting the list in the middle would forbid most of these pairs.",
    ),
    rows: [
      [tr("alternating"), "84.25 %"],
      [tr("random"), "83.80 %"],
      [tr("first half, second half"), "81.07 %"],
    ],
    table: "1e",
  },
  clustering: {
    ask: tr("Why not k-means?"),
    text: tr(
      "k-means goes round and round, each round waiting for the last, and may fold many unlike tokens into one group; matching is one " +
        "parallel step, and a token joins only the one it is closest to. Every image loses exactly r tokens, so a batch stays one tensor; " +
        "clusterings that choose their own number of groups leave every image with a different one.",
    ),
    rows: [
      [tr("bipartite matching"), tr("84.25 %, 182.9 im/s")],
      [tr("greedy matching"), tr("84.36 %, 179.4 im/s")],
      [tr("k-means, 5 rounds"), tr("80.29 %, 147.5 im/s")],
      [tr("k-means, 2 rounds"), tr("80.19 %, 169.7 im/s")],
    ],
    table: "2",
  },
  half: {
    ask: tr("Why at most half?"),
    text: tr(
      "Only A tokens leave, and A holds half of the tokens. If all of them go, B remains: half. Larger reductions come from many layers, a few tokens in each.",
    ),
  },
  gradual: {
    ask: tr("Why a little in every layer?"),
    text: tr(
      "Each layer compares anew, with keys that the layers before have refined, and only its safest pairs merge. " +
        "Against 15,000 random schedules, merging the same number everywhere was close to the best (paper, Fig. 2). " +
        "Merging more in the first layers is faster and costs accuracy.",
    ),
    rows: [
      [tr("r = 8 in every layer (31.0 GFLOPs)"), "85.1 %"],
      [tr("the same tokens, mostly early (22.3 GFLOPs)"), "84.2 %"],
    ],
    table: "3",
  },
  weighted: {
    ask: tr("Why weigh the mean by size?"),
    text: tr(
      "A token that stands for nine patches should count nine times; otherwise one patch could pull it as far as the nine together.",
    ),
    rows: [
      [tr("weighted mean"), "84.25 %"],
      [tr("plain mean"), "83.57 %"],
      [tr("maximum"), "83.50 %"],
      [tr("keep one, drop the other"), "81.01 %"],
    ],
    table: "1d",
  },
  proportional: {
    ask: tr("Why proportional attention?"),
    text: tr(
      "Nine equal patches draw nine times the attention of one. Merged into one token they would draw it once; " +
        "adding log 9 to the token's attention score gives it nine patches' weight again: exact when the merged tokens were equal, " +
        "close when they were alike. Models that were trained on fewer tokens (MAE) do better without it.",
    ),
    rows: [
      [tr("AugReg, with"), "83.51 %"],
      [tr("AugReg, without"), "82.15 %"],
      [tr("MAE, with"), "83.84 %"],
      [tr("MAE, without"), "84.25 %"],
    ],
    table: "1f",
  },
  prefix: {
    ask: tr("What does the class token do?"),
    text: tr(
      "It gathers what the model reads its answer from, so it must survive. It has no row and no column in the table of similarities: " +
        "it chooses nobody and nobody can choose it. Registers and a distillation token are protected in the same way. Its place stays at the front.",
    ),
  },
  order: {
    ask: tr("Why change the order?"),
    text: tr(
      "The split is by position. The tokens that stay are put down as prefix, rest of A, B, so positions shift and the next alternation cuts differently: " +
        "pairs that sat in one set, where they could not be compared, can meet in the next layer. The paper has no figure for keeping the old order. The nearest published experiment, below, is a sequential split: " +
        "first half against second half of the list, in place of every second token.",
    ),
    rows: [
      [tr("alternating"), "84.25 %"],
      [tr("first half, second half"), "81.07 %"],
    ],
    table: "1e",
  },
};

export const WHY_OF_STEP = [
  ["key", "cosine", "prefix"],
  ["alternate", "prefix"],
  ["cosine", "clustering"],
  ["half", "gradual"],
  ["weighted", "proportional"],
  ["order", "gradual"],
];
