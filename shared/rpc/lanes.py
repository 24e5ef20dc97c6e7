"""The lanes of a gRPC server, so that one kind of work cannot take the threads of another."""

from collections.abc import Iterable, Mapping

from shared.overload.lane import Lane
from shared.overload.lane_limits import LaneLimits, LaneName
from shared.rpc.grpc_calls import GrpcCalls
from shared.telemetry.lanes import LanesMetrics


class Lanes:
    """Lanes by name.

    Args:
        server: Names the threads and the metrics.
        names: The lanes that are needed.
    """

    def __init__(
        self, server: str, names: Iterable[LaneName], limits: Mapping[LaneName, LaneLimits], metrics: LanesMetrics
    ) -> None:
        self._lanes = {
            name: Lane(f"{server}-{name}", limits[name], metrics.of_lane(server, name), GrpcCalls()) for name in names
        }

    def __getitem__(self, name: LaneName) -> Lane:
        return self._lanes[name]

    def close(self) -> None:
        """Waits until every thread has ended."""
        for lane in self._lanes.values():
            lane.shutdown(wait=True)
