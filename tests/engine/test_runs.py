"""The pool: bounded, newest job of a session wins, nothing is lost."""

import threading
import weakref

import pytest

from explorer.engine.runs import Job, Runs, Superseded
from explorer.memory.guard import Busy


@pytest.fixture
def gate():
    """Work that waits until the test lets it go."""
    event = threading.Event()
    yield event
    event.set()


def held(gate, started=None):
    def work(job: Job) -> str:
        if started:
            started.set()
        gate.wait(10)
        job.check()
        return job.session

    return work


def test_a_job_gives_what_its_work_returned():
    assert Runs(workers=1).submit("ada", lambda job: 6 * 7).result() == 42


def test_an_error_is_raised_where_the_answer_is_asked_for():
    def work(job):
        raise ZeroDivisionError("by design")

    with pytest.raises(ZeroDivisionError, match="by design"):
        Runs(workers=1).submit("ada", work).result()


def test_the_newest_job_of_a_session_stops_the_one_that_runs(gate):
    runs, started = Runs(workers=1), threading.Event()
    old = runs.submit("ada", held(gate, started))
    assert started.wait(10)
    new = runs.submit("ada", lambda job: "new")
    gate.set()
    assert new.result() == "new"
    with pytest.raises(Superseded):
        old.result()


def test_a_waiting_job_that_is_superseded_never_runs(gate):
    runs, started, ran = Runs(workers=1), threading.Event(), []
    runs.submit("bob", held(gate, started))
    assert started.wait(10)
    old = runs.submit("ada", lambda job: ran.append("old"))
    new = runs.submit("ada", lambda job: ran.append("new"))
    with pytest.raises(Superseded):
        old.result()
    gate.set()
    new.result()
    assert ran == ["new"]


def test_sessions_do_not_stop_each_other(gate):
    runs, started = Runs(workers=1), threading.Event()
    ada = runs.submit("ada", held(gate, started))
    assert started.wait(10)
    bob = runs.submit("bob", lambda job: job.session)
    gate.set()
    assert (ada.result(), bob.result()) == ("ada", "bob")


def test_a_waiting_job_knows_its_place(gate):
    runs, started = Runs(workers=1), threading.Event()
    runs.submit("ada", held(gate, started))
    assert started.wait(10)
    first, second = runs.submit("bob", held(gate)), runs.submit("eve", held(gate))
    assert (runs.position(first), runs.position(second)) == (1, 2)
    gate.set()
    second.result()
    assert runs.position(second) == 0


def test_a_full_queue_refuses_politely(gate):
    runs, started = Runs(workers=1, waiting=1), threading.Event()
    runs.submit("ada", held(gate, started))
    assert started.wait(10)
    runs.submit("bob", held(gate))
    with pytest.raises(Busy, match="1 runs are waiting"):
        runs.submit("eve", held(gate))


def test_no_more_jobs_run_at_once_than_there_are_workers(gate):
    runs, running, most, lock = Runs(workers=2), set(), [], threading.Lock()

    def work(job):
        with lock:
            running.add(job.session)
            most.append(len(running))
        gate.wait(0.01)
        with lock:
            running.discard(job.session)

    jobs = [runs.submit(str(i), work) for i in range(20)]
    for job in jobs:
        job.result()
    assert max(most) <= 2
    assert len(most) == 20


def test_one_job_alone_gets_every_core_and_several_share_them(gate):
    asked, started = [], threading.Event()
    runs = Runs(workers=2, set_threads=asked.append)
    runs.cores = 4
    first = runs.submit("ada", held(gate, started))
    assert started.wait(10)
    second = runs.submit("bob", lambda job: None)
    second.result()
    gate.set()
    first.result()
    assert asked == [4, 2]


def thread(job: Job) -> threading.Thread:
    return threading.current_thread()


def test_single_jobs_always_run_in_the_same_thread(gate):
    # OpenMP keeps a team of threads for every thread that computes: a second one made each forward 1.4 × as long.
    runs, started = Runs(workers=2), threading.Event()
    stays = runs.submit("ada", thread).result()
    busy = runs.submit("ada", held(gate, started))
    assert started.wait(10)
    other = runs.submit("bob", thread).result()
    gate.set()
    busy.result()
    assert other != stays
    assert [runs.submit("bob", thread).result() for _ in range(3)] == [stays] * 3
    other.join(10)
    assert not other.is_alive()


def test_what_follows_a_job_that_was_given_up_waits_for_its_end_and_gets_every_core(gate):
    asked, started = [], threading.Event()
    runs = Runs(workers=2, set_threads=asked.append)
    runs.cores = 4
    old = runs.submit("ada", held(gate, started))
    assert started.wait(10)
    new = runs.submit("ada", lambda job: "new")
    assert not new.wait(0.05)
    gate.set()
    assert new.result() == "new"
    assert asked == [4, 4]
    assert old.cancelled


def test_nobody_waits_for_the_end_of_long_work_that_was_given_up(gate):
    runs, started = Runs(workers=2), threading.Event()
    runs.submit("ada", held(gate, started), long=True)
    assert started.wait(10)
    assert runs.submit("ada", lambda job: "at once").wait(5)


def test_a_cancelled_job_takes_no_place(gate):
    runs, started, ran = Runs(workers=1, waiting=1), threading.Event(), []
    runs.submit("ada", held(gate, started))
    assert started.wait(10)
    left = runs.submit("bob", lambda job: ran.append("bob"))
    left.cancel()
    assert runs.position(left) == 0
    eve = runs.submit("eve", lambda job: ran.append("eve"))
    assert runs.position(eve) == 1
    gate.set()
    eve.result()
    assert ran == ["eve"]


def test_long_work_leaves_a_worker_to_the_others(gate):
    runs, started = Runs(workers=2), threading.Event()
    first = runs.submit("ada", held(gate, started), long=True)
    assert started.wait(10)
    second = runs.submit("bob", held(gate), long=True)
    assert runs.submit("eve", lambda job: "at once").result() == "at once"
    assert (runs.position(first), runs.position(second)) == (0, 1)
    gate.set()
    assert second.result() == "bob"


def test_a_worker_survives_what_goes_wrong_before_the_work():
    def broken(count):
        raise ImportError("no torch")

    runs = Runs(workers=1, set_threads=broken)
    for _ in range(2):
        with pytest.raises(ImportError, match="no torch"):
            runs.submit("ada", lambda job: "never").result()


def test_no_work_is_begun_while_there_is_a_refusal():
    refusals = ["The server is short of memory.", ""]
    runs = Runs(workers=1, refusal=lambda: refusals.pop(0))
    with pytest.raises(Busy, match="short of memory"):
        runs.submit("ada", lambda job: "refused")
    assert runs.submit("ada", lambda job: "taken").result() == "taken"


def test_a_job_that_has_ended_lets_go_of_what_it_worked_on():
    class Model:
        pass

    model = Model()
    gone = weakref.ref(model)
    job = Runs(workers=1).submit("ada", lambda job, m=model: str(type(m).__name__))
    del model
    assert job.result() == "Model"
    assert gone() is None


def test_jobs_of_one_subject_take_turns_and_the_others_do_not_wait_for_them(gate):
    runs, started, order = Runs(workers=2), threading.Event(), []
    first = runs.submit("ada", held(gate, started), subject="dog")
    assert started.wait(10)
    second = runs.submit("bob", lambda job: order.append("dog again"), subject="dog")
    runs.submit("eve", lambda job: order.append("cat"), subject="cat").result()
    gate.set()
    first.result(), second.result()
    assert order == ["cat", "dog again"]


def test_jobs_of_one_subject_count_as_one_for_room_and_place(gate):
    runs, started = Runs(workers=1, waiting=2), threading.Event()
    runs.submit("ada", held(gate, started))
    assert started.wait(10)
    hall = [runs.submit(f"student {n}", lambda job: "seen", subject="dog") for n in range(30)]
    last = runs.submit("eve", lambda job: "last")
    assert [runs.position(job) for job in (hall[0], hall[-1], last)] == [1, 1, 2]
    with pytest.raises(Busy, match="2 runs are waiting"):
        runs.submit("bob", lambda job: None)
    gate.set()
    assert {job.result() for job in hall} == {"seen"}


def test_a_subject_is_free_again_when_its_job_was_cancelled(gate):
    runs, started = Runs(workers=2), threading.Event()
    first = runs.submit("ada", held(gate, started), subject="dog")
    assert started.wait(10)
    second = runs.submit("bob", lambda job: "bob's", subject="dog")
    first.cancel()
    gate.set()
    assert second.result() == "bob's"


def test_the_pool_knows_how_many_jobs_it_holds(gate):
    runs, started = Runs(workers=1), threading.Event()
    assert runs.crowd() == 0
    jobs = [runs.submit("ada", held(gate, started)), runs.submit("bob", held(gate))]
    assert started.wait(10)
    assert runs.crowd() == 2
    gate.set()
    [job.result() for job in jobs]
