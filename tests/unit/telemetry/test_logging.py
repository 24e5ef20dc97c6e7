"""Log lines: their form, and what must not be in them."""

import io
import json
import logging
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import pytest

from shared.spans import UNTRACED
from shared.telemetry.logging import bind_request, make_logger, route_standard_logging


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def standard_logging() -> Iterator[None]:
    """What is configured for all is put back."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    root.handlers[:] = before
    root.setLevel(level)


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def raised(why: str) -> ValueError:
    """An error with a traceback."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - it is made here.
        int(why)
    caught.value.args = (why,)
    return caught.value


def line(stream: io.StringIO) -> dict[str, Any]:
    """The one line that was written."""
    (text,) = stream.getvalue().splitlines()
    read: dict[str, Any] = json.loads(text)
    return read


def test_a_line_is_json_with_level_and_time(stream: io.StringIO) -> None:
    """ISO time in UTC."""
    make_logger(stream, "info", "json").info("serving", part="gateway", port=8080)
    written = line(stream)
    timestamp = written.pop("timestamp")
    assert timestamp.endswith("Z")
    assert timestamp[10] == "T"
    assert written == {"event": "serving", "level": "info", "part": "gateway", "port": 8080}


def test_what_is_below_the_level_is_not_written(stream: io.StringIO) -> None:
    """The level is the least that is."""
    logger = make_logger(stream, "warning", "json")
    logger.info("nothing")
    logger.warning("something")
    assert line(stream)["event"] == "something"


def test_auto_is_json_where_nobody_looks(stream: io.StringIO) -> None:
    """And a file that is asked to be readable has no colours."""
    make_logger(stream, "info", "auto").info("a")
    assert line(stream)["event"] == "a"
    readable = io.StringIO()
    make_logger(readable, "info", "console").info("serving", port=1)
    assert "serving" in readable.getvalue()
    assert "port=1" in readable.getvalue()
    assert "\x1b" not in readable.getvalue()


def test_context_is_merged(stream: io.StringIO) -> None:
    """The request id of the call stands in each of its lines."""
    logger = make_logger(stream, "info", "json")

    def call() -> None:
        bind_request("abc", UNTRACED)
        logger.info("a")

    Context().run(call)
    logger.info("b")
    inside, outside = map(json.loads, stream.getvalue().splitlines())
    assert inside["request_id"] == "abc"
    assert "request_id" not in outside


def test_an_exception_is_text_in_one_line(stream: io.StringIO) -> None:
    """With its traceback."""
    make_logger(stream, "info", "json").error("failed", exc_info=raised("why"))
    written = line(stream)
    assert written["level"] == "error"
    assert written["exception"].startswith("Traceback")
    assert written["exception"].endswith("ValueError: why")


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize(
    "name",
    [
        "password",
        "client_secret",
        "access_token",
        "Authorization",
        "set_cookie",
        "code",
        "code_verifier",
        "session_handle",
    ],
)
def test_secrets_are_redacted_by_their_names(stream: io.StringIO, log_format: str, name: str) -> None:
    """Row 30: the last resort, also inside of what is nested."""
    make_logger(stream, "info", log_format).info("a", **{name: "hunter2"}, request={name: "hunter2"})
    assert "hunter2" not in stream.getvalue()
    assert "[redacted]" in stream.getvalue()


def test_numbers_and_harmless_names_are_kept(stream: io.StringIO) -> None:
    """A count of tokens or an HTTP status gives nothing away."""
    values = {"tokens": 3, "status_code": "404", "token_type": "Bearer", "code": 404, "token_expires_in": 1.5}
    make_logger(stream, "info", "json").info("a", **values)
    assert values.items() <= line(stream).items()


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("control", ["\n", "\r", "\x1b[2J", "\x00", "\x9b2J", "\x7f", "\u2028", "\x85"])
def test_nobody_writes_a_line_of_their_own(stream: io.StringIO, log_format: str, control: str) -> None:
    """Row 30: control characters are encoded, in values and in what libraries say."""
    logger = make_logger(stream, "info", log_format)
    event = f"event{control}x"
    logger.info(event, username=f"ada{control}forged")
    text = stream.getvalue()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert "forged" in text
    if log_format == "console" or control < " ":
        assert control not in text[:-1]


def test_a_traceback_on_a_console_keeps_its_lines_and_nothing_else(stream: io.StringIO) -> None:
    """People read it; its text may come from elsewhere."""
    make_logger(stream, "info", "console").error("failed", exc_info=raised("\x1b[2J"))
    assert stream.getvalue().count("\n") > 3
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("value", ["\ud800", 2**70, b"\xff", object(), {1: 2}, {"a", "b"}])
def test_any_value_can_be_logged(stream: io.StringIO, value: object) -> None:
    """A log line never fails its request."""
    make_logger(stream, "info", "json").info("a", value=value)
    assert line(stream)["event"] == "a"


def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    """Logging fails open."""
    for stream in (FullDisk(), io.StringIO()):
        logger = make_logger(stream, "info", "json")
        if not isinstance(stream, FullDisk):
            stream.close()
        logger.info("a")
        logger.error("b")


@pytest.mark.usefixtures("standard_logging")
def test_libraries_log_the_same_way(stream: io.StringIO) -> None:
    """Their name is the source; levels of their own are rounded down; exceptions come along."""
    route_standard_logging(make_logger(stream, "info", "json"), "info")
    library = logging.getLogger("some.library")
    library.info("not this")
    library.log(35, "listening on %s", "here")
    assert (
        line(stream).items()
        >= {
            "event": "listening on here",
            "level": "warning",
            "source": "some.library",
        }.items()
    )
    library.critical("gone", exc_info=raised("why"))
    assert "ValueError: why" in json.loads(stream.getvalue().splitlines()[1])["exception"]


def test_a_line_is_one_write() -> None:
    """Workers share a stream; were its end written by itself, another's line could come between."""

    class Writes(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

    written = list[str]()
    make_logger(Writes(), "info", "json").info("serving")
    [line] = written
    assert line.endswith("}\n")
