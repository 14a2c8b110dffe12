"""A server that is ended, and one whose machine lacks something: the same view, and nothing left behind."""

import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
from sessions import Reader

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
from served import server

LINK = "layer=6&fill=size"


def process(address: str) -> psutil.Process:
    """The server that listens at ``address``."""
    port = int(address.rpartition(":")[2])
    children = psutil.Process().children()
    return next(each for each in children if port in {found.laddr.port for found in each.net_connections()})


LACKS = {
    "a home": "unset HOME; unset XDG_CACHE_HOME; unset HF_HOME",
    "folders that can be written": "export HOME=/proc/nowhere XDG_CACHE_HOME=/proc/nowhere TMPDIR=/proc/nowhere",
}
linux = pytest.mark.skipif(sys.platform != "linux", reason="takes from the server by the means of Linux")


@linux
def test_a_server_that_lacks_something_and_one_after_a_kill_show_the_same_view_and_leave_no_process():
    seen = []
    for lack, ending in zip(LACKS.values(), (signal.SIGKILL, signal.SIGTERM), strict=True):
        with server(before=lack) as address:
            with Reader(address, LINK) as reader:
                page = reader.until_ready()
                assert page.texts("exception") == []
                seen.append(page.viewer())
                assert reader.fetch(sample="dog", r=12)["layers"][1]["tokens"] == 255
                assert reader.fetch(clip="bunny", frames=4, size=56)["frames"]  # a process decodes it
                assert reader.put("large", bytes(5_000_000)) == 204
                started = process(address)
                children = started.children()
                assert children
                reader.ask()  # and the server is ended in the middle of the run
                started.send_signal(ending)
                assert started.wait(30) in (0, -ending, 128 + ending)
            gone, alive = psutil.wait_procs(children, 10)
            assert (len(gone), alive) == (len(children), [])
    assert seen[0] == seen[1]
    assert (seen[0]["layer"], seen[0]["fill"]) == (6, "size")


@linux
def test_a_server_whose_disk_takes_nothing_says_so_and_keeps_the_stored_view():
    # A test that compiles sets the variable for all that are started after it; without it torch asks for a folder.
    full = "unset TORCHINDUCTOR_CACHE_DIR; ulimit -f 0"
    with server(before=full) as address, Reader(address, LINK) as reader:
        deadline = time.monotonic() + 120
        while not (said := " ".join((page := reader.run()).texts("alert"))).count("disk"):
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        assert page.texts("exception") == []
        assert "disk is full" in said
        assert (page.viewer()["layer"], page.viewer()["fill"]) == (6, "size")
        assert reader.put("small", bytes(100_000)) == 204
        assert reader.put("large", bytes(5_000_000)) == 507
        assert reader.run().texts("exception") == []
