"""Addresses of embedded pages."""

from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["EmbedAddress"]


class EmbedAddress:
    """Redirect ``?embed=1`` to Streamlit's ``?embed=true`` (ASGI)."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        if scope["type"] != "http" or ("embed", "1") not in asked:
            await self.app(scope, receive, send)
            return
        there = urlencode([(name, "true" if name == "embed" else value) for name, value in asked])
        await RedirectResponse(f"?{there}")(scope, receive, send)
