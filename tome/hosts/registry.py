"""The registry of hosts."""

from collections.abc import Iterable, Mapping, Set
from importlib import import_module

from torch import nn

from tome.hosts.protocol import Host
from tome.hosts.refused import REFUSED

__all__ = ["HOSTS", "base_of", "check_part", "host_of", "register_host", "unknown_part"]

HOSTS: dict[type[nn.Module], Host] = {}
"""Model class → its host.  Those for timm and transformers are added when one of their models is first seen."""

_PROVIDERS = {"timm": "tome.hosts.timm", "transformers": "tome.hosts.hf"}
INSIDE = "its part {!r} has one; give that, and wrap or compile it afterwards"
HOW_TO = "to write a host for it, see tome.register_host and docs/how-to/host.md"


def register_host(host: Host, *models: type[nn.Module], replace: bool = False) -> Host:
    """Register ``host`` for ``models`` and for subclasses that do not override the forward; return it.

    Raises TypeError unless ``host`` is a Host and ``models`` are classes of modules, ValueError for a class that
    has a host already, unless ``replace``.

    Examples:
        >>> class Mine(torch.nn.Module): ...
        >>> host = tome.register_host(tome.hosts.timm_vit.TimmViT(), Mine)
        >>> host.name
        'timm VisionTransformer'
    """
    if not isinstance(host, Host):
        raise TypeError(f"host must be a tome.Host; got {type(host).__name__}")
    if not models:
        raise TypeError("models must name at least one class; got none")
    for kind in models:
        if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
            raise TypeError(f"models must be subclasses of nn.Module; got {kind!r}")
        if kind in HOSTS and HOSTS[kind] is not host and not replace:
            raise ValueError(f"{kind.__name__} has a host already, {HOSTS[kind].name}; replace=True replaces it")
    HOSTS.update(dict.fromkeys(models, host))
    return host


def host_of(model: nn.Module) -> Host:
    """Return the host of ``model``.

    Raises TypeError for a class without a host, with a hint on writing one, and for a subclass that overrides
    methods its family's host relies on, naming them.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module; got {type(model).__name__}")
    for kind in type(model).__mro__:
        if provider := _PROVIDERS.get(kind.__module__.partition(".")[0]):
            import_module(provider)
        if kind in HOSTS:
            host = HOSTS[kind]
            if own := _overridden(model, kind, host.forward_methods):
                raise TypeError(
                    f"model must not override {', '.join(own)} of {kind.__name__}, on which merging relies; "
                    f"{type(model).__name__} does: {HOW_TO}"
                )
            return host
        if kind.__name__ in REFUSED:
            raise TypeError(f"model is a {type(model).__name__}, which cannot be merged: {REFUSED[kind.__name__]}")
    hint = next((INSIDE.format(name) for name, part in model.named_children() if _has_host(part)), HOW_TO)
    raise TypeError(f"model must be of a family that has a host; got {type(model).__name__}: {hint}")


def _has_host(model: nn.Module) -> bool:
    try:
        host_of(model)
    except TypeError:
        return False
    return True


def base_of(part: nn.Module, known: Iterable[type[nn.Module]]) -> type[nn.Module] | None:
    """Return the class of ``part`` among ``known``, or the base class whose forward it keeps; else None."""
    for kind in type(part).__mro__:
        if kind in known:
            return None if _overridden(part, kind, ("forward",)) else kind
    return None


def check_part(part: nn.Module, kind: type[nn.Module] | None, known: Mapping[type[nn.Module], Set[str]]) -> None:
    """Raise TypeError unless ``part`` is of ``kind`` and has only the modules and parameters listed in ``known``."""
    if kind is None:
        raise unknown_part(part, known)
    inside = part._modules.keys() | part._parameters.keys()
    if strange := sorted(name for name in inside - known[kind] if getattr(part, name) is not None):
        raise TypeError(
            f"model must have no {type(part).__name__} with {', '.join(strange)}: merging was not tested with it"
        )


def unknown_part(part: nn.Module, known: Iterable[type[nn.Module]]) -> TypeError:
    """Return the error for a part with an unknown forward."""
    name = type(part).__name__
    if isinstance(part, tuple(known)):
        return TypeError(
            f"model must have no {name} with a forward of its own: merging runs the forward that the family has"
        )
    return TypeError(f"model must have no {name}: no host knows its forward")


def _overridden(module: nn.Module, kind: type[nn.Module], methods: Iterable[str]) -> list[str]:
    """Return the ``methods`` of ``kind`` that ``module`` overrides."""
    own = type(module)
    return [
        name for name in methods if name in vars(module) or getattr(own, name, None) is not getattr(kind, name, None)
    ]
