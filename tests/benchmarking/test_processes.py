"""A run has a process of its own: what it holds is counted, and it is ended where it must be."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest

from allocator.benchmarking import Outcome
from allocator.benchmarking.memory import available_mib, peak_mib, resident_mib
from allocator.benchmarking.processes import _Watch
from allocator.errors import InfeasibleError
from allocator.models.proposal import Conflict

Ends = tuple[BaseProcess, Connection, Connection]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """This process as the one that is watched, and both ends of its connection."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    yield multiprocessing.current_process(), ours, theirs
    ours.close()
    theirs.close()


def watch(ends: Ends, patience: float = 60.0, memory: float = 1e9) -> Outcome:
    return _Watch(ends[0], ends[1], patience, memory).outcome()


def test_what_it_answers_is_the_outcome(ends: Ends) -> None:
    """The memory is what was seen, where that is more: all it started counts too."""
    for news in (
        ("started", None),
        ("point", (1.0, 5, 9)),
        ("solved", None),
        ("done", Outcome(2.0, "proved", 1.0)),
    ):
        ends[2].send(news)
    answer = watch(ends)
    assert (answer.seconds, answer.stopped) == (2.0, "proved")
    assert answer.peak_mib is not None


def test_a_run_that_holds_too_much_is_given_up(ends: Ends) -> None:
    """What it had reported until then stays in its row."""
    ends[2].send(("started", None))
    ends[2].send(("point", (1.5, 5, 9)))
    answer = watch(ends, memory=1.0)
    assert answer.stopped == "given up: held more than 0.0 GiB"
    assert answer.need_met is None
    assert (answer.peak_mib or 0) > 1


def test_a_run_that_does_not_end_is_given_up(ends: Ends) -> None:
    ends[2].send(("started", None))
    ends[2].send(("point", (0.5, 5, 9)))
    answer = watch(ends, patience=0.2)
    assert answer.stopped == "given up after 0 s"
    assert (answer.first_proposal_s, answer.trace) == (0.5, ((0.5, 5, 9),))


def test_a_proof_of_infeasibility_is_passed_on(ends: Ends) -> None:
    conflict = Conflict(rule="R2 hours", what="P1 in T1")
    ends[2].send(("infeasible", ((conflict,), True)))
    with pytest.raises(InfeasibleError, match="None can be left out") as caught:
        watch(ends)
    assert caught.value.conflicts == (conflict,)


def test_an_interrupted_run_is_no_measurement(ends: Ends) -> None:
    ends[2].send(("interrupted", None))
    with pytest.raises(KeyboardInterrupt):
        watch(ends)


def _dies(_: Connection) -> None:
    sys.exit(3)


def test_a_run_that_fails_is_a_row() -> None:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_dies, args=(theirs,))
    process.start()
    theirs.close()
    assert _Watch(process, ours, 60.0, 1e9).outcome().stopped == "failed, exit code 3"
    ours.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not say")
def test_memory_is_that_of_the_whole_family() -> None:
    """A child that holds 64 MiB counts with its parent."""
    code = "import sys; held = bytearray(64 << 20); print(flush=True); sys.stdin.read()"
    parent = multiprocessing.current_process().pid or 0
    alone = resident_mib(parent)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        together = resident_mib(parent)
        child.communicate()
    assert alone is not None
    assert together is not None
    assert together > alone + 60
    assert (peak_mib() or 0) > 10
    assert (available_mib() or 0) > 0


def test_a_process_that_is_gone_holds_nothing() -> None:
    assert resident_mib(2**22 + 1) is None
