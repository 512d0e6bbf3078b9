"""/livez, /readyz, /metrics: for those who watch the process."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from tradecoin.api.documents import errors
from tradecoin.api.schemas.system import HealthView
from tradecoin.api.services import Services, Use
from tradecoin.domain.errors import Unavailable
from tradecoin.flow.forks import stopped_facts

router = APIRouter(tags=["probes"])


@router.get("/livez", responses=errors(public=True))
def live() -> HealthView:
    """Say that the process answers."""
    return HealthView(ok=True, failing=[])


@router.get(
    "/readyz",
    response_model=HealthView,
    responses={503: {"model": HealthView, "description": "Something fails; the body names it"}},
)
def ready(services: Use) -> Response:
    """Say whether the node can work; 503 with the names of what fails."""
    failing = failing_checks(services)
    body = HealthView(ok=not failing, failing=failing).model_dump_json().encode()
    return Response(body, 503 if failing else 200, media_type="application/json")


def failing_checks(services: Services) -> list[str]:
    """Return the names of the checks that fail: database, chain, one chain, and those that the node adds."""
    store, chain = services.store, services.chain
    own: dict[str, Callable[[], bool]] = {
        "database": lambda: store.read(lambda tx: tx.now) is not None,
        "chain": lambda: chain.head().number >= 0,
        "chain_is_one": lambda: store.read(stopped_facts) is None,
    }
    return [name for name, check in {**own, **services.checks}.items() if not _is_well(check)]


def _is_well(check: Callable[[], bool]) -> bool:
    """Ask a check; what does not answer is not well."""
    try:
        return check()
    except Unavailable:
        return False


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": "tradecoin_supply_units 0\n"}}}, **errors(public=True)},
)
def metrics(request: Request) -> Response:
    """Show figures in the text format of Prometheus; amounts in minor or base units."""
    text, kind = request.app.state.metrics.expose()
    return Response(text, headers={"content-type": kind})
