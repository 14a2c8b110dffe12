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
    """Where the photo is, and its size in pixels."""

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
    """with the prefix"""
    labels: str
    """base64 of a little-endian uint16 for each patch: its token, counted without the prefix; 65535 where pruned"""
    source: list[int] = []
    destination: list[int] = []
    similarity: list[float] = []

    @property
    def largest(self) -> int:
        """Patches of the largest token."""
        labels = np.frombuffer(base64.b64decode(self.labels), "<u2")
        return int(np.bincount(labels[labels != DROPPED]).max(initial=0))


class Figures(Frozen):
    """What a run cost and what it said."""

    gflops: float
    """billions of multiply-adds, in the paper's convention"""
    block_gflops: list[float]
    top: list[tuple[str, float]] = []
    """the five likeliest classes with their probabilities; empty without a head"""


class Frames(Frozen):
    """What the record of a clip has beyond a photo's.

    Its picture holds the frames one below the other, with the size of one of them; ``grid`` is that of a frame;
    ``labels`` and ``colours`` run over the patches of the first frame, then of the second, and so on.
    """

    times: list[float]
    """seconds from the first frame of the clip"""
    attention: str
    spanning: list[float]
    """for each layer the share of the merged tokens that hold patches of more than one frame"""


class Sound(Frozen):
    """What the record of a sound has beyond a photo's.

    Its picture is a spectrogram, 30 s wide, of which the sound is the beginning and the rest is silence; a patch is a step
    of time, over all frequencies.
    """

    seconds: float
    """length of the sound"""
    step: float
    """seconds of a step"""
    plain: str
    """transcript without merging"""
    merged: str
    words: int
    """of the plain transcript"""
    changed: int
    """substituted, left out or added in the merged one"""
    away: int
    """tokens that merged away or were dropped"""
    silent: int
    """those of them that stood for silence: after the sound's end, or 40 dB below its loudest step"""


class Heard(Frozen):
    """What the record of a sound through a model of spectrograms has beyond a photo's.

    Its picture is what the model hears: time to the right, high bands at the top.
    """

    seconds: float
    """length of the sound"""
    heard: float
    """seconds of it that the model hears"""
    step: float
    """seconds from one column of patches to the next"""
    width: float
    """seconds that the picture is wide"""
    overlap: bool
    """whether patches overlap: each is drawn around its middle"""


class Text(Frozen):
    """What the record of a text has beyond a photo's.

    Its grid holds the words in the order of reading, and no picture; cells after the last word have the label 65535.
    """

    words: list[str]
    """pieces of words where the model splits them: what goes on begins with ##"""
    cut: bool
    """whether the text is longer than the model reads"""


class Origin(Frozen):
    """Where an exported file comes from: what it takes to open its view again, or to make it anew."""

    software: str
    """name and version"""
    link: str
    """of the view, relative to the app's address: ``?photo=cat&layer=7``"""
    query: str
    """of the record: the parameters of ``/api/v1/record``"""
    name: str
    """of the sample, for display"""
    own: bool
    """whether the sample is a file of the reader's own, which no link holds"""
    digest: str
    """SHA-256 of its file, hex"""
    settings: list[tuple[str, str]]
    """every setting of the run by name"""


class Record(Frozen):
    """One sample through one model under one configuration: all that is drawn and all figures of the run."""

    version: Literal[2] = VERSION
    name: str
    """of the sample, for display"""
    caption: str = ""
    picture: Photo
    view: Box
    grid: tuple[int, int]
    """rows, columns"""
    colours: str
    """base64 of three bytes RGB for each patch: its mean colour"""
    prefix: int
    """tokens before the patches: class, distillation and register tokens"""
    depth: int
    """blocks of the model; ``layers`` holds fewer while the run is under way"""
    layers: list[Layer]
    figures: Figures | None = None
    plain: Figures | None = None
    """of the same sample without merging"""
    class_cosine: float | None = None
    """between the class tokens of both runs; between their mean patches where the model has no class token;
    of a clip between the model's outputs, the plain one the mean over the frames, each run alone"""
    frames: Frames | None = None
    """of a clip"""
    sound: Sound | None = None
    """of a sound"""
    heard: Heard | None = None
    """of a sound through a model of spectrograms; ``class_cosine`` is that of its scores"""
    text: Text | None = None
    """of a text; ``class_cosine`` is that of its embeddings"""
    origin: Origin | None = None
    """of a record in a file"""
