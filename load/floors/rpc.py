"""A gRPC server on the plane's own settings whose one method does next to nothing.

python -m load.floors.rpc METHOD REPLY [--statement rotate --url URL --rows N] [--signatures N]

METHOD is a path, REPLY a file with the bytes that it answers. It prints its port, and serves until its input ends.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import grpc

from cli.process import SWITCH_SECONDS
from load.floors.bare_work import STATEMENTS, signing, statement
from shared.rpc.server import OPTIONS
from shared.settings import CommonSettings


def main() -> None:
    """Serves."""
    parser = argparse.ArgumentParser(prog="python -m load.floors.rpc", description=__doc__)
    parser.add_argument("method")
    parser.add_argument("reply", type=Path)
    parser.add_argument("--statement", choices=STATEMENTS, default="none")
    parser.add_argument("--url", default="")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--signatures", type=int, default=0)
    chosen = parser.parse_args()
    lane = "memory_workers" if chosen.statement == "none" and not chosen.signatures else "store_workers"
    threads = CommonSettings.model_fields[lane].default
    sys.setswitchinterval(SWITCH_SECONDS)
    reply: bytes = chosen.reply.read_bytes()
    with ExitStack() as stack:
        ask = statement(stack, chosen.url, chosen.statement, chosen.rows, threads)
        sign = signing(chosen.signatures)

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            ask()
            sign()
            return reply

        service, _, name = chosen.method.strip("/").rpartition("/")
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(answer)
        server = grpc.server(ThreadPoolExecutor(threads), options=OPTIONS)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
        print(server.add_insecure_port("127.0.0.1:0"), flush=True)
        server.start()
        sys.stdin.read()
        server.stop(0).wait()


if __name__ == "__main__":
    main()
