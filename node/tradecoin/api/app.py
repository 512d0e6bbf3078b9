"""The app: routes, problem documents, and the frame around every request."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from tradecoin.api import documents, problems
from tradecoin.api.frame import Frame
from tradecoin.api.halts import HaltWatch
from tradecoin.api.idempotency import Turns
from tradecoin.api.metrics import Metrics
from tradecoin.api.routes import (
    attestations,
    bank_messages,
    deposits,
    devnet,
    events,
    facts,
    ledger,
    mint_orders,
    operations,
    parties,
    payouts,
    probes,
    redemptions,
)
from tradecoin.api.services import Services

API_VERSION: Final = "1"
_ROUTERS: Final = (
    mint_orders.router,
    deposits.router,
    redemptions.router,
    payouts.router,
    parties.router,
    bank_messages.router,
    attestations.router,
    facts.router,
    ledger.router,
    events.router,
    operations.router,
    probes.router,
)
_DESCRIPTION: Final = """\
Money as decimal text, times in UTC with milliseconds, bytes as 0x and hexadecimal. Errors are RFC 9457 problem
documents with a `code`. Lists come in pages: `next` of one goes into `after` of the following. Requests that move
money carry an `Idempotency-Key`: the same key with the same body gets the same status and the same bytes, for ever.
"""


def create_app(services: Services) -> FastAPI:
    """Build the API of a node; the devnet's routes are there only when `services.devnet` is."""
    app = _described(with_devnet=services.devnet is not None)
    app.state.services = services
    app.state.turns = Turns()
    app.state.halts = HaltWatch()
    app.state.metrics = Metrics(services)
    app.add_middleware(Frame, metrics=app.state.metrics)
    problems.install(app)
    return app


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document with every route, the devnet's included; it needs no node."""
    return documents.describe(_described(with_devnet=True))


def _described(*, with_devnet: bool) -> FastAPI:
    """Build the app as far as its description goes."""
    app = FastAPIOffline(  # its pages load nothing from elsewhere
        title="tradecoin",
        summary="The node of a narrow bank: bank, ledger, chain and attestation joined",
        version=API_VERSION,
        description=_DESCRIPTION,
        redoc_url=None,
    )
    for router in (*_ROUTERS, devnet.router) if with_devnet else _ROUTERS:
        app.include_router(router)
    app.openapi = lambda: documents.describe(app)  # type: ignore[method-assign]
    return app
