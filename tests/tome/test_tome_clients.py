"""Patched models in other tools: graphs, exports, transforms, tensors without values."""

import re

import onnxruntime
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.export import Dim, export
from torch.func import functional_call, grad, vmap
from torch.fx import symbolic_trace
from torch.testing import assert_close
from torchvision.models.feature_extraction import create_feature_extractor
from vits import build, pictures

import tome
from tome.matching import ALGORITHMS

pytestmark = pytest.mark.compiled  # without shape checks: while tracing, sizes are not integers
families = pytest.mark.parametrize("family", ["plain", "distilled", "mae", "siglip", "dinov3", "rope mixed", "beitv2"])
BATCH = Dim("batch", min=1, max=32)
EXPORTED = [
    "bipartite",
    "greedy",
    "kmeans",
    "kmeans2",
    "pitome",
    "tofu",
    "dpc_knn",
    "random_merge",
    "adjacent_merge",
    "random_prune",
    "attention_prune",
    "evit",
]


def patched(family: str, options: dict | None = None, **choices):
    model = tome.patch(build(family, **options or {}), **{"r": 3, **choices})
    return model, pictures(model)


TWO = {"depth": 2}
"""blocks: the second one runs with what the first has merged, and each takes a second to export"""


def five(images: torch.Tensor) -> torch.Tensor:
    """Return a larger batch of images than the graph was made with."""
    return torch.cat([images, images.flip(-1), images[:1].flip(-2)])


@families
@torch.no_grad()
def test_a_symbolic_trace_merges_and_takes_any_batch(family):
    model, images = patched(family)
    graph = symbolic_trace(model)
    for given in (images, five(images)):
        assert_close(graph(given), model(given), rtol=0, atol=0)
    tome.unpatch(model)
    assert not torch.equal(model(images), graph(images))


@pytest.mark.parametrize("family", ["plain", "mae", "dinov3"])
@torch.no_grad()
def test_features_can_be_taken_out_of_a_symbolic_trace(family):
    model, images = patched(family)
    features = create_feature_extractor(model, {"head": "logits"})
    assert_close(features(images)["logits"], model(images), rtol=0, atol=0)


@pytest.mark.parametrize("family", ["mae", "dinov3", "beitv2"])
@torch.no_grad()
def test_an_export_takes_any_batch(family):
    model, images = patched(family, TWO)
    exported = export(model, (images,), dynamic_shapes=({0: BATCH},)).module()
    assert_close(exported(five(images)), model(five(images)))


@pytest.mark.parametrize("algorithm", EXPORTED)
@torch.no_grad()
def test_an_algorithm_whose_decision_torch_can_hold_exports(algorithm):
    model, images = patched("plain", TWO, algorithm=algorithm)
    exported = export(model, (images,), dynamic_shapes=({0: BATCH},)).module()
    assert_close(exported(five(images)), model(five(images)))


@pytest.mark.parametrize("family", ["mae", "dinov3"])
@torch.no_grad()
def test_onnx_gives_what_torch_gives_for_any_batch(family, tmp_path):
    model, images = patched(family, TWO)
    torch.onnx.export(
        model, (images,), tmp_path / "model.onnx", dynamo=True, dynamic_shapes=({0: BATCH},), verbose=False
    )
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for given in (images, five(images)):
        (output,) = session.run(None, {session.get_inputs()[0].name: given.numpy()})
        assert_close(torch.from_numpy(output), model(given), rtol=1e-4, atol=1e-5)


def test_in_onnx_equal_scores_go_to_the_earlier_token_too(tmp_path):
    from tome.matching.bipartite import best_edges

    class Best(torch.nn.Module):
        def forward(self, score):
            return best_edges(score, 3)[1]

    score = torch.tensor([[1.0, 2.0, 2.0, 1.0, 2.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    torch.onnx.export(Best().eval(), (score,), tmp_path / "best.onnx", dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(tmp_path / "best.onnx", providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: score.numpy()})
    assert output.tolist() == best_edges(score, 3)[1].tolist() == [[1, 2, 4], [0, 1, 2]]


@families
@torch.no_grad()
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore:.*torch.jit.trace.*is deprecated:FutureWarning")
def test_a_jit_trace_gives_the_same_for_its_batch(family):
    model, images = patched(family)
    traced = torch.jit.trace(model, (images,))
    other = images.flip(-1)
    assert_close(traced(other), model(other))


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*is deprecated")
@pytest.mark.parametrize("family", ["plain", "dinov3"])
def test_jit_script_is_refused_with_the_reason_and_what_works(family):
    model = tome.patch(build(family), r=2)
    said = (
        "model must be unpatched for torch.jit.script, which cannot compile merging: "
        "use torch.export or torch.jit.trace, or call tome.unpatch first"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(said)}$"):
        torch.jit.script(model)


TRACED = {"bipartite", "greedy", "pitome", "tofu", "attention_prune", "evit", "adjacent_merge"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@torch.no_grad()
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore:.*torch.jit.trace.*is deprecated:FutureWarning")
def test_a_jit_trace_never_keeps_the_decisions_of_one_image_in_silence(algorithm):
    model, images = patched("plain", algorithm=algorithm)
    if algorithm not in TRACED:
        with pytest.raises(TypeError, match=r"for torch\.jit\.trace; use torch\.export or FX"):
            torch.jit.trace(model, (images,))
        return
    other = images.flip(-1)
    assert_close(torch.jit.trace(model, (images,))(other), model(other))


@families
@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning", "ignore:torch.searchsorted:UserWarning")
def test_gradients_of_each_sample_are_those_of_the_sample_alone(family):
    model, images = patched(family)
    parameters = {name: value.detach() for name, value in model.named_parameters()}

    def loss(parameters, image):
        return functional_call(model, parameters, (image[None],)).square().sum()

    together = vmap(grad(loss), (None, 0))(parameters, images)
    for index, image in enumerate(images):
        alone = grad(loss)(parameters, image)
        for name, value in alone.items():
            assert_close(together[name][index], value, rtol=1e-4, atol=1e-4)


@families
def test_meta_and_fake_tensors_pass_and_have_the_shape_of_real_ones(family):
    model, images = patched(family)
    shape = model(images).shape
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        assert model(mode.from_tensor(images)).shape == shape
    meta = tome.patch(build(family).to("meta"), r=3)
    assert meta(images.to("meta")).shape == shape
