"""Session handles, the credentials in the browser's cookie, and the session ids that stand for them elsewhere."""

from collections.abc import Callable

from shared.handles import ID_BYTES, HandleCodec, HandleKind, InvalidHandle, digest


class SessionHandles:
    """Mints session handles and tells which session a handle stands for."""

    def __init__(self, codec: HandleCodec, random_bytes: Callable[[int], bytes]) -> None:
        self._codec = codec
        self._random_bytes = random_bytes

    def mint(self) -> str:
        """A handle that never was before."""
        return self._codec.mint(HandleKind.SESSION, self._random_bytes(ID_BYTES))

    def session_id(self, handle: str) -> str:
        """The id of the session; empty when the handle is not genuine, so that no store need be asked."""
        try:
            self._codec.parse(HandleKind.SESSION, handle)
        except InvalidHandle:
            return ""
        return digest(handle)
