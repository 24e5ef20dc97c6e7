"""`--cores`: the cores to which workers are kept."""

from typing import Annotated

import typer

from cli.failures import WrongUsage
from shared.cores import Cores, EveryCore, OneCore, usable_cores

CoreList = Annotated[
    str,
    typer.Option(
        "--cores",
        metavar="LIST",
        help="Cores such as 0,1: worker i is kept to the i-th, in turn, but for password hashing. Linux only.",
        show_default=False,
    ),
]


def parse_cores(told: str) -> tuple[int, ...]:
    """The cores in the list; none for an empty one.

    Raises:
        WrongUsage: It is no such list, or names what this process may not use.
    """
    if not told:
        return ()
    try:
        cores = tuple(map(int, told.split(",")))
    except ValueError as error:
        raise WrongUsage(f"--cores {told}: must be numbers with commas between them, such as 0,1") from error
    try:
        usable = usable_cores()
    except ValueError as error:
        raise WrongUsage(f"--cores: {error}") from error
    if not set(cores) <= usable:
        names = ",".join(map(str, sorted(usable)))
        raise WrongUsage(f"--cores {told}: this process may use {names}")
    return cores


def cores_of_worker(cores: tuple[int, ...], number: int) -> Cores:
    """Keeps this process, worker `number`, to its core."""
    return OneCore(cores[number % len(cores)]) if cores else EveryCore()
