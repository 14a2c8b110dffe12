"""The pool: bounded, the newest task of a client wins, nothing is lost."""

import threading
import weakref

import pytest
from waiting import ended, result

from explorer.engine.task import Superseded, Task
from explorer.engine.tasks import Tasks
from explorer.memory.guard import Busy


@pytest.fixture
def gate():
    """Work that waits until the test lets it go."""
    event = threading.Event()
    yield event
    event.set()


def held(gate, started=None):
    def work(task: Task) -> None:
        if started:
            started.set()
        gate.wait(10)
        task.check()
        task.publish(task.subject)

    return work


def says(answer):
    return lambda task: task.publish(answer)


def test_a_task_has_what_its_work_published():
    assert result(Tasks(workers=1).ask("ada", "sum", says(6 * 7))) == 42


def test_an_error_is_in_the_snapshot_of_the_end():
    def work(task):
        raise ZeroDivisionError("by design")

    with pytest.raises(ZeroDivisionError, match="by design"):
        result(Tasks(workers=1).ask("ada", "sum", work))


def test_the_newest_task_of_a_client_stops_the_one_that_runs(gate):
    tasks, started = Tasks(workers=1), threading.Event()
    old = tasks.ask("ada", "old", held(gate, started))
    assert started.wait(10)
    new = tasks.ask("ada", "new", says("new"))
    gate.set()
    assert result(new) == "new"
    with pytest.raises(Superseded):
        result(old)


def test_a_queued_task_that_all_have_left_never_runs(gate):
    tasks, started, ran = Tasks(workers=1), threading.Event(), []
    tasks.ask("bob", "dog", held(gate, started))
    assert started.wait(10)
    old = tasks.ask("ada", "old", lambda task: ran.append("old"))
    new = tasks.ask("ada", "new", lambda task: ran.append("new"))
    assert old.snapshot.state == "cancelled"
    gate.set()
    result(new)
    assert ran == ["new"]


def test_clients_do_not_stop_each_other(gate):
    tasks, started = Tasks(workers=1), threading.Event()
    ada = tasks.ask("ada", "dog", held(gate, started))
    assert started.wait(10)
    bob = tasks.ask("bob", "cat", says("cat"))
    gate.set()
    assert (result(ada), result(bob)) == ("dog", "cat")


def test_who_asks_for_the_same_shares_its_task_until_the_last_one_leaves(gate):
    tasks, started, ran = Tasks(workers=1), threading.Event(), []
    tasks.ask("eve", "dog", held(gate, started))
    assert started.wait(10)
    ada = tasks.ask("ada", "cat", lambda task: ran.append("cat"))
    assert tasks.ask("bob", "cat", lambda task: ran.append("again")) is ada
    tasks.leave("ada", ada)
    assert (ada.cancelled, ada.snapshot.ended) == (False, False)
    tasks.leave("bob", ada)
    assert ada.snapshot.state == "cancelled"
    anew = tasks.ask("bob", "cat", lambda task: ran.append("anew"))
    gate.set()
    result(anew)
    assert ran == ["anew"]


def test_a_queued_task_knows_its_place(gate):
    tasks, started = Tasks(workers=1), threading.Event()
    tasks.ask("ada", "dog", held(gate, started))
    assert started.wait(10)
    first, second = tasks.ask("bob", "cat", held(gate)), tasks.ask("eve", "duck", held(gate))
    assert (tasks.place(first), tasks.place(second)) == (1, 2)
    gate.set()
    result(second)
    assert tasks.place(second) == 0


def test_a_full_queue_refuses_politely(gate):
    tasks, started = Tasks(workers=1, waiting=1), threading.Event()
    tasks.ask("ada", "dog", held(gate, started))
    assert started.wait(10)
    tasks.ask("bob", "cat", held(gate))
    with pytest.raises(Busy, match="1 runs are waiting"):
        tasks.ask("eve", "duck", held(gate))


def test_no_more_tasks_run_at_once_than_there_are_workers(gate):
    tasks, running, most, lock = Tasks(workers=2), set(), [], threading.Lock()

    def work(task):
        with lock:
            running.add(task.subject)
            most.append(len(running))
        gate.wait(0.01)
        with lock:
            running.discard(task.subject)

    for task in [tasks.ask(str(i), i, work) for i in range(20)]:
        result(task)
    assert max(most) <= 2
    assert len(most) == 20


def test_one_task_alone_gets_every_core_and_several_share_them(gate):
    given, started = [], threading.Event()
    tasks = Tasks(workers=2, set_threads=given.append)
    tasks.cores = 4
    first = tasks.ask("ada", "dog", held(gate, started))
    assert started.wait(10)
    result(tasks.ask("bob", "cat", says("cat")))
    gate.set()
    result(first)
    assert given == [4, 2]


def thread(task: Task) -> None:
    task.publish(threading.current_thread())


def test_single_tasks_always_run_in_the_same_thread(gate):
    # OpenMP keeps a team of threads for every thread that computes: a second one made each forward 1.4 × as long.
    tasks, started = Tasks(workers=2), threading.Event()
    stays = result(tasks.ask("ada", 1, thread))
    busy = tasks.ask("ada", "dog", held(gate, started))
    assert started.wait(10)
    other = result(tasks.ask("bob", 2, thread))
    gate.set()
    result(busy)
    assert other != stays
    other.join(10)
    assert not other.is_alive()
    assert [result(tasks.ask("bob", number, thread)) for number in (3, 4, 5)] == [stays] * 3


def test_what_follows_a_task_that_was_given_up_waits_for_its_end_and_gets_every_core(gate):
    given, started = [], threading.Event()
    tasks = Tasks(workers=2, set_threads=given.append)
    tasks.cores = 4
    old = tasks.ask("ada", "old", held(gate, started))
    assert started.wait(10)
    new = tasks.ask("ada", "new", says("new"))
    assert not ended(new, 0.05)
    gate.set()
    assert result(new) == "new"
    assert given == [4, 4]
    assert old.cancelled


def test_nobody_waits_for_the_end_of_long_work_that_was_given_up(gate):
    tasks, started = Tasks(workers=2), threading.Event()
    tasks.ask("ada", "training", held(gate, started), long=True)
    assert started.wait(10)
    assert ended(tasks.ask("ada", "dog", says("at once")), 5)


def test_a_task_that_all_have_left_takes_no_place(gate):
    tasks, started, ran = Tasks(workers=1, waiting=1), threading.Event(), []
    tasks.ask("ada", "dog", held(gate, started))
    assert started.wait(10)
    left = tasks.ask("bob", "cat", lambda task: ran.append("bob"))
    tasks.leave("bob", left)
    assert tasks.place(left) == 0
    eve = tasks.ask("eve", "duck", lambda task: ran.append("eve"))
    assert tasks.place(eve) == 1
    gate.set()
    result(eve)
    assert ran == ["eve"]


def test_long_work_leaves_a_worker_to_the_others(gate):
    tasks, started = Tasks(workers=2), threading.Event()
    first = tasks.ask("ada", "training", held(gate, started), long=True)
    assert started.wait(10)
    second = tasks.ask("bob", "sweep", held(gate), long=True)
    assert result(tasks.ask("eve", "dog", says("at once"))) == "at once"
    assert (tasks.place(first), tasks.place(second)) == (0, 1)
    gate.set()
    assert result(second) == "sweep"


def test_a_worker_survives_what_goes_wrong_before_the_work():
    def broken(count):
        raise ImportError("no torch")

    tasks = Tasks(workers=1, set_threads=broken)
    for _ in range(2):
        with pytest.raises(ImportError, match="no torch"):
            result(tasks.ask("ada", "dog", says("never")))


def test_no_work_is_begun_while_there_is_a_refusal():
    refusals = ["The server is short of memory.", ""]
    tasks = Tasks(workers=1, refusal=lambda: refusals.pop(0))
    with pytest.raises(Busy, match="short of memory"):
        tasks.ask("ada", "dog", says("refused"))
    assert result(tasks.ask("ada", "dog", says("taken"))) == "taken"


def test_a_task_that_has_ended_lets_go_of_what_it_worked_on():
    class Model:
        pass

    model = Model()
    gone = weakref.ref(model)
    task = Tasks(workers=1).ask("ada", "dog", lambda task, m=model: task.publish(type(m).__name__))
    del model
    assert result(task) == "Model"
    assert gone() is None


def test_tasks_of_one_turn_run_one_after_another_and_the_others_do_not_wait_for_them(gate):
    tasks, started, order = Tasks(workers=2), threading.Event(), []
    first = tasks.ask("ada", 1, held(gate, started), turn="dog")
    assert started.wait(10)
    second = tasks.ask("bob", 2, lambda task: order.append("dog again"), turn="dog")
    result(tasks.ask("eve", 3, lambda task: order.append("cat"), turn="cat"))
    gate.set()
    result(first), result(second)
    assert order == ["cat", "dog again"]


def test_tasks_of_one_turn_count_as_one_for_room_and_place(gate):
    tasks, started = Tasks(workers=1, waiting=2), threading.Event()
    tasks.ask("ada", "cat", held(gate, started))
    assert started.wait(10)
    hall = [tasks.ask(f"student {n}", n, says("seen"), turn="dog") for n in range(30)]
    last = tasks.ask("eve", "last", says("last"))
    assert [tasks.place(task) for task in (hall[0], hall[-1], last)] == [1, 1, 2]
    with pytest.raises(Busy, match="2 runs are waiting"):
        tasks.ask("bob", "duck", says("never"))
    gate.set()
    assert {result(task) for task in hall} == {"seen"}


def test_a_turn_is_free_again_when_its_task_was_cancelled(gate):
    tasks, started = Tasks(workers=2), threading.Event()
    first = tasks.ask("ada", 1, held(gate, started), turn="dog")
    assert started.wait(10)
    second = tasks.ask("bob", 2, says("bob's"), turn="dog")
    tasks.leave("ada", first)
    gate.set()
    assert result(second) == "bob's"
