"""The whole plane in one process: for trying it out, and for tests that need all of it."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Self, TextIO

from cli.connection import auth_service, token_service
from cli.key_facts import key_facts
from cli.ports import LOOPBACK, reserved
from cli.process import admin_server, process_runtime
from cli.seed_file import Seed
from cli.seeding import Seeder
from cli.settings import PlaneSettings
from cli.stores import open_store
from gateway.app import gateway_caches, gateway_server
from services.auth.app import auth_server
from services.token.app import token_server
from shared.clock import Clock
from shared.telemetry.facts import Facts


class DevPlane:
    """All three parts on one store, on loopback only, seeded and ready while its context is open.

    Args:
        settings: A port of 0 takes a free one. Unless an issuer is set, it is made from the port of the gateway.
        seed: Created over the administration RPCs, as `authplane seed` does it.
        log_stream: Where log lines go.

    Attributes:
        issuer: The issuer, which is where the gateway is.
        auth_target, token_target: Addresses of the gRPC services.
        admin_url: Where metrics and health pages are, without a final slash.
        store: The store, as the services see it.
        caches: What services and gateway keep.
        logger: The logger of all parts.

    Raises:
        OSError: On entering, when a port is taken.
        CommandFailed: On entering, when an entry of the seed is refused.
    """

    def __init__(
        self,
        settings: PlaneSettings,
        seed: Seed,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        log_stream: TextIO,
    ) -> None:
        self._settings = settings
        self._seed = seed
        self._runtime = process_runtime("authplane", settings, clock, random_bytes, log_stream)
        self.logger = self._runtime.logger

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops every part in the reverse order of its start; harmless when called twice."""
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        runtime = self._runtime
        stack.callback(runtime.tracer.close)
        access = stack.enter_context(open_store(self._settings, runtime))
        self.store = access.store
        with reserved(self._settings.gateway_port) as port:
            settings = self._on_loopback(port)
            auth = stack.enter_context(auth_server(settings, access, runtime))
            token = stack.enter_context(token_server(settings, access, runtime))
            self.issuer = settings.issuer
            self.auth_target, self.token_target = f"{LOOPBACK}:{auth.port}", f"{LOOPBACK}:{token.port}"
            targets = {"auth_target": self.auth_target, "token_target": self.token_target}
            kept = gateway_caches(settings, runtime.clock)
            gateway = stack.enter_context(gateway_server(settings.model_copy(update=targets), runtime, kept))
        checks = {"auth": lambda: auth.ready, "token": lambda: token.ready, "gateway": lambda: gateway.ready}
        self.caches = {"services": access.caches, "gateway": kept}
        sections: dict[str, Facts] = {"sweeper": access.sweeping.state.facts, "pools": access.pool_facts}
        sections["keys"] = partial(key_facts, access.store, runtime.clock)
        remarks = {"sweeper": access.sweeping.state.is_up}
        admin = stack.enter_context(admin_server(settings, runtime, checks, self.caches, sections, remarks))
        self.admin_url = f"http://{LOOPBACK}:{admin.port}"
        with auth_service(self.auth_target) as auth_connection, token_service(self.token_target) as token_connection:
            list(Seeder(auth_connection, token_connection).seed(self._seed))

    def _on_loopback(self, port: int) -> PlaneSettings:
        hosts = dict.fromkeys(("auth_host", "token_host", "gateway_host", "admin_host"), LOOPBACK)
        # All of it stays on this machine.
        names = ("rpc_tls_certificate", "rpc_tls_key", "rpc_tls_ca", "rpc_tls_client_ca", "tls_certificate", "tls_key")
        plain = dict.fromkeys(names)
        own = {} if "issuer" in self._settings.model_fields_set else {"issuer": f"http://{LOOPBACK}:{port}"}
        return self._settings.model_copy(update={**hosts, **plain, "gateway_port": port, **own})
