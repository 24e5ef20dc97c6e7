"""How a command fails: with one line that says what is wrong and what to do next, and an exit code.

CommandFailed          1    it was refused, or went wrong
├── Refused            1    by the plane, for a stated reason
├── WrongUsage         2    of a flag, a setting or a file
└── PlaneUnreachable   3    nobody answers, or not in time; trying again may help
"""

from typing import ClassVar

from shared.errors import Reason


class CommandFailed(Exception):
    """The command cannot do what it was asked to.

    Args:
        message: What is wrong and what to do next.
    """

    exit_code: ClassVar[int] = 1


class Refused(CommandFailed):
    """The plane said no.

    Args:
        message: What is wrong and what to do next.
        reason: As the plane stated it.
    """

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class WrongUsage(CommandFailed):
    """A flag, a setting or a file is not as it must be."""

    exit_code = 2


class PlaneUnreachable(CommandFailed):
    """Nobody answers, or not in time."""

    exit_code = 3
