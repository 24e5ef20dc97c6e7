"""How a process ends. Each test watches a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.lifecycle import stop_on_signals

WAITING = """
import time
from shared.lifecycle import stop_on_signals
with stop_on_signals() as stop:
    print("waiting", flush=True)
    stop.wait()
    print("stopping", flush=True)
    time.sleep({stopping})
print("stopped", flush=True)
"""
ASLEEP = """
import signal
from shared.lifecycle import stop_on_signals
with stop_on_signals() as stop:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("waiting", flush=True)
    stop.wait()
    print("stopping", flush=True)
"""
HANGING = """
import os, threading, time
from shared.lifecycle import exit_within
threading.Thread(target=time.sleep, args=(30,), name="left-over", daemon=False).start()
with exit_within(0.2):
    time.sleep({seconds})
print("left", flush=True)
time.sleep(0.5)
os._exit(0)
"""


@contextmanager
def process(code: str) -> Iterator["subprocess.Popen[str]"]:
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def next_line(running: "subprocess.Popen[str]") -> str:
    assert running.stdout is not None
    return running.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_process_politely(number: signal.Signals) -> None:
    """It gets to its end, and says 0."""
    with process(WAITING.format(stopping=0)) as running:
        assert next_line(running) == "waiting\n"
        running.send_signal(number)
        output, _ = running.communicate(timeout=10)
    assert (output, running.returncode) == ("stopping\nstopped\n", 0)


def test_a_signal_ends_a_process_whose_main_thread_sleeps_on() -> None:
    """As it does when the system gives the signal to another thread, or in the moment before it falls asleep."""
    with process(ASLEEP) as running:
        assert next_line(running) == "waiting\n"
        running.send_signal(signal.SIGTERM)
        output, _ = running.communicate(timeout=10)
    assert (output, running.returncode) == ("stopping\n", 0)


def test_a_reload_that_fails_does_not_deafen() -> None:
    """The next signal is heard."""
    with process(WAITING.replace("stop_on_signals()", "stop_on_signals(lambda: 1 / 0)").format(stopping=0)) as running:
        assert next_line(running) == "waiting\n"
        running.send_signal(signal.SIGHUP)
        running.send_signal(signal.SIGTERM)
        output, errors = running.communicate(timeout=10)
    assert (output, running.returncode) == ("stopping\nstopped\n", 0)
    assert "ZeroDivisionError" in errors


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(second: signal.Signals) -> None:
    """Whoever is in a hurry need not wait."""
    with process(WAITING.format(stopping=30)) as running:
        next_line(running)
        running.send_signal(signal.SIGTERM)
        assert next_line(running) == "stopping\n"
        running.send_signal(second)
        output, _ = running.communicate(timeout=10)
    assert (output, running.returncode) == ("", -second)


def test_handlers_are_put_back() -> None:
    """Afterwards signals mean what they meant before."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with stop_on_signals() as stop:
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] != before
        signal.raise_signal(signal.SIGTERM)
        assert stop.wait(5)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_what_hangs_is_ended_hard_and_shows_where() -> None:
    """All threads' stacks are on stderr; other threads cannot hold the process."""
    with process(HANGING.format(seconds=30)) as running:
        output, errors = running.communicate(timeout=10)
    assert (output, running.returncode) == ("", 1)
    assert "Timeout" in errors
    assert errors.count("Thread 0x") == 2


def test_what_ends_in_time_is_left_alone() -> None:
    """The alarm is off once the context is left."""
    with process(HANGING.format(seconds=0)) as running:
        output, errors = running.communicate(timeout=10)
    assert (output, errors, running.returncode) == ("left\n", "", 0)
