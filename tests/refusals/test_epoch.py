"""What disabling a client ends, within the same second too."""

import grpc

from authplane.token.v1 import client_admin_pb2, client_admin_pb2_grpc
from cli.dev.plane import DevPlane
from shared.clock import ManualClock
from tests.refusals.flow import Flow


def test_a_disabled_client_s_tokens_stay_dead(manual_plane: tuple[DevPlane, ManualClock]) -> None:
    """CVE-2023-0091: users' tokens and its own die at once and for good; new ones live, though no time has passed."""
    plane, _ = manual_plane
    flow = Flow(plane)
    own, users = flow.machine_token("for-api"), flow.tokens()
    with grpc.insecure_channel(plane.token_target) as channel:
        clients = client_admin_pb2_grpc.ClientAdminServiceStub(channel)
        for client_id in ("for-api", "web"):
            clients.DisableClient(client_admin_pb2.DisableClientRequest(client_id=client_id))
        assert flow.token(("for-api", "for-api-secret-at-least-32-characters")).status_code in (400, 401)
        assert flow.introspect(own) == flow.introspect(users["access_token"]) == {"active": False}
        for client_id in ("for-api", "web"):
            clients.EnableClient(client_admin_pb2.EnableClientRequest(client_id=client_id))
    assert flow.introspect(own) == flow.introspect(users["access_token"]) == {"active": False}
    assert flow.refresh(users["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.introspect(flow.machine_token("for-api"))["active"]
    flow.close()
