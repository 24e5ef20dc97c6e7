"""Processes that serve a part of the plane together."""

from structlog.typing import FilteringBoundLogger

from cli.ports import require_free
from cli.settings import PlaneSettings
from cli.workers import Workers, shared_port
from shared.lifecycle import stop_on_signals


def serve_by_workers(
    part: str,
    count: int,
    host: str,
    port: int,
    grace_seconds: float,
    settings: PlaneSettings,
    logger: FilteringBoundLogger,
) -> int:
    """Has so many processes serve together; gives the exit code."""
    first = settings.admin_port
    admin_ports = [first + number if first else 0 for number in range(count)]
    for admin_port in admin_ports:
        require_free("admin_port", settings.admin_host, admin_port)
    with shared_port(host, port) as shared:
        workers = Workers(shared, admin_ports, grace_seconds, logger)
        with stop_on_signals(workers.reload) as stop:
            logger.info("workers", part=part, port=shared, count=count, admin_ports=admin_ports)
            return workers.run(stop)
