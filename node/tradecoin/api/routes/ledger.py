"""/ledger and /audit: the books, and whether bank, ledger and chain agree."""

from typing import Annotated

from fastapi import APIRouter, Query

from tradecoin.api.auth import Reader
from tradecoin.api.documents import errors
from tradecoin.api.schemas.ledger import AccountsView, JournalsView, JournalView, TrialBalanceView
from tradecoin.api.schemas.system import AuditView
from tradecoin.api.services import Use
from tradecoin.flow.audit import run_audit

router = APIRouter(prefix="/v1", tags=["ledger"])
After = Annotated[int, Query(ge=0, description="`seq` after which to go on")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/ledger/accounts", responses=errors())
def accounts(who: Reader, services: Use) -> AccountsView:
    """Show the five accounts and what they hold."""
    return AccountsView.of(services.store.read(lambda tx: tx.books.balances()))


@router.get("/ledger/journals", responses=errors())
def journals(who: Reader, services: Use, after: After = 0, limit: Limit = 100) -> JournalsView:
    """List entries in their sequence; each hash covers the one before, so a gap or a change shows."""
    rows = services.store.read(lambda tx: tx.books.journals(after=after, limit=limit + 1))
    shown = [JournalView.of(row) for row in rows[:limit]]
    return JournalsView(data=shown, next=str(shown[-1].seq) if len(rows) > limit else None)


@router.get("/ledger/trial-balance", responses=errors())
def trial_balance(who: Reader, services: Use) -> TrialBalanceView:
    """Show debits against credits."""
    return TrialBalanceView.of(services.store.read(lambda tx: tx.books.balances()))


@router.get("/audit", responses=errors("chain_unreachable"))
def audit(who: Reader, services: Use) -> AuditView:
    """Compare bank, ledger and chain at the last final block and the last statement, line by line."""
    found = run_audit(store=services.store, chain=services.chain, terms=services.terms)
    return AuditView.model_validate(found.as_dict())
