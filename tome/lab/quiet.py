"""Silence transformers on the terminal."""

__all__ = ["quiet"]


def quiet() -> None:
    """Limit transformers to errors, without progress bars: it warns of Whisper's own settings in every process."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
