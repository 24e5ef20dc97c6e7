"""The files that pages refer to: style sheet and icon."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages import Pages
from gateway.security_headers import PUBLIC


class AssetEndpoint:
    """Serves the assets, from memory."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def get(self, request: Request) -> Response:
        """Answers with the file that the path names."""
        asset = self._pages.asset(request.path_params["name"])
        if asset is None:
            raise HTTPException(404, "there is no such file")
        return Response(asset.content, media_type=asset.content_type, headers=PUBLIC)
