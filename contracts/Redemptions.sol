// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRedemptions} from "./interfaces/IRedemptions.sol";
import {IToken} from "./interfaces/IToken.sol";

/// @title {IRedemptions}, which explains it
/// @dev Nothing here reads the reserves: no report, missing or short, can stop a holder from leaving.
abstract contract Redemptions is IRedemptions, AccessManaged {
    using SafeERC20 for IToken;

    uint48 internal constant NOTICE_OPEN = 24 hours;
    uint48 internal constant NOTICE_ACCEPTED = 10 days;
    uint48 private constant BRAKE = 24 hours;
    uint256 private constant MAX_MIN_REQUEST = 1_000e6;

    /// @dev One slot: everything a mint looks at before it looks at signatures.
    struct Gate {
        uint48 brakeUntil;
        uint48 pausedUntil;
        uint64 requestCount;
        uint32 overdue;
        bool woundDown;
    }

    struct Ratio {
        uint128 backing;
        uint128 burden;
    }

    IToken public immutable token;
    uint256 public immutable minorUnit;
    uint256 public immutable minRequest;
    uint48 public immutable sla;

    Gate internal _gate;
    Ratio internal _ratio;
    address public payer;
    mapping(uint256 id => Request) private _requests;

    constructor(IToken token_, address payer_, uint256 minorUnit_, uint256 minRequest_, uint48 sla_) {
        if (minorUnit_ == 0) revert OutOfBounds("minorUnit", minorUnit_);
        if (minRequest_ < minorUnit_ || minRequest_ > MAX_MIN_REQUEST) revert OutOfBounds("minRequest", minRequest_);
        // Every holder must be able to leave, even by reclaim, before an announced issuer takes over.
        if (sla_ < 1 hours || sla_ + NOTICE_ACCEPTED >= token_.NOTICE()) revert OutOfBounds("sla", sla_);
        token = token_;
        minorUnit = minorUnit_;
        minRequest = minRequest_;
        sla = sla_;
        _setPayer(payer_);
    }

    // ------------------------------------------------------------------------------------------------- holder

    /// @inheritdoc IRedemptions
    function request(uint256 amount, bytes32 payout) public returns (uint256 id) {
        id = _open(msg.sender, amount, payout);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IRedemptions
    function requestWithPermit(uint256 amount, bytes32 payout, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256)
    {
        // Whoever copies the permit and uses it first must not stop the request: the allowance decides.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return request(amount, payout);
    }

    /// @inheritdoc IRedemptions
    function requestWithAuthorization(
        address from,
        uint256 amount,
        bytes32 payout,
        bytes32 salt,
        uint256 validAfter,
        uint256 validBefore,
        bytes calldata signature
    ) external returns (uint256 id) {
        id = _open(from, amount, payout);
        bytes32 nonce = authorizationNonce(payout, salt);
        token.receiveWithAuthorization(from, address(this), amount, validAfter, validBefore, nonce, signature);
    }

    /// @inheritdoc IRedemptions
    function cancel(uint256 id) external {
        Request memory r = _requests[id];
        if (r.status != Status.Requested) revert WrongStatus(id, r.status);
        if (msg.sender != r.holder) revert NotHolder(msg.sender, r.holder);
        _close(id, r, Status.Cancelled);
        emit Cancelled(id);
        token.safeTransfer(r.holder, r.amount);
    }

    /// @inheritdoc IRedemptions
    function protest(uint256 id) external {
        Request storage r = _requests[id];
        if (!_isOpen(r.status)) revert WrongStatus(id, r.status);
        if (r.protestedAt != 0) revert AlreadyProtested(id);
        if (block.timestamp <= r.dueAt) revert NotDue(id, r.dueAt, uint48(block.timestamp));
        r.protestedAt = uint40(block.timestamp);
        ++_gate.overdue;
        emit Protested(id, msg.sender);
    }

    /// @inheritdoc IRedemptions
    function reclaim(uint256 id) external {
        Request memory r = _requests[id];
        if (!_isOpen(r.status)) revert WrongStatus(id, r.status);
        if (msg.sender != r.holder) revert NotHolder(msg.sender, r.holder);
        // Zero is "never", not a time that somebody could meet.
        // slither-disable-next-line incorrect-equality
        if (r.protestedAt == 0) revert NotProtested(id);
        uint48 from = reclaimableAt(id);
        if (block.timestamp < from) revert NoticeNotOver(id, from, uint48(block.timestamp));
        _close(id, r, Status.Reclaimed);
        emit Reclaimed(id);
        token.safeTransfer(r.holder, r.amount);
    }

    // ------------------------------------------------------------------------------------------------- payer

    /// @inheritdoc IRedemptions
    function accept(uint256[] calldata ids) external returns (uint256 done) {
        _checkPayer();
        for (uint256 i = 0; i < ids.length; ++i) {
            Request storage r = _requests[ids[i]];
            if (r.status != Status.Requested || !token.canSend(r.holder)) continue;
            r.status = Status.Accepted;
            r.pays = uint128(paysFor(r.amount));
            ++done;
            emit Accepted(ids[i]);
        }
    }

    /// @inheritdoc IRedemptions
    function settle(uint256[] calldata ids, bytes32[] calldata paymentRefs) external returns (uint256 done) {
        _checkPayer();
        if (ids.length != paymentRefs.length) revert LengthMismatch(ids.length, paymentRefs.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < ids.length; ++i) {
            Request memory r = _requests[ids[i]];
            if (r.status != Status.Accepted) continue;
            _close(ids[i], r, Status.Settled);
            sum += r.amount;
            ++done;
            emit Settled(ids[i], r.amount, r.pays, paymentRefs[i]);
        }
        if (sum != 0) token.burn(sum);
    }

    /// @inheritdoc IRedemptions
    function giveBack(uint256[] calldata ids, Reason[] calldata reasons) external returns (uint256 done) {
        _checkPayer();
        if (ids.length != reasons.length) revert LengthMismatch(ids.length, reasons.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            Request memory r = _requests[ids[i]];
            if (!_isOpen(r.status)) continue;
            _close(ids[i], r, Status.GivenBack);
            if (block.timestamp > r.dueAt) _brake();
            ++done;
            emit GivenBack(ids[i], reasons[i]);
            token.safeTransfer(r.holder, r.amount);
        }
    }

    /// @inheritdoc IRedemptions
    function setPayer(address payer_) external restricted {
        _setPayer(payer_);
    }

    // ------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IRedemptions
    function requests(uint256 id) external view returns (Request memory) {
        return _requests[id];
    }

    /// @inheritdoc IRedemptions
    function requestCount() external view returns (uint256) {
        return _gate.requestCount;
    }

    /// @inheritdoc IRedemptions
    function reclaimableAt(uint256 id) public view returns (uint48) {
        Request storage r = _requests[id];
        if (r.protestedAt == 0 || !_isOpen(r.status)) return 0;
        return r.protestedAt + (r.status == Status.Accepted ? NOTICE_ACCEPTED : NOTICE_OPEN);
    }

    /// @inheritdoc IRedemptions
    function paysFor(uint256 amount) public view returns (uint256) {
        if (!_gate.woundDown) return amount;
        uint256 share = Math.mulDiv(amount, _ratio.backing, _ratio.burden);
        return share - share % minorUnit;
    }

    /// @inheritdoc IRedemptions
    function authorizationNonce(bytes32 payout, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(payout, salt, address(this)));
    }

    /// @inheritdoc IRedemptions
    function overdue() external view returns (uint256) {
        return _gate.overdue;
    }

    /// @inheritdoc IRedemptions
    function brakeUntil() external view returns (uint48) {
        return _gate.brakeUntil;
    }

    // ------------------------------------------------------------------------------------------------- inside

    function _open(address holder, uint256 amount, bytes32 payout) private returns (uint256 id) {
        address issuer = token.issuer();
        if (issuer != address(this)) revert NotTheIssuer(issuer);
        if (payout == 0) revert NoPayout();
        if (amount < minRequest) revert TooSmall(amount, minRequest);
        if (amount % minorUnit != 0) revert NotAMultiple(amount, minorUnit);
        id = ++_gate.requestCount;
        uint40 dueAt = uint40(block.timestamp + sla);
        _requests[id] = Request(holder, Status.Requested, dueAt, 0, SafeCast.toUint128(amount), 0);
        emit Requested(id, holder, amount, payout, dueAt);
    }

    function _close(uint256 id, Request memory r, Status end) private {
        _requests[id].status = end;
        if (r.protestedAt != 0) --_gate.overdue;
    }

    function _brake() private {
        uint48 until = uint48(block.timestamp) + BRAKE;
        if (_gate.brakeUntil >= until) return;
        _gate.brakeUntil = until;
        emit Braked(until);
    }

    function _setPayer(address payer_) private {
        if (payer_ == address(0)) revert OutOfBounds("payer", 0);
        payer = payer_;
        emit PayerChanged(payer_);
    }

    function _checkPayer() private view {
        if (msg.sender != payer) revert NotPayer(msg.sender);
    }

    function _isOpen(Status status) private pure returns (bool) {
        // The members of an enum are all that it can be.
        // slither-disable-next-line incorrect-equality
        return status == Status.Requested || status == Status.Accepted;
    }
}
