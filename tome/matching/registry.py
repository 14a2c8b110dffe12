"""The registry of algorithms, open to other packages."""

import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tome.matching.match_input import Matching, MatchInput

__all__ = ["ALGORITHMS", "Algorithm", "BoundMatch", "Option", "algorithm", "check_params", "configured", "register"]

Option = bool | int | float | str
Function = TypeVar("Function", bound=Callable[..., Any])

KINDS = ("merge", "prune", "hybrid")


@dataclass(frozen=True)
class BoundMatch:
    """A matching function with its options, imported on first use if given by path."""

    function: "Callable[..., Matching] | str"
    params: tuple[tuple[str, Option], ...] = ()

    def __call__(self, inputs: "MatchInput", **changed: Option) -> "Matching":
        return self.load()(inputs, **{**dict(self.params), **changed})

    def load(self) -> "Callable[..., Matching]":
        """Return the function itself, without its options."""
        if not isinstance(self.function, str):
            return self.function
        module, _, name = self.function.partition(":")
        function: Callable[..., Matching] = getattr(import_module(module), name)
        return function


@dataclass(frozen=True)
class Algorithm:
    """A matching algorithm and its properties."""

    match: Any
    """pure function ``match(inputs: MatchInput, **params) -> Matching``, or its path ``"package.module:function"``"""
    kind: str
    """merge, prune or hybrid; of a merge every token goes on as part of another"""
    paper: str
    label: str
    note: str
    """one sentence for users: its effect, and differences from its paper"""
    steps: str = "one"
    """sequential steps of a block, in words"""
    vectorised: bool = True
    """a batch is matched at once"""
    ragged: bool = False
    """images of a batch may keep different numbers of tokens: at least N − r, or N − r on average"""
    per_image: bool = True
    """an image is matched alone as in any batch"""
    handles_padding: bool = False
    """``match`` takes batches that hold tokens of size 0; others are never shown one"""
    needs_class_token: bool = False
    params: Mapping[str, Option] = field(default_factory=dict, hash=False)
    """options of this algorithm alone, with their defaults"""
    limits: Mapping[str, tuple[Option, ...]] = field(default_factory=dict, hash=False)
    """what these options may be: the lowest and the highest of a number, or every value of a text"""
    cost: Callable[[int, int], int] | None = None
    """multiply-adds of matching, from the number of free tokens and the width of the features; None counts 0"""

    def __post_init__(self) -> None:
        function = self.match.function if isinstance(self.match, BoundMatch) else self.match
        object.__setattr__(self, "params", dict(self.params))
        object.__setattr__(self, "limits", dict(self.limits))
        object.__setattr__(self, "match", BoundMatch(function, tuple(self.params.items())))


ALGORITHMS: dict[str, Algorithm] = {}
"""every registered algorithm by name; fill it through ``register``"""


def register(name: str, algorithm: Algorithm, *, replace: bool = False) -> Algorithm:
    """Register ``algorithm`` as ``name`` for configurations, costs, commands and the app, and return it.

    Raises ValueError or TypeError for a name that is taken (unless ``replace``) or not a slug, an unknown kind, a
    match that cannot be called with its options, an option other than bool, int, float or str, and a default outside
    its limits.

    Examples:
        >>> facts = {"kind": "merge", "paper": "none", "label": "Mine", "note": "The paper's matching under another name."}
        >>> mine = tome.register("mine", tome.Algorithm("tome.matching.bipartite:match", **facts))
        >>> tome.MergeConfig(algorithm="mine").algorithm
        'mine'
    """
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise ValueError(f"name must be lower-case letters, digits and underscores, a letter first; got {name!r}")
    if not isinstance(algorithm, Algorithm):
        raise TypeError(f"algorithm must be an Algorithm; got {type(algorithm).__name__}")
    if name in ALGORITHMS and not replace:
        raise ValueError(f"name {name!r} is taken by {ALGORITHMS[name].label!r}; replace=True replaces it")
    if algorithm.kind not in KINDS:
        raise ValueError(f"kind of {name!r} must be one of {', '.join(KINDS)}; got {algorithm.kind!r}")
    for option, default in algorithm.params.items():
        if not isinstance(default, Option):
            raise TypeError(f"params of {name!r} must be bool, int, float or str; {option} is {default!r}")
    for option, limits in algorithm.limits.items():
        if option not in algorithm.params:
            raise ValueError(f"limits of {name!r} must be of its options; got {option!r}")
        _check_limits(name, option, algorithm.params[option], limits)
    _check_callable(name, algorithm)
    ALGORITHMS[name] = algorithm
    return algorithm


def algorithm(name: str, *, replace: bool = False, **facts: Any) -> Callable[[Function], Function]:
    """Register the decorated function ``match(inputs, **params) -> Matching`` as ``name``.

    ``facts`` are fields of Algorithm: kind, paper, label, note, and others that differ from their defaults.  Options are
    the function's keyword-only arguments with their defaults, unless ``params`` names them.

    Examples:
        >>> @tome.algorithm("first", kind="prune", paper="none", label="First", note="Drops the first r tokens.")
        ... def first(inputs):
        ...     place = torch.arange(inputs.free).expand(len(inputs.size), -1)
        ...     return tome.matching.build.build_prune(inputs, place >= inputs.r)
        >>> with tome.merging(model, r=3, algorithm="first"):
        ...     output = model(images)
    """
    if not isinstance(name, str):
        raise TypeError(
            'name must be text, as in @tome.algorithm("mine", kind="merge", paper="…", label="…", note="…"); '
            f"got {name!r}"
        )

    def decorate(function: Function) -> Function:
        keywords = [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
        params = {p.name: p.default for p in keywords if p.default is not p.empty}
        register(name, Algorithm(function, **{"params": params, **facts}), replace=replace)
        return function

    return decorate


def check_params(name: str, params: Any) -> tuple[tuple[str, Option], ...]:
    """Return ``params``, a mapping or pairs, as pairs sorted by name, each of the type of its default.

    Raises TypeError or ValueError, naming the algorithm and its options, for anything else, for numbers that are not
    finite, and for values outside the option's limits.
    """
    known = ALGORITHMS[name].params
    has = ", ".join(f"{option} ({type(default).__name__})" for option, default in known.items()) or "none"
    try:
        given = dict(params)
    except (TypeError, ValueError) as error:
        raise TypeError(f"params must map options to values; got {params!r}") from error
    for option, value in given.items():
        if option not in known:
            raise ValueError(f"params of algorithm {name!r} must be among its options: {has}; got {option!r}")
        given[option] = _typed(name, option, value, type(known[option]))
        _check_limits(name, option, given[option], ALGORITHMS[name].limits.get(option, ()))
    return tuple(sorted(given.items()))


def _typed(name: str, option: str, value: Any, wanted: type) -> Any:
    """Return ``value`` as ``wanted``: 1 and 1.0 are one configuration."""
    if wanted is float and type(value) in (int, float):
        # NaN is not equal to itself, so no two configurations with it would be.
        if not abs(value) <= sys.float_info.max:
            raise ValueError(f"params of algorithm {name!r} must give {option} as a finite number; got {_short(value)}")
        return float(value)
    if type(value) is not wanted:
        raise TypeError(f"params of algorithm {name!r} must give {option} as {wanted.__name__}; got {_short(value)}")
    return value


def _check_limits(name: str, option: str, value: Option, limits: tuple[Option, ...]) -> None:
    if not limits:
        return
    if isinstance(value, str):
        allowed, rule = value in limits, f"as one of {', '.join(map(str, limits))}"
    else:
        low, high = limits
        allowed, rule = float(low) <= value <= float(high), f"from {low} to {high}"
    if not allowed:
        raise ValueError(f"params of algorithm {name!r} must give {option} {rule}; got {_short(value)}")


def _short(value: Any) -> str:
    """Return ``value`` as text for a message, which may have come from anywhere."""
    try:
        text = repr(value)
    except ValueError:  # an int of more digits than Python writes
        text = "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:80]}…"


def configured(name: str, params: Any = ()) -> Algorithm:
    """Return the algorithm ``name`` with ``params`` in place of its defaults, its function imported."""
    known = ALGORITHMS[name]
    changed = {**known.params, **dict(check_params(name, params))}
    return dataclasses.replace(known, match=known.match.load(), params=changed)


def _check_callable(name: str, algorithm: Algorithm) -> None:
    function = algorithm.match.function
    if isinstance(function, str):
        if not re.fullmatch(r"[\w.]+:\w+", function):
            raise ValueError(f"match of {name!r} must be a path like 'package.module:function'; got {function!r}")
        return
    if not callable(function):
        raise TypeError(f"match of {name!r} must be callable; got {function!r}")
    try:
        inspect.signature(function).bind(None, **algorithm.params)
    except TypeError as error:
        wanted = ", ".join(["inputs", *algorithm.params])
        raise TypeError(f"match of {name!r} must take ({wanted}): {error}") from error
