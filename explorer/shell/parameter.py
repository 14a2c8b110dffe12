"""Types of link parameters: parsing and allowed values."""

from dataclasses import dataclass

__all__ = ["Count", "Flag", "Parameter", "Parts", "Share", "Word", "Words"]


@dataclass(frozen=True)
class Flag:
    """On or off."""

    default: bool

    def read(self, text: str) -> bool:
        return {"true": True, "false": False}[text]

    def allows(self, value: object) -> bool:
        return isinstance(value, bool)


@dataclass(frozen=True)
class Count:
    """A whole number from ``low`` to ``high``, or ``default``, which may be None."""

    default: int | None
    low: int = 0
    high: int = 99_999

    def read(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            raise ValueError(text)
        return int(text)

    def allows(self, value: object) -> bool:
        return value == self.default or (type(value) is int and self.low <= value <= self.high)


@dataclass(frozen=True)
class Share:
    """A number from 0 to 1 in steps of 0.05."""

    default: float

    def read(self, text: str) -> float:
        return float(text)

    def allows(self, value: object) -> bool:
        return isinstance(value, float) and value in [round(step / 20, 2) for step in range(21)]


@dataclass(frozen=True)
class Word:
    """One of ``options``, or any text of at most ``longest`` characters where there are none."""

    default: str | None
    options: tuple[str, ...] = ()
    longest: int = 120

    def read(self, text: str) -> str:
        return text

    def allows(self, value: object) -> bool:
        if value is None or not isinstance(value, str):
            return value is self.default
        return value in self.options if self.options else len(value) <= self.longest


@dataclass(frozen=True)
class Words:
    """Several names, or none, with commas between them."""

    default: tuple[str, ...]

    def read(self, text: str) -> tuple[str, ...]:
        return tuple(text.split(",")) if text else ()

    def allows(self, value: object) -> bool:
        return isinstance(value, tuple) and all(isinstance(each, str) and each and "," not in each for each in value)


@dataclass(frozen=True)
class Parts:
    """Some of ``options``, with commas between them; others are ignored."""

    options: tuple[str, ...]
    default: tuple[str, ...] = ()

    def read(self, text: str) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(text.split(",")) if name in self.options)

    def allows(self, value: object) -> bool:
        return isinstance(value, tuple) and set(value) <= set(self.options)


Parameter = Flag | Count | Share | Word | Words | Parts
