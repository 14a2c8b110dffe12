"""The record of a run: the one source for Python, JSON and the JavaScript types."""

import base64
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

__all__ = [
    "DROPPED",
    "VERSION",
    "Box",
    "Figures",
    "Frames",
    "Frozen",
    "Heard",
    "Layer",
    "Origin",
    "Photo",
    "Record",
    "Sound",
    "Text",
]

VERSION = 2
DROPPED = 0xFFFF
"""The label of a patch whose token was pruned."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Photo(Frozen):
    """Address of the photo and its size in pixels."""

    src: str
    width: int
    height: int


class Box(Frozen):
    """The part of the photo that the model sees, in the photo's pixels."""

    x: float
    y: float
    width: float
    height: float


class Layer(Frozen):
    """The tokens after a block; layer 0 is the input.  Edges count the tokens of the layer before, without the prefix."""

    tokens: int
    """prefix included"""
    labels: str
    """base64 of a little-endian uint16 per patch: index of its token without the prefix; 65535 for pruned patches"""
    source: list[int] = []
    destination: list[int] = []
    similarity: list[float] = []

    @property
    def largest(self) -> int:
        """Patches of the largest token."""
        labels = np.frombuffer(base64.b64decode(self.labels), "<u2")
        return int(np.bincount(labels[labels != DROPPED]).max(initial=0))


class Figures(Frozen):
    """Cost and result of a run."""

    gflops: float
    """billions of multiply-adds, in the paper's convention"""
    block_gflops: list[float]
    top: list[tuple[str, float]] = []
    """top-5 classes with probabilities; empty without a head"""


class Frames(Frozen):
    """Additional fields of a clip's record.

    Its picture holds the frames, stacked vertically, with the size of a single frame; ``grid`` is that of a frame;
    ``labels`` and ``colours`` run over the patches frame by frame.
    """

    times: list[float]
    """seconds from the first frame of the clip"""
    attention: str
    spanning: list[float]
    """per layer, the share of merged tokens with patches of several frames"""


class Sound(Frozen):
    """Additional fields of the record of a sound through Whisper.

    Its picture is a spectrogram of 30 s: the sound, then silence.  A patch is a time step over all frequencies.
    """

    seconds: float
    """length of the sound"""
    step: float
    """length of a step in seconds"""
    plain: str
    """transcript without merging"""
    merged: str
    words: int
    """number of words in the plain transcript"""
    changed: int
    """words substituted, deleted or inserted in the merged one"""
    away: int
    """number of tokens merged away or dropped"""
    silent: int
    """those among them that were silence: after the sound's end, or 40 dB below its loudest step"""


class Heard(Frozen):
    """Additional fields of the record of a sound through a spectrogram model.

    Its picture is the model's input: time to the right, high bands at the top.
    """

    seconds: float
    """length of the sound"""
    heard: float
    """length of the part that the model hears"""
    step: float
    """seconds from one column of patches to the next"""
    width: float
    """length of sound across the picture"""
    overlap: bool
    """whether patches overlap; each is drawn around its middle"""


class Text(Frozen):
    """Additional fields of a text's record.

    Its grid holds the words in reading order; there is no picture, and cells after the last word have the label 65535.
    """

    words: list[str]
    """words, or word pieces: continuations begin with ##"""
    cut: bool
    """whether the text is longer than the model reads"""


class Origin(Frozen):
    """Origin of an exported file: everything needed to reopen its view or to reproduce it."""

    software: str
    """name and version"""
    link: str
    """link of the view, relative to the app's address: ``?photo=cat&layer=7``"""
    query: str
    """query of the record: the parameters of ``/api/v1/record``"""
    name: str
    """of the sample, for display"""
    own: bool
    """whether the sample is an own file, which a link cannot hold"""
    digest: str
    """SHA-256 of its file, hex"""
    settings: list[tuple[str, str]]
    """every setting of the run by name"""


class Record(Frozen):
    """One sample through one model under one configuration: the drawing data and figures of the run."""

    version: Literal[2] = VERSION
    name: str
    """of the sample, for display"""
    caption: str = ""
    picture: Photo
    view: Box
    grid: tuple[int, int]
    """rows, columns"""
    colours: str
    """base64 of the mean colour of each patch, three bytes RGB"""
    prefix: int
    """tokens before the patches: class, distillation and register tokens"""
    depth: int
    """number of blocks; ``layers`` holds fewer during a run"""
    layers: list[Layer]
    figures: Figures | None = None
    plain: Figures | None = None
    """figures of the same sample without merging"""
    class_cosine: float | None = None
    """between the class tokens of both runs; between their mean patches where the model has no class token;
    of a clip between the model's outputs, the plain one the mean over the frames, each run alone"""
    frames: Frames | None = None
    """for clips only"""
    sound: Sound | None = None
    """for sounds through Whisper only"""
    heard: Heard | None = None
    """for sounds through a spectrogram model only; ``class_cosine`` is that of its scores"""
    text: Text | None = None
    """for texts only; ``class_cosine`` is that of the embeddings"""
    origin: Origin | None = None
    """for records in exported files only"""
