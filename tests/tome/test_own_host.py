"""A model of one's own: how its forward may run its blocks, and what is said where it cannot merge."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.testing import assert_close
from torch.utils.checkpoint import checkpoint

import tome
from tome.forward.trace import enter
from tome.hosts.registry import HOSTS
from tome.testing import check_host


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(16), nn.LayerNorm(16)
        self.qkv, self.mlp = nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.qkv(self.norm1(x)).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4)
        x = x + F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        return x + self.mlp(self.norm2(x))


class Own(nn.Module):
    """Runs its blocks one after another, as a subclass says."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(3, 16, 8, 8)
        self.layers = nn.ModuleList(Block() for _ in range(4))
        self.head = nn.Linear(16, 5)
        self.first, self.second, self.third, self.fourth = self.layers

    def walk(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.walk(self.embed(images).flatten(2).transpose(1, 2)).mean(1))


class ByNumber(Own):
    def walk(self, x):
        for number in range(len(self.layers)):
            x = self.layers[number](x)
        return x


class Checkpointed(ByNumber):
    def walk(self, x):
        for number in range(len(self.layers)):
            x = checkpoint(self.layers[number], x, use_reentrant=False)
        return x


class CheckpointedInTurn(Own):
    def walk(self, x):
        for layer in self.layers:
            x = checkpoint(layer, x, use_reentrant=False)
        return x


class Scaled(Own):
    def walk(self, x):
        for layer in self.layers:
            x = layer(x) * 0.5
        return x


class ScaledByNumber(Own):
    def walk(self, x):
        for number in range(len(self.layers)):
            x = self.layers[number](x) * 0.5
        return x


class OneLeftOut(Own):
    def walk(self, x):
        for number, layer in enumerate(self.layers):
            x = x if number == 1 else layer(x)
        return x


class Three(Own):
    def walk(self, x):
        for layer in self.layers[:3]:
            x = layer(x)
        return x


class LastLeftOut(Own):
    def walk(self, x):
        for number in range(3):
            x = self.layers[number](x)
        return x


class Unrolled(Own):
    def walk(self, x):
        return self.fourth(self.third(self.second(self.first(x))))


class OwnHost(tome.Host):
    name = "Own"

    def check(self, model):
        pass

    def blocks_path(self, model):
        return "layers"

    def prefix(self, model):
        return 0

    def class_token(self, model):
        return False

    def pooled(self, model):
        return True

    def entry(self, model, x):
        return tome.Entry()

    def attn(self, block):
        return block

    def attention_input(self, block, x):
        return block.norm1(x)

    def heads(self, attn, x):
        parts = attn.qkv(x).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4)
        return dict(zip(("query", "key", "value"), parts, strict=True))

    def attend(self, attn, heads, mask):
        return F.scaled_dot_product_attention(**heads, attn_mask=mask).transpose(1, 2).flatten(2)

    def add_attention(self, block, x, attended):
        return x + attended

    def add_mlp(self, block, x):
        return x + block.mlp(block.norm2(x))


class OwnHostCheckpointed(OwnHost):
    def checkpoints(self, model):
        return True


@pytest.fixture(autouse=True)
def _hosts():
    plain = (Own, ByNumber, Checkpointed, Scaled, ScaledByNumber, OneLeftOut, Three, LastLeftOut, Unrolled)
    tome.register_host(OwnHost(), *plain)
    tome.register_host(OwnHostCheckpointed(), CheckpointedInTurn)
    yield
    for kind in [kind for kind in HOSTS if issubclass(kind, Own)]:
        del HOSTS[kind]


def built(kind: type[Own]) -> Own:
    """Return a model of ``kind``, with the weights that every other has."""
    torch.manual_seed(0)
    return kind().eval()


@pytest.fixture
def images() -> Tensor:
    return torch.randn(2, 3, 40, 40, generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
def test_a_model_that_calls_its_blocks_by_number_merges_as_one_that_walks_them(images):
    walked, numbered = built(Own), built(ByNumber)
    wanted = tome.patch(walked, r=4)(images)
    assert not torch.allclose(wanted, tome.unpatch(walked)(images)), "nothing merged"
    assert torch.equal(tome.patch(numbered, r=4)(images), wanted)
    output, record = tome.trace(numbered, images, tome.MergeConfig(r=4))
    assert torch.equal(output, wanted)
    assert [step.r for step in record.layers] == [4] * 4


@pytest.mark.parametrize("kind", [Own, ByNumber])
def test_a_model_passes_every_rule_however_it_runs_its_blocks(kind, images):
    assert check_host(built(kind), images)


@pytest.mark.parametrize("kind", [Scaled, ScaledByNumber, OneLeftOut])
@torch.inference_mode()
def test_what_changes_tokens_between_two_blocks_is_refused(kind, images):
    model = built(kind)
    with pytest.raises(RuntimeError, match=r"block \d of a patched model must run once, on what block \d gave"):
        tome.patch(model, r=2)(images)
    with pytest.raises(RuntimeError, match=r"block \d of \w+ did not run on|what block \d gives in block \d alone"):
        tome.trace(tome.unpatch(model), images, tome.MergeConfig(r=2))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Three, r"all of its 4 blocks while it is traced; got slice\(None, 3, None\)"),
        (
            LastLeftOut,
            "must use what block 2 gives in block 3 alone, as a trace runs all blocks as one; LastLeftOut called",
        ),
        (Unrolled, "model must run its blocks by its 'layers', but the forward of Unrolled called none there"),
    ],
)
@torch.inference_mode()
def test_a_trace_of_a_model_that_does_not_run_every_block_is_refused(kind, why, images):
    with pytest.raises(RuntimeError, match=why):
        tome.trace(built(kind), images)


@torch.inference_mode()
def test_a_block_called_by_number_takes_only_what_the_one_before_gave(images):
    model = tome.patch(built(ByNumber), r=2)
    x = torch.randn(1, 25, 16)
    with pytest.raises(RuntimeError, match="block 2 of a patched model must run once, on what block 1 gave"):
        model.layers[2](x)
    after = model.layers[0](x)
    with pytest.raises(RuntimeError, match="block 2 of a patched model must run once, on what block 1 gave"):
        model.layers[2](after)
    assert model.layers[-1].norm1 is model.fourth.norm1
    assert type(copy.deepcopy(model.layers[-1])) is Block


def test_a_block_called_by_number_runs_again_in_backward(images):
    plain, again = built(Own), built(Checkpointed)
    for model in (plain, again):
        tome.patch(model, r=3)(images).square().sum().backward()
    for wanted, got in zip(plain.parameters(), again.parameters(), strict=True):
        assert torch.equal(wanted.grad, got.grad)


def test_gradient_checkpointing_needs_a_host_that_says_so(images):
    plain, again = built(Own), built(CheckpointedInTurn)
    for model in (plain, again):
        tome.patch(model, r=3)(images).square().sum().backward()
    for wanted, got in zip(plain.parameters(), again.parameters(), strict=True):
        assert torch.equal(wanted.grad, got.grad)
    tome.register_host(OwnHost(), CheckpointedInTurn, replace=True)
    loss = tome.patch(built(CheckpointedInTurn), r=3)(images).sum()
    with pytest.raises(RuntimeError, match=r"the host must say so by Host\.checkpoints"):
        loss.backward()


@pytest.mark.parametrize("run", [tome.trace, enter, lambda model, _, config: tome.gflops(model, config)])
@pytest.mark.parametrize("config", [8, 0, {"r": 8}])
def test_what_is_no_configuration_is_refused_by_name(run, config, images, monkeypatch, unchecked_shapes):
    shape = tome.Shape.plain(depth=4, width=16, heads=2, patches=25, patch_values=192, classes=5)
    monkeypatch.setattr(OwnHost, "shape", lambda self, model, size=None: shape, raising=False)
    with pytest.raises(TypeError, match=f"config must be a MergeConfig; got {type(config).__name__}"):
        run(built(Own), images, config)


def test_a_cost_that_no_host_states_names_the_method_to_write():
    with pytest.raises(TypeError, match=r"Own states none: give OwnHost a method shape that returns a tome\.Shape"):
        tome.gflops(built(Own))


def test_a_host_that_returns_no_entry_is_named(images, monkeypatch):
    monkeypatch.setattr(OwnHost, "entry", lambda self, model, x: None)
    with pytest.raises(TypeError, match=r"entry of OwnHost must return a tome\.Entry; got NoneType"):
        tome.trace(built(Own), images)


def test_an_array_is_no_tensor():
    import timm

    model = timm.create_model("test_vit").eval()
    with pytest.raises(TypeError, match=r"images must be a float tensor; got numpy\.ndarray"):
        tome.trace(model, torch.zeros(1, 3, 160, 160).numpy())


class Collecting(Own):
    """Keeps what each block gives, and hands it on at once, in the end, or to its caller."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def walk(self, x):
        self.kept = []
        for layer in self.layers:
            x = layer(x)
            self.kept.append(x)
        return self.joined(self.kept)

    def joined(self, kept):
        return sum(kept)


class Stacked(Collecting):
    def joined(self, kept):
        return torch.stack(kept).mean(0)


class Scored(Collecting):
    def joined(self, kept):
        return kept[-1] * (kept[1].norm() > 0)


class AddedTo(Collecting):
    def joined(self, kept):
        kept[0] += 1
        return kept[-1]


class Skipping(Own):
    def walk(self, x):
        first = self.first_layer(x)
        self.layers[1](first)
        return self.layers[3](self.layers[2](first))

    def first_layer(self, x):
        return self.layers[0](x)


class Returned(Collecting):
    def joined(self, kept):
        return kept[-1]

    def forward(self, images):
        return {"logits": super().forward(images), "maps": self.kept}


class Looking(Own):
    """Asks for no more than where and how large its tokens are."""

    def walk(self, x):
        for layer in self.layers:
            assert (x.shape, len(x), x.device.type) == ((2, 25, 16), 2, "cpu")
            x = layer(x.contiguous().to(x.dtype))
        return x


@pytest.mark.parametrize("kind", [Collecting, Stacked, Scored, AddedTo, Returned])
@torch.inference_mode()
def test_a_trace_refuses_a_model_that_uses_the_outputs_of_its_blocks(kind, images):
    tome.register_host(OwnHost(), kind)
    model = built(kind)
    why = f"what block [01] gives in block [12] alone, as a trace runs all blocks as one; {kind.__name__} (called|returned)"
    with pytest.raises(RuntimeError, match=why):
        tome.trace(model, images, tome.MergeConfig(r=2))
    with pytest.raises(RuntimeError, match=why):
        check_host(model, images)


@torch.inference_mode()
def test_what_a_trace_refuses_for_its_outputs_is_exact_when_patched(images):
    tome.register_host(OwnHost(), Collecting)
    assert_close(tome.patch(built(Collecting), r=0)(images), built(Collecting)(images))


@torch.inference_mode()
def test_a_trace_of_a_model_that_leaves_a_block_aside_is_refused(images):
    tome.register_host(OwnHost(), Skipping)
    with pytest.raises(RuntimeError, match="block 2 of Skipping did not run on what block 1 gave"):
        tome.trace(built(Skipping), images)


def test_a_model_may_look_at_its_tokens_between_two_blocks(images):
    tome.register_host(OwnHost(), Looking)
    output, _ = tome.trace(built(Looking), images, tome.MergeConfig(r=2))
    wanted, _ = tome.trace(built(Own), images, tome.MergeConfig(r=2))
    assert torch.equal(output, wanted)
    assert type(output) is Tensor
    output.sum().backward()


@pytest.mark.compiled
@torch.inference_mode()
def test_a_model_that_calls_its_blocks_by_number_compiles_to_one_graph(images):
    model, wanted = tome.patch(built(ByNumber), r=4), tome.patch(built(Own), r=4)(images)
    torch.compiler.reset()
    assert_close(torch.compile(model, backend="eager", fullgraph=True)(images), wanted)
