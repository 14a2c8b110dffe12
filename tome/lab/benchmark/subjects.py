"""The models that the command line asks for, each with the shape of one sample."""

import argparse
from collections.abc import Iterator

from torch import nn

from tome.lab.command import check_size
from tome.lab.own import check_runs, is_own, own_model, own_shape, own_size
from tome.lab.weights import build
from tome.models.build import named

__all__ = ["subjects"]


def subjects(args: argparse.Namespace) -> Iterator[tuple[nn.Module, tuple[int, ...]]]:
    """Yield the model for each image size, on its device, with the shape of one sample."""
    if is_own(args.model):
        yield from _own(args)
        return
    spectrograms = args.model == "ast" or named(args.model) == "audiomae_"
    for size in args.image_size or [(1024, 128) if spectrograms else 224]:
        clip = {"frames": args.frames, "tubelet": args.tubelet, "in_chans": args.in_chans}
        model = build(args.model, size, weights=args.weights, pretrained=args.pretrained, **clip).to(args.device)
        check_size(model, size)
        yield model, own_shape(model, size)


def _own(args: argparse.Namespace) -> Iterator[tuple[nn.Module, tuple[int, ...]]]:
    model = own_model(args.model).to(args.device)
    for size in args.image_size or [own_size(args.model, model)]:
        shape = own_shape(model, size, args.in_chans)
        check_runs(args.model, model, shape)
        yield model, shape
