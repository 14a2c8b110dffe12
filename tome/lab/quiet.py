"""Keep transformers from talking on a command's terminal."""

__all__ = ["quiet"]


def quiet() -> None:
    """Let transformers say errors only, without bars of progress: of Whisper's own settings it warns in every process."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
