"""Tools around a model, on a patched one.  Apart from `make test`: `make clients` installs them and runs this."""

import accelerate
import lightning
import pytest
import torch
from captum.attr import IntegratedGradients, LayerActivation, Saliency
from peft import LoraConfig, get_peft_model
from pytorch_grad_cam import GradCAM
from torch import nn
from torch.testing import assert_close
from torch.utils.data import DataLoader, TensorDataset
from torchao.quantization import Int8WeightOnlyConfig, quantize_
from vits import build, pictures

import tome

families = pytest.mark.parametrize("family", ["plain", "mae", "dinov3"])


def patched(family: str) -> tuple[nn.Module, torch.Tensor]:
    model = tome.patch(build(family), r=3)
    return model, pictures(model)


def batches(images: torch.Tensor) -> DataLoader:
    return DataLoader(TensorDataset(images.repeat(4, 1, 1, 1), torch.arange(4 * len(images)) % 7), batch_size=2)


@families
@pytest.mark.parametrize("method", [IntegratedGradients, Saliency])
def test_captum_attributes_to_pixels(family, method):
    model, images = patched(family)
    attribution = method(model).attribute(images.requires_grad_(), target=1)
    assert attribution.shape == images.shape
    assert attribution.abs().max() > 0


@families
def test_captum_reads_the_merged_tokens_of_a_block(family):
    model, images = patched(family)
    tokens = LayerActivation(model, model.blocks[1]).attribute(images)
    plain = LayerActivation(tome.unpatch(model), model.blocks[1]).attribute(images)
    assert tokens.shape[1] == plain.shape[1] - 6


@families
def test_grad_cam_draws_from_the_last_norm(family):
    model, images = patched(family)
    _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
    prefix, side = trace.prefix, 4

    def to_grid(tokens):
        """Give each patch the value of its token, where tokens are merged."""
        if tokens.shape[1] != trace.n_in:
            layer = len(trace.layers) - 2  # the tokens that enter the last block
            source = trace.source(layer)[: len(tokens)]
            tokens = tokens.gather(1, source[..., None].expand(-1, -1, tokens.shape[2]))
        return tokens[:, prefix:].transpose(1, 2).unflatten(2, (side, side))

    with GradCAM(model, [model.blocks[-1].norm1], reshape_transform=to_grid) as cam:
        heat = cam(input_tensor=images, targets=None)
    assert heat.shape == (len(images), *images.shape[2:])


@pytest.mark.parametrize("first", ["tome", "peft"])
def test_lora_trains_under_merging_and_merges_into_the_weights(first):
    model = build("plain")
    images = pictures(model)
    if first == "tome":
        tome.patch(model, r=3)
    adapted = get_peft_model(model, LoraConfig(target_modules=["qkv"], r=2, init_lora_weights=False))
    if first == "peft":
        tome.patch(model, r=3)
    adapted.eval()
    adapted(images).square().sum().backward()
    taught = [
        name for name, value in adapted.named_parameters() if value.grad is not None and value.grad.abs().max() > 0
    ]
    assert taught
    assert all("lora" in name for name in taught)
    output = adapted(images)
    whole = adapted.merge_and_unload()
    assert_close(whole(images), output, rtol=1e-4, atol=1e-4)
    assert not torch.equal(tome.unpatch(whole)(images), output)


@families
def test_accelerate_prepares_and_trains(family):
    model, images = patched(family)
    accelerator = accelerate.Accelerator(cpu=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model, optimizer, loader = accelerator.prepare(model, optimizer, batches(images))
    before = [value.detach().clone() for value in model.parameters()]
    for inputs, labels in loader:
        accelerator.backward(nn.functional.cross_entropy(model(inputs), labels))
        optimizer.step()
        optimizer.zero_grad()
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


class Classifier(lightning.LightningModule):
    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def training_step(self, batch, index):
        return nn.functional.cross_entropy(self.model(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


@families
def test_lightning_fits_and_loads_its_checkpoint(family, tmp_path):
    model, images = patched(family)
    options = {"accelerator": "cpu", "max_epochs": 1, "logger": False, "enable_progress_bar": False}
    trainer = lightning.Trainer(default_root_dir=tmp_path, **options)
    module = Classifier(model)
    trainer.fit(module, batches(images))
    trainer.save_checkpoint(tmp_path / "model.ckpt")
    other = Classifier(patched(family)[0])
    other.load_state_dict(torch.load(tmp_path / "model.ckpt", weights_only=True)["state_dict"])
    assert_close(other.model.eval()(images), module.model.eval()(images))


@families
@torch.no_grad()
def test_int8_weights_merge_as_in_a_quantised_model_patched_afterwards(family):
    model, images = patched(family)
    quantize_(model, Int8WeightOnlyConfig())
    again = build(family)
    quantize_(again, Int8WeightOnlyConfig())
    assert_close(model(images), tome.patch(again, r=3)(images))
