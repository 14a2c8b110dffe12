"""The error of a bad query."""

__all__ = ["BadQuery"]


class BadQuery(ValueError):
    """A parameter with an unknown value, or one that cannot be run."""

    def __init__(self, parameter: str, rule: str, got: str):
        super().__init__(f"{parameter}: {rule}; got {got!r}")
        self.parameter, self.rule, self.got = parameter, rule, got
