"""What the threads of this process do: now, or over some seconds."""

import sys
import threading
import time
import traceback
from collections import Counter
from types import FrameType
from urllib.parse import parse_qs

from shared.telemetry.admin import AdminPage, AdminRequest

_INTERVAL_SECONDS = 0.005
_MOST_SECONDS = 30.0
_one_at_a_time = threading.Lock()


def threads_page(request: AdminRequest) -> AdminPage:
    """Each thread's name and stack. Stacks are lines of the program, never values."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    told = [
        f"{names.get(ident, 'unknown')}\n{''.join(traceback.format_stack(frame))}\n"
        for ident, frame in sys._current_frames().items()
    ]
    return _text(200, "".join(sorted(told)))


def profile_page(request: AdminRequest) -> AdminPage:
    """Where the threads were, looked at every 5 ms for `?seconds=5` (30 at most): a folded stack and its count on each
    line, as flame graphs are drawn from. Waiting threads are in it too.
    """
    try:
        seconds = min(float(parse_qs(request.query).get("seconds", ["5"])[0]), _MOST_SECONDS)
    except ValueError:
        return _text(400, "seconds must be a number\n")
    if not _one_at_a_time.acquire(blocking=False):
        return _text(409, "another profile is being taken\n")
    try:
        stacks = _sampled(seconds)
    finally:
        _one_at_a_time.release()
    return _text(200, "".join(f"{stack} {count}\n" for stack, count in stacks.most_common()))


def _sampled(seconds: float) -> Counter[str]:
    stacks, own, end = Counter[str](), threading.get_ident(), time.monotonic() + seconds
    while time.monotonic() < end:
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            if ident != own:
                stacks[f"{names.get(ident, 'unknown')};{_folded(frame)}"] += 1
        time.sleep(_INTERVAL_SECONDS)
    return stacks


def _folded(frame: FrameType | None) -> str:
    calls = list[str]()
    while frame is not None:
        calls.append(f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}")
        frame = frame.f_back
    return ";".join(reversed(calls))


def _text(status: int, text: str) -> AdminPage:
    return AdminPage(status, "text/plain; charset=utf-8", text.encode())
