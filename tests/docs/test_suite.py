"""The suite's own fixtures."""

import logging


def test_a_logger_of_another_thread_may_come_while_pytest_walks_through_them():
    for number, _ in enumerate(logging.root.manager.loggerDict.values()):
        if not number:
            logging.getLogger("made meanwhile")
    assert "made meanwhile" in logging.root.manager.loggerDict
