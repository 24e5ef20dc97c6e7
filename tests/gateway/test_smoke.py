import threading, time, gc
from authplane.token.v1 import token_pb2
from tests.gateway.conftest import run_gateway
from contextlib import contextmanager
import httpx2 as httpx


def test_smoke():
    before = set(threading.enumerate())
    g = contextmanager(run_gateway)
    with g() as a, g() as b:
        for x in (a, b):
            x.script.answers(
                "ClientCredentials",
                token_pb2.ClientCredentialsResponse(
                    tokens=token_pb2.Tokens(access_token="at", token_type="Bearer", expires_in=600, scope="a b")
                ),
            )

        def hammer(x):
            with httpx.Client(base_url=x.url) as c:
                for i in range(300):
                    r = c.post("/auth/token", data={"grant_type": "client_credentials"}, auth=("machine", "se%cret"))
                    assert r.status_code == 200

        ts = [threading.Thread(target=hammer, args=(x,)) for x in (a, b, a, b)]
        t0 = time.time()
        [t.start() for t in ts]
        [t.join() for t in ts]
        print("1200 in", time.time() - t0)
        t0 = time.time()
    print("exit", time.time() - t0)
    gc.collect()
    print([t for t in threading.enumerate() if t not in before])
