"""What `authplane dev` says when it serves."""

from collections.abc import Iterable, Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

from cli.dev.first_steps import Addresses, Step
from cli.seed_file import Seed, SeedClient


class Welcome:
    """Prints where things are, who can log in, and what to try; plain text unless the stream is a terminal.

    Lines are never wrapped, so that each can be copied.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, soft_wrap=True)

    def show(
        self,
        plane: Addresses,
        admin_url: str,
        kept: str,
        beside: Mapping[str, str],
        seed: Seed,
        steps: Iterable[Step],
    ) -> None:
        """Prints it, and then `ready` on a line of its own.

        Args:
            kept: Where everything is, in words that follow "everything is".
            beside: What else was started, and where.
        """
        self._title(f"authplane dev: everything is {kept}")
        self._fact("issuer", plane.issuer)
        self._fact("gRPC", f"auth {plane.auth_target}, token {plane.token_target}")
        self._fact("admin", f"{admin_url}/metrics")
        for name, where in beside.items():
            self._fact(name, where)
        for user in seed.users[:1]:
            self._fact("user", f"{user.username}, password: {user.password.get_secret_value()}")
        for client in _one_of_each_kind(seed):
            self._fact("client", _described(client))
        self._title("Try it")
        for step in steps:
            self._console.print(Text(f"# {step.purpose}", style="dim"))
            self._console.print(Text(step.line))
        self._console.print(Text("\nready", style="bold green"))
        self._console.file.flush()

    def _title(self, text: str) -> None:
        self._console.print(Text(f"\n{text}", style="bold"))

    def _fact(self, name: str, text: str) -> None:
        self._console.print(Text.assemble((f"  {name:<7} ", "cyan"), text))


def _one_of_each_kind(seed: Seed) -> list[SeedClient]:
    kinds = {client.kind: client for client in reversed(seed.clients)}
    return [client for client in seed.clients if client is kinds[client.kind]]


def _described(client: SeedClient) -> str:
    secret = f", secret: {client.secret}" if client.secret else ""
    return f"{client.client_id} ({client.kind}){secret}"
