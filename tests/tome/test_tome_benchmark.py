"""Speeds on clocks that count work instead of seconds, so every number is known in advance."""

import argparse
import csv
import sys
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from vits import build as build_small
from vits import pictures

from tome import MergeConfig
from tome.forward.patch import patch
from tome.forward.surgery import shallow_copy
from tome.forward.trace import enter, trace
from tome.hosts.registry import host_of
from tome.lab.benchmark import TASKS, compare, exponent, free_merge, parts, scaling
from tome.lab.benchmark.__main__ import main
from tome.lab.benchmark.report import line
from tome.lab.benchmark.speed import Speed
from tome.lab.command import r_from_text, r_to_text
from tome.lab.evaluate.__main__ import main as evaluate
from tome.lab.measure import PeakMemory, Spread, interleave, machine, power_law
from tome.lab.table import Table
from tome.lab.weights import build
from tome.matching import bipartite


class Clock:
    """A clock that advances only with work."""

    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        self.now += seconds


def vit() -> VisionTransformer:
    torch.manual_seed(0)
    return VisionTransformer(img_size=16, patch_size=4, embed_dim=16, depth=3, num_heads=2, num_classes=7).eval()


IMAGES = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def test_a_spread_is_the_median_and_the_quartiles():
    assert Spread.of([1, 2, 3, 4, 100]) == Spread(3, 2, 4)
    assert Spread.of([7]) == Spread(7, 7, 7)


def test_a_spread_needs_at_least_one_value():
    with pytest.raises(ValueError, match="at least one"):
        Spread.of([])


def test_steps_take_turns_and_each_round_begins_with_the_next():
    clock, order = Clock(), []

    def step(name: str, seconds: float):
        return lambda: (order.append(name), clock.work(seconds))

    rounds = list(interleave([step("plain", 5), step("merged", 2)], rounds=2, warmup=1, clock=clock))
    assert rounds == [(5, 2), (5, 2)]
    assert order == ["plain", "merged", "plain", "merged", "merged", "plain"]


@pytest.mark.parametrize(("rounds", "warmup"), [(0, 1), (1, -1)])
def test_zero_rounds_are_refused(rounds, warmup):
    with pytest.raises(ValueError, match="rounds"):
        next(interleave([int], rounds, warmup))


def test_a_power_law_is_found_again():
    sizes = [197, 577, 4097]
    assert power_law(sizes, [3e-6 * size**1.7 for size in sizes]) == pytest.approx(1.7)


def test_peak_memory_counts_what_is_alive_at_once_and_views_once():
    with PeakMemory() as memory:
        first = torch.ones(1000)
        second = first.view(10, 100) * 2
        del first
        third = torch.ones(500)
    assert memory.peak == 8000
    assert len(second) + len(third) == 510


def test_the_cost_of_tracing_is_told_against_the_same_merging_untraced():
    model, clock = vit(), Clock()
    for block in model.blocks:
        block.mlp.register_forward_pre_hook(lambda _, tokens: clock.work(tokens[0].shape[1]))
    *_, speed = compare(model, IMAGES, MergeConfig(r=3), "tracing", rounds=3, warmup=1, clock=clock)
    assert speed.plain_seconds == speed.seconds == Spread(33, 33, 33)
    assert speed.predicted == 1


@pytest.mark.parametrize("task", ["forward", "trace", "train"])
def test_the_speed_up_is_of_the_plain_model_over_the_merging_one(task):
    model, clock = vit(), Clock()
    for block in model.blocks:
        block.mlp.register_forward_pre_hook(lambda _, tokens: clock.work(tokens[0].shape[1]))
    *_, speed = compare(model, IMAGES, MergeConfig(r=3), task, rounds=3, warmup=1, clock=clock)
    assert speed.plain_seconds == Spread(51, 51, 51)  # three times 17 tokens
    assert speed.seconds == Spread(33, 33, 33)  # 14 + 11 + 8
    assert speed.speed_up.median == pytest.approx(51 / 33)
    assert (speed.images, speed.rounds) == (2, 3)
    assert speed.throughput == pytest.approx(2 / 33)
    assert speed.share * speed.predicted == pytest.approx(speed.speed_up.median)


def test_every_round_gives_a_result_so_far():
    clock = Clock()
    model = vit()
    model.norm.register_forward_pre_hook(lambda *_: clock.work(1))
    assert [speed.rounds for speed in compare(model, IMAGES, MergeConfig(r=1), rounds=4, clock=clock)] == [1, 2, 3, 4]


def test_merging_holds_less_for_the_backward_pass():
    model = vit()
    model.blocks[0].mlp.register_forward_pre_hook(lambda *_: None)
    speed = next(compare(model, IMAGES, MergeConfig(r=8), "train", rounds=1))
    assert speed.peak_bytes < speed.plain_peak_bytes


def test_the_free_merge_drops_as_many_tokens_and_neither_matches_nor_weighs(monkeypatch):
    model, clock, seen = vit(), Clock(), []
    for block in model.blocks:
        block.mlp.register_forward_pre_hook(lambda _, tokens: clock.work(tokens[0].shape[1]))
    monkeypatch.setattr("tome.forward.state.combine", lambda *_: pytest.fail("the free merge must not merge"))
    attend = torch.nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        "tome.hosts.protocol.F.scaled_dot_product_attention",
        lambda *parts, **options: (seen.append((parts[0].shape[2], options["attn_mask"])), attend(*parts, **options))[
            1
        ],
    )
    with torch.inference_mode():
        assert free_merge(model, MergeConfig(r=3))(IMAGES).shape == (2, 7)
    assert clock.now == 14 + 11 + 8
    assert seen == [(17, None), (14, None), (11, None)]


@pytest.mark.parametrize("family", ["plain", "no class token", "dinov3", "mae"])
@torch.inference_mode()
def test_the_free_merge_drops_the_first_tokens_behind_the_prefix(family):
    model = build_small(family)
    host, seen = host_of(model), []
    plain = enter(model, pictures(model, 1), MergeConfig(r=0)).x
    model.blocks[0].mlp.register_forward_pre_hook(lambda _, tokens: seen.append(tokens[0]))
    trace(model, pictures(model, 1), MergeConfig(r=0))
    free_merge(model, MergeConfig(r=[5, 0, 0]))(pictures(model, 1))
    kept = [*range(host.prefix(model)), *range(host.prefix(model) + 5, plain.shape[1])]
    torch.testing.assert_close(seen[1], seen[0][:, kept])


@torch.inference_mode()
def test_the_free_merge_keeps_the_places_of_the_tokens_that_stay(monkeypatch):
    model, places = build_small("dinov3"), []
    host = host_of(model)
    rotate = type(host).rotate
    monkeypatch.setattr(
        type(host),
        "rotate",
        lambda own, attn, heads, at, layer: (places.append(at), rotate(own, attn, heads, at, layer))[1],
    )
    free_merge(model, MergeConfig(r=[5, 0, 0]))(pictures(model, 1))
    before, after = (at.coordinates for at in places[:2])
    prefix = host.prefix(model)
    torch.testing.assert_close(after, torch.cat([before[:prefix], before[prefix + 5 :]]))


def test_the_share_of_the_free_merge_is_told_in_turn_with_both(working_matching):
    clock, model = working_matching, vit()
    for block in model.blocks:
        block.mlp.register_forward_pre_hook(lambda _, tokens: clock.work(tokens[0].shape[1]))
    *_, speed = compare(model, IMAGES, MergeConfig(r=3), limit=True, rounds=3, clock=clock)
    assert speed.free_seconds == Spread(33, 33, 33)
    assert speed.share_of_free.median == pytest.approx(33 / 333)
    with pytest.raises(ValueError, match="limit must be False unless task is 'forward'; got 'train'"):
        next(compare(model, IMAGES, MergeConfig(), "train", limit=True))


def test_the_printed_line_says_what_the_ratio_and_the_memory_are():
    # In a busy machine the medians of both speeds may come from other rounds than the median of their ratios.
    seconds, plain = Spread(0.5, 0.4, 0.6), Spread(0.25, 0.2, 0.3)
    said = line(Speed(2, 9, seconds, plain, Spread(1.006, 0.99, 1.02), 1.5, 3.0, 3_000_000, 4_000_000))
    assert "8.00 ->    4.00 im/s   1.006 x (0.990 - 1.020), median of the rounds' ratios   " in said
    assert said.endswith("   peak memory 4 -> 3 MB")


@pytest.mark.parametrize("task", TASKS)
def test_a_comparison_leaves_the_model_alone_even_if_it_is_closed_early(task):
    model = vit()
    before, blocks = {name: value.clone() for name, value in model.state_dict().items()}, model.blocks
    rounds = compare(model, IMAGES, MergeConfig(r=3), task, rounds=5)
    next(rounds)
    rounds.close()
    assert model.blocks is blocks
    assert not model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    torch.testing.assert_close(dict(model.state_dict()), before, rtol=0, atol=0)


def test_an_unknown_task_is_refused_by_name():
    with pytest.raises(ValueError, match="task must be one of forward, trace, train, tracing; got 'sleep'"):
        next(compare(vit(), IMAGES, MergeConfig(), "sleep"))


@pytest.fixture
def working_matching(monkeypatch):
    """A clock, and a bipartite matching that takes 100 on it, or ``cost`` of the inputs."""
    clock, match = Clock(), bipartite.match
    clock.cost = lambda inputs: 100

    def slow(inputs):
        clock.work(clock.cost(inputs))
        return match(inputs)

    monkeypatch.setattr("tome.matching.bipartite.match", slow)
    return clock


def test_the_parts_of_a_block_get_their_own_time(working_matching, monkeypatch):
    clock, model = working_matching, vit()
    merge = torch.embedding_bag
    monkeypatch.setattr(torch, "embedding_bag", lambda *a, **o: (clock.work(1000), merge(*a, **o))[1])
    for block in model.blocks:
        block.attn.proj.register_forward_pre_hook(lambda *_: clock.work(1))
        block.mlp.register_forward_pre_hook(lambda *_: clock.work(10))
    *_, layers = parts(model, IMAGES, MergeConfig(r=[3, 0, 3]), rounds=2, clock=clock)
    times = [
        tuple(getattr(layer, name).median for name in ("attention", "matching", "merging", "mlp")) for layer in layers
    ]
    assert times == [(1, 100, 1000, 10), (1, 0, 0, 10), (1, 100, 1000, 10)]


def test_timing_the_parts_leaves_the_model_alone():
    model = vit()
    blocks, norms = model.blocks, [block.norm2 for block in model.blocks]
    list(parts(model, IMAGES, MergeConfig(r=3), rounds=1))
    assert model.blocks is blocks
    assert [block.norm2 for block in model.blocks] == norms


def test_a_timed_model_merges_as_a_patched_one(monkeypatch):
    model, seen = vit(), []
    model.norm.register_forward_pre_hook(lambda _, tokens: seen.append(tokens[0]))
    list(parts(model, IMAGES, MergeConfig(r=3), rounds=1, warmup=0))
    with torch.inference_mode():
        patch(shallow_copy(model), MergeConfig(r=3))(IMAGES)
    torch.testing.assert_close(seen[0], seen[-1], rtol=0, atol=0)


def test_scaling_finds_the_exponent_of_the_matching(working_matching):
    clock = working_matching
    clock.cost = lambda given: given.feature.shape[1] ** 2
    *_, costs = scaling((32, 64, 128), rounds=2, clock=clock)
    assert [(cost.tokens, cost.r) for cost in costs] == [(32, 2), (64, 4), (128, 8)]
    assert [cost.matching.median for cost in costs] == [32**2, 64**2, 128**2]
    assert exponent(costs) == pytest.approx(2)


def test_a_table_is_read_back_and_knows_its_records(tmp_path):
    path, record = tmp_path / "t.csv", {"r": (16, -1.0), "speed": 0.1 + 0.2}
    Table(path, ("r",)).append(record)
    again = Table(path, ("r",))
    assert record in again
    assert {"r": 8} not in again
    assert list(again) == [{"r": "(16, -1.0)", "speed": repr(0.1 + 0.2)}]


def test_a_line_that_was_cut_short_is_forgotten(tmp_path):
    path = tmp_path / "t.csv"
    with Table(path, ("r",)) as table:
        table.append({"r": 1, "speed": 2})
    with path.open("a") as file:
        file.write("11,")
    again = Table(path, ("r",))
    assert {"r": 11} not in again
    again.append({"r": 3, "speed": 4})
    assert path.read_text() == "r,speed\n1,2\n3,4\n"


def test_a_table_takes_no_record_twice_and_no_other_columns(tmp_path):
    table = Table(tmp_path / "t.csv", ("r",))
    table.append({"r": 1, "speed": 2})
    with pytest.raises(ValueError, match="record must be new"):
        table.append({"r": 1, "speed": 9})
    with pytest.raises(ValueError, match="columns"):
        table.append({"r": 2, "time": 9})


def test_a_file_without_the_key_is_not_continued(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("speed\n2\n")
    with pytest.raises(ValueError, match=r"t\.csv must have the columns r"):
        Table(path, ("r",))


def test_weights_of_a_file_are_loaded_and_fitted_to_the_size(tmp_path):
    model = build("test_vit", 96, seed=3)
    save_file(model.state_dict(), tmp_path / "w.safetensors")
    again = build("test_vit", 96, weights=tmp_path / "w.safetensors")
    torch.testing.assert_close(dict(again.state_dict()), dict(model.state_dict()), rtol=0, atol=0)
    assert build("test_vit", 64, weights=tmp_path / "w.safetensors").pos_embed.shape[1] == 17


@pytest.mark.parametrize(
    ("name", "head"),
    [("test_vit", "head"), ("deit_tiny_distilled_patch16_224", "head_dist"), ("eva02_tiny_patch14_224", "head")],
)
def test_a_model_has_as_many_classes_as_its_file(name, head, tmp_path):
    tuned = timm.create_model(name, num_classes=3)
    torch.save(tuned.state_dict(), tmp_path / "ft.pth")
    again = build(name, weights=tmp_path / "ft.pth")
    assert again.num_classes == 3
    torch.testing.assert_close(dict(again.state_dict()), dict(tuned.state_dict()), rtol=0, atol=0)
    assert head in dict(again.named_children())


def test_a_file_without_a_head_is_refused_where_the_model_has_one(tmp_path):
    torch.save(timm.create_model("test_vit", num_classes=0).state_dict(), tmp_path / "w.pth")
    with pytest.raises(RuntimeError, match=r"Missing key.*head\.weight"):
        build("test_vit", weights=tmp_path / "w.pth")


def test_the_command_times_a_model_fine_tuned_to_other_classes(tmp_path, capsys):
    torch.save(timm.create_model("test_vit", num_classes=3).state_dict(), tmp_path / "ft.pth")
    command = ["test_vit", "--image-size", "48", "--batch", "1", "--rounds", "1", "--warmup", "0", "--r", "2"]
    assert main([*command, "--weights", str(tmp_path / "ft.pth")]) == 0
    assert " x (" in capsys.readouterr().out


def test_random_weights_follow_the_seed_and_leave_the_callers_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, same, other = (build("test_vit", 32, seed=seed).head.weight for seed in (1, 1, 2))
    torch.testing.assert_close(torch.rand(1), expected, rtol=0, atol=0)
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    assert not torch.equal(one, other)


def test_weights_come_from_one_place(tmp_path):
    with pytest.raises(ValueError, match="not both"):
        build("test_vit", weights="w.safetensors", pretrained=True)


@pytest.mark.parametrize("r", [13, (16, -1.0), (8, 0.5)])
def test_r_is_read_as_it_is_written(r):
    assert r_from_text(r_to_text(r)) == r


@pytest.mark.parametrize("text", ["", "x", "-3", "16,-2", "1,2,3", "16,"])
def test_an_r_that_makes_no_sense_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match="r must be"):
        r_from_text(text)


def test_the_command_continues_its_table(tmp_path, capsys):
    path = tmp_path / "speed.csv"
    command = ["test_vit", "--image-size", "48", "--batch", "1", "--rounds", "1", "--csv", str(path), "--r"]
    main([*command, "0", "2"])
    first = path.read_text()
    main([*command, "0", "2", "2,-1"])
    assert path.read_text().startswith(first)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["r"] for row in rows] == ["0", "2", "2,-1"]
    assert all(float(row["speed_up"]) > 0 and row["torch"] for row in rows)
    assert capsys.readouterr().out.count("is in") == 2


@pytest.mark.parametrize("what", ["--parts", "--scaling"])
def test_the_command_shows_parts_and_scaling(what, capsys, monkeypatch):
    monkeypatch.setattr("tome.lab.benchmark.show.scaling", lambda **options: scaling((16, 32), **options))
    main(["test_vit", "--image-size", "48", "--batch", "1", "--rounds", "1", "--r", "2", what])
    assert "matching  merging" in capsys.readouterr().out


def test_parts_and_scaling_go_into_tables_that_a_second_run_continues(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tome.lab.benchmark.show.scaling", lambda **options: scaling((16, 32), **options))
    small = ["test_vit", "--image-size", "48", "--batch", "1", "--rounds", "1", "--warmup", "0", "--r", "2", "--csv"]
    for what in ("parts", "scaling"):
        path = tmp_path / f"{what}.csv"
        for _ in range(2):
            assert main([*small, str(path), f"--{what}"]) == 0
    parts, grown = (
        list(csv.DictReader((tmp_path / f"{name}.csv").read_text().splitlines())) for name in ("parts", "scaling")
    )
    assert [row["block"] for row in parts] == [str(block) for block in range(6)]
    assert float(parts[0]["matching_seconds"]) > 0
    assert float(parts[0]["load"]) >= 0
    assert [row["tokens"] for row in grown] == ["16", "32"]
    assert capsys.readouterr().out.count("is in") == 1


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        (["mae_st_vit_small", "--image-size", "32"], "3x16x32x32"),
        (["vit_tiny_patch16_224", "--frames", "4", "--tubelet", "1", "--image-size", "32x48"], "3x4x32x48"),
        (["audiomae_vit_small", "--image-size", "64x32"], "1x64x32"),
        (["test_vit", "--in-chans", "1", "--image-size", "48"], "1x48x48"),
        (["test_vit", "--image-size", "48"], "48"),
    ],
)
def test_the_command_times_clips_and_spectrograms_against_the_limit(shape, size, tmp_path):
    path = tmp_path / "speed.csv"
    assert main([*shape, "--batch", "1", "--rounds", "1", "--r", "2", "--limit", "--csv", str(path)]) == 0
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert row["image_size"] == size
    assert float(row["free_seconds"]) > 0
    assert float(row["share_of_free"]) > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["test_vit"], "bipartite"),
        (["test_vit", "--no-proportional-attention"], "bipartite, plain attention"),
        (["audiomae_vit_small"], "bipartite, plain attention"),
        (["audiomae_vit_small", "--proportional-attention"], "bipartite"),
    ],
)
def test_models_of_mae_are_timed_as_in_the_paper_unless_asked_otherwise(options, said, tmp_path, monkeypatch):
    taken, path = set(), tmp_path / "speed.csv"

    def watched(model, images, config, *others, **more):
        taken.add(config.proportional_attention)
        return compare(model, images, config, *others, **more)

    monkeypatch.setattr("tome.lab.benchmark.show.compare", watched)
    size = ["--image-size", "64x32" if "mae" in options[0] else "48"]
    assert (
        main([*options, *size, "--batch", "1", "--rounds", "1", "--warmup", "0", "--r", "2", "--csv", str(path)]) == 0
    )
    (row,) = csv.DictReader(path.read_text().splitlines())
    assert (row["algorithm"], taken) == (said, {said == "bipartite"})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--image-size", "16x32x48"], "must be a side like 224, or height and width like 1024x128"),
        (["--limit", "--train"], "argument --train: not allowed with argument --limit"),
    ],
)
def test_a_shape_or_limit_that_makes_no_sense_is_refused(options, said, capsys):
    with pytest.raises(SystemExit):
        main(["test_vit", *options])
    assert said in capsys.readouterr().err


def test_a_file_in_its_authors_naming_is_loaded_with_as_many_classes_as_it_has(tmp_path):
    made = build("mae_st_vit_small", 32, frames=4, seed=3)
    weights = made.state_dict()
    weights = {name.replace("fc_norm", "norm"): value.clone() for name, value in weights.items()}
    weights |= {"head.weight": weights["head.weight"][:7].clone(), "head.bias": weights["head.bias"][:7].clone()}
    for layer in range(12):
        for end in ("weight", "bias"):
            parts = weights.pop(f"blocks.{layer}.attn.qkv.{end}").chunk(3)
            weights |= {
                f"blocks.{layer}.attn.{name}.{end}": part.clone() for name, part in zip("qkv", parts, strict=True)
            }
    save_file(weights, tmp_path / "w.safetensors")
    again = build("mae_st_vit_small", 32, frames=4, weights=tmp_path / "w.safetensors")
    assert again.num_classes == 7
    torch.testing.assert_close(again.blocks[3].attn.qkv.weight, made.blocks[3].attn.qkv.weight)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--r 2 2", "argument --r: each value must be given once; got 2 more than once"),
        ("--r 8,-1 4 8,-1", "argument --r: each value must be given once; got 8,-1 more than once"),
        ("--algorithm tofu tofu", "argument --algorithm: each value must be given once; got tofu more than once"),
    ],
)
@pytest.mark.parametrize("command", [main, evaluate])
def test_a_setting_that_is_named_twice_is_refused(command, options, said, capsys):
    with pytest.raises(SystemExit) as ended:
        command(["test_vit", *options.split()])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{said}\n"


@pytest.mark.parametrize("name", ["test_vit", "resnet18"])
def test_frames_of_a_model_without_tubelets_are_refused_with_the_reason(name, capsys):
    assert main([name, "--frames", "8", "--r", "2"]) == 1
    said = capsys.readouterr().err
    assert said == f"frames must be given for a ViT of timm with a fixed image size only; {name} is none\n"


class Leaving(str):
    """A folder that is taken off the path while it is searched, as another thread does."""

    __slots__ = ()

    def __hash__(self) -> int:
        sys.path[:] = [each for each in sys.path if each is not self]
        return super().__hash__()


@pytest.mark.parametrize("package", [torch, timm])
def test_the_versions_are_found_while_another_thread_takes_a_folder_off_the_path(package, monkeypatch, tmp_path):
    installed = str(Path(package.__file__).parents[1])
    monkeypatch.setattr(sys, "path", [Leaving(tmp_path), installed])
    assert machine()[package.__name__].startswith(package.__version__.partition("+")[0])
    assert sys.path == [installed], "the folder was on the path for the whole search"
