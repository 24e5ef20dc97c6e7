"""What watchers ask: each process by itself about what only the store knows, and the gateways about anything."""

from collections.abc import Callable, Sequence

from authplane.auth.v1 import user_admin_pb2, user_admin_pb2_grpc
from authplane.token.v1 import client_admin_pb2, client_admin_pb2_grpc, token_pb2, token_pb2_grpc
from tests.faults.doors import CLIENT, TIMEOUT
from tests.faults.stage import Stage, admin, service_health
from tests.faults.watch import OK, Ask, over_grpc
from tests.staleness.fleet import Part
from tests.staleness.homes import MONITOR, WEB, Web


def of_the_store(stage: Stage, parts: Sequence[Part]) -> dict[str, Ask]:
    """A read and a write that no memory answers, at each of these services."""
    mint = stage.prepared(stage.subjects.mint)
    asks = dict[str, Ask]()
    for part in parts:
        asks[f"{part.name} read"] = _read(stage, part)
        if part.kind == "token":
            asks[f"{part.name} write"] = _revoke(stage, part, mint)
    return asks


def of_memory(stage: Stage, parts: Sequence[Part]) -> dict[str, Ask]:
    """The same question again and again, at each of these token processes."""
    question = token_pb2.IntrospectRequest(token=stage.prepared(stage.subjects.mint)())
    return {f"{part.name} memory": _introspect(stage, part, lambda: question) for part in parts}


def of_newcomers(stage: Stage, parts: Sequence[Part]) -> dict[str, Ask]:
    """About somebody else each time, at each of these token processes: its own memory knows nothing of them."""

    def question() -> token_pb2.IntrospectRequest:
        return token_pb2.IntrospectRequest(token=stage.subjects.make().access_token)

    return {f"{part.name} newcomers": _introspect(stage, part, question) for part in parts}


def of_health(stage: Stage, parts: Sequence[Part]) -> dict[str, Ask]:
    """Whether each service says that it is ready, on both of its ports."""
    asks = dict[str, Ask]()
    for part in parts:
        asks[f"{part.name} health"] = _health(stage, part, None)
        asks[f"{part.name} /readyz"] = _page(part, "/readyz")
    return asks


def of_life(stage: Stage, parts: Sequence[Part]) -> dict[str, Ask]:
    """Whether each service says that it lives, on both of its ports."""
    asks = dict[str, Ask]()
    for part in parts:
        asks[f"{part.name} liveness"] = _health(stage, part, "")
        asks[f"{part.name} /livez"] = _page(part, "/livez")
    return asks


def of_the_gateways(stage: Stage) -> dict[str, Ask]:
    """Everything that may be repeated, as a client behind a balancer asks: of one gateway, or if it is not there, of
    the other. No memory answers, since nothing is asked twice.
    """
    mint = stage.prepared(stage.subjects.mint)
    webs = [stage.web(part) for part in stage.fleet.gateway]

    def introspect(web: Web) -> int:
        status, answer = web.post("/auth/introspect", {"token": mint()}, MONITOR)
        return status if status != 200 or answer["active"] else 0

    return {
        "introspect": _balanced(webs, introspect),
        "userinfo": _balanced(webs, lambda web: web.get("/auth/userinfo", {"authorization": f"Bearer {mint()}"})[0]),
        "revoke": _balanced(webs, lambda web: web.post("/auth/revoke", {"token": mint()}, WEB)[0]),
        "JWKS": _balanced(webs, lambda web: web.get("/auth/jwks", {})[0]),
    }


def _read(stage: Stage, part: Part) -> Ask:
    if part.kind == "auth":
        users = user_admin_pb2_grpc.UserAdminServiceStub(stage.channel(part))
        return over_grpc(lambda: users.ListUsers(user_admin_pb2.ListUsersRequest(page_size=1), timeout=TIMEOUT))
    clients = client_admin_pb2_grpc.ClientAdminServiceStub(stage.channel(part))
    return over_grpc(lambda: clients.ListClients(client_admin_pb2.ListClientsRequest(page_size=1), timeout=TIMEOUT))


def _introspect(stage: Stage, part: Part, question: Callable[[], token_pb2.IntrospectRequest]) -> Ask:
    tokens = token_pb2_grpc.TokenServiceStub(stage.channel(part))
    return over_grpc(lambda: tokens.Introspect(question(), timeout=TIMEOUT))


def _revoke(stage: Stage, part: Part, mint: Callable[[], str]) -> Ask:
    tokens = token_pb2_grpc.TokenServiceStub(stage.channel(part))
    return over_grpc(lambda: tokens.Revoke(token_pb2.RevokeRequest(token=mint(), client=CLIENT), timeout=TIMEOUT))


def _health(stage: Stage, part: Part, service: str | None) -> Ask:
    def ask() -> str:
        said = service_health(stage.channel(part), part, service)
        return OK if said == "SERVING" else said

    return ask


def _page(part: Part, path: str) -> Ask:
    def ask() -> str:
        status = admin(part, path)
        return OK if status == 200 else str(status)

    return ask


def _balanced(webs: Sequence[Web], ask: Callable[[Web], int]) -> Ask:
    turn = 0

    def asked() -> str:
        nonlocal turn
        turn += 1
        status = 0
        for web in (webs[turn % len(webs)], webs[(turn + 1) % len(webs)]):
            try:
                status = ask(web)
                break
            except OSError:
                continue
        return OK if status == 200 else str(status)

    return asked
