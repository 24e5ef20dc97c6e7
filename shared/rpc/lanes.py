"""The lanes of a gRPC server, so that one kind of work cannot take the threads of another."""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext

from shared.cores import Cores
from shared.overload.lane import Lane
from shared.overload.lane_limits import LaneLimits, LaneName
from shared.rpc.grpc_calls import GrpcCalls
from shared.telemetry.lanes import LanesMetrics

_WITHOUT_INTERPRETER = {LaneName.HASH}
"""What computes in a library that lets other threads have the interpreter meanwhile."""


class Lanes:
    """Lanes by name.

    Args:
        server: Names the threads and the metrics.
        names: The lanes that are needed.
        cores: Where threads run.
    """

    def __init__(
        self,
        server: str,
        names: Iterable[LaneName],
        limits: Mapping[LaneName, LaneLimits],
        metrics: LanesMetrics,
        cores: Cores,
    ) -> None:
        self._lanes = dict[LaneName, Lane]()
        for name in names:
            with cores.spread() if name in _WITHOUT_INTERPRETER else nullcontext():
                lane = Lane(f"{server}-{name}", limits[name], metrics.of_lane(server, name), GrpcCalls())
            self._lanes[name] = lane

    def __getitem__(self, name: LaneName) -> Lane:
        return self._lanes[name]

    def close(self) -> None:
        """Waits until every thread has ended."""
        for lane in self._lanes.values():
            lane.shutdown(wait=True)
