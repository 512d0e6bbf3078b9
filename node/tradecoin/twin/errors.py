"""Every refusal of the contracts, one class per Solidity error; a docstring lists the facts, in order."""


class Refused(Exception):
    """The call changed nothing; `facts` are the error's arguments, None for one that only the chain knows."""

    def __init__(self, *facts: object) -> None:
        super().__init__(f"{type(self).__name__}{facts}")
        self.facts = facts

    @property
    def name(self) -> str:
        """The name of the Solidity error."""
        return type(self).__name__


# --------------------------------------------------------------------------------------------------- of the standards


class ERC20InsufficientBalance(Refused):
    """Sender, balance, needed."""


class ERC20InsufficientAllowance(Refused):
    """Spender, allowance, needed."""


class ERC20InvalidReceiver(Refused):
    """Receiver."""


class ERC20InvalidSpender(Refused):
    """Spender."""


class ERC2612ExpiredSignature(Refused):
    """Deadline."""


class ERC2612InvalidSigner(Refused):
    """Signer, owner."""


class ERC3009InvalidAuthorizationTime(Refused):
    """Valid after, valid before."""


class ERC3009InvalidSignature(Refused):
    """Nothing."""


class ERC3009UsedAuthorization(Refused):
    """Authorizer, nonce."""


class ERC7943CannotReceive(Refused):
    """Account."""


class ERC7943CannotSend(Refused):
    """Account."""


class ERC7943InsufficientUnfrozenBalance(Refused):
    """Account, amount, unfrozen."""


class SafeCastOverflowedUintDowncast(Refused):
    """Bits, value."""


class AccessManagedUnauthorized(Refused):
    """Caller."""


class AccessManagerAlreadyScheduled(Refused):
    """Operation."""


class AccessManagerExpired(Refused):
    """Operation."""


class AccessManagerNotReady(Refused):
    """Operation."""


class AccessManagerNotScheduled(Refused):
    """Operation."""


class AccessManagerUnauthorizedCall(Refused):
    """Caller, target, selector."""


# --------------------------------------------------------------------------------------------------- pauses and quorum


class BadPause(Refused):
    """Duration."""


class PauseTooSoon(Refused):
    """Allowed at, now."""


class BadSignerSet(Refused):
    """Signers, threshold."""


class CannotJoin(Refused):
    """Account."""


class NotASigner(Refused):
    """Account."""


class TooFewSignatures(Refused):
    """Got, threshold."""


class UnexpectedSigner(Refused):
    """Signer."""


class WrongSet(Refused):
    """Got, current."""


# --------------------------------------------------------------------------------------------------- token


class BadIssuer(Refused):
    """Issuer."""


class IssuerAlreadySet(Refused):
    """Issuer."""


class NoChange(Refused):
    """Account."""


class NoIssuerAnnounced(Refused):
    """Nothing."""


class NoticeRunning(Refused):
    """Ready at, now."""


class NotDeployer(Refused):
    """Caller."""


class NotIssuer(Refused):
    """Caller."""


class OrderRequired(Refused):
    """Nothing."""


class TokenPaused(Refused):
    """Until."""


class Untouchable(Refused):
    """Account."""


class UseRequest(Refused):
    """Issuer."""


# --------------------------------------------------------------------------------------------------- reserves


class BadMaxAge(Refused):
    """Greatest age."""


class ClaimsWithoutRoot(Refused):
    """Claims, root."""


class CutInFuture(Refused):
    """Got, now."""


class CutNotNewer(Refused):
    """Got, head."""


class CutTooOld(Refused):
    """Got, oldest."""


class NoAttestation(Refused):
    """Nothing."""


class SettlingExceedsSupply(Refused):
    """Settling, supply and burned."""


class WrongPredecessor(Refused):
    """Got, head."""


# --------------------------------------------------------------------------------------------------- narrow bank


class AlreadyAnnounced(Refused):
    """Digest."""


class AnnouncementRunning(Refused):
    """Digest, ready at, now."""


class BadBatchSize(Refused):
    """Got."""


class BadExpiry(Refused):
    """Expiry, now."""


class BrakeOn(Refused):
    """Until."""


class CannotWindDown(Refused):
    """Supply, covered at."""


class DepositIsVoid(Refused):
    """Deposit."""


class IsWoundDown(Refused):
    """Nothing."""


class IssueIsPaused(Refused):
    """Until."""


class LimitExceeded(Refused):
    """Wanted, available."""


class NotAnnounced(Refused):
    """Digest, amount, instant cap."""


class NotCovered(Refused):
    """Burden, backing."""


class OtherToken(Refused):
    """Token."""


class OverdueRedemptions(Refused):
    """Count."""


class StaleReport(Refused):
    """Nothing."""


class ValueExceeded(Refused):
    """Deposit, wanted, value."""


class Vetoed(Refused):
    """Digest."""


class WrongDirection(Refused):
    """Got, current."""


class WrongOffset(Refused):
    """Deposit, offset, spent."""


class ZeroAmount(Refused):
    """Deposit."""


# --------------------------------------------------------------------------------------------------- redemptions


class AlreadyProtested(Refused):
    """Request."""


class LengthMismatch(Refused):
    """Requests, others."""


class NoPayout(Refused):
    """Nothing."""


class NotAMultiple(Refused):
    """Amount, minor unit."""


class NotDue(Refused):
    """Request, due at, now."""


class NotHolder(Refused):
    """Caller, holder."""


class NoticeNotOver(Refused):
    """Request, reclaimable at, now."""


class NotPayer(Refused):
    """Caller."""


class NotProtested(Refused):
    """Request."""


class NotTheIssuer(Refused):
    """Issuer."""


class OutOfBounds(Refused):
    """What (its name in 32 bytes), got."""


class TooSmall(Refused):
    """Amount, least amount."""


class WrongStatus(Refused):
    """Request, status."""
