"""The token service in this process."""

from functools import partial

from cli.parts.service import serve_service
from services.token.app import token_server

start = partial(serve_service, "token", token_server)
