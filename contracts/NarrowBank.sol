// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {
    HALT_BRAKE,
    HALT_NOT_COVERED,
    HALT_OVERDUE,
    HALT_PAUSED,
    HALT_STALE,
    HALT_WOUND_DOWN,
    INarrowBank,
    Terms,
    Voucher
} from "./interfaces/INarrowBank.sol";
import {Attestation, IReserves} from "./interfaces/IReserves.sol";
import {Pauses} from "./Pauses.sol";
import {Quorum} from "./Quorum.sol";
import {Redemptions} from "./Redemptions.sol";
import {TypedData} from "./TypedData.sol";

/// @title {INarrowBank}, which explains it
contract NarrowBank is INarrowBank, Quorum, Redemptions, TypedData {
    using RateLimiter for RateLimiter.RefillingBucket;

    bytes32 private constant VOUCHER =
        keccak256("Voucher(bytes32 deposit,uint128 value,uint128 offset,uint128 amount,address to,bytes32 order)");
    bytes32 private constant VOUCHERS = keccak256(
        "Vouchers(uint32 set,uint48 expiry,Voucher[] vouchers)"
        "Voucher(bytes32 deposit,uint128 value,uint128 offset,uint128 amount,address to,bytes32 order)"
    );
    uint256 private constant VOID = type(uint128).max;
    uint256 private constant MAX_BATCH = 250;
    uint48 private constant MAX_EXPIRY = 24 hours;
    uint48 private constant WIND_DOWN_AFTER = 30 days;
    uint48 private constant LIMIT_WINDOW = 24 hours;
    bytes32 private constant LIMIT_KEY = 0;

    struct Announcement {
        uint48 readyAt;
        bool vetoed;
    }

    IReserves public immutable reserves;
    INarrowBank public immutable predecessor;
    uint48 public immutable announceDelay;

    uint256 public instantCap;
    RateLimiter.RefillingBucket private _limit;
    mapping(bytes32 deposit => uint256) private _spent;
    mapping(bytes32 digest => Announcement) public announcements;

    constructor(
        address authority_,
        IReserves reserves_,
        INarrowBank predecessor_,
        address[] memory bankSigners,
        uint256 threshold_,
        Terms memory terms
    )
        AccessManaged(authority_)
        Quorum(bankSigners, threshold_)
        Redemptions(reserves_.token(), terms.payer, terms.minorUnit, terms.minRequest, terms.sla)
    {
        reserves = reserves_;
        predecessor = predecessor_;
        announceDelay = terms.announceDelay;
        if (terms.announceDelay < 1 hours || terms.announceDelay > 7 days) {
            revert OutOfBounds("announceDelay", terms.announceDelay);
        }
        if (address(predecessor_) != address(0) && address(predecessor_.token()) != address(reserves_.token())) {
            revert OtherToken(address(predecessor_.token()));
        }
        for (uint256 i = 0; i < bankSigners.length; ++i) {
            if (reserves_.isSigner(bankSigners[i])) revert CannotJoin(bankSigners[i]);
        }
        _setInstantCap(terms.instantCap);
        _setLimit(terms.capacity);
    }

    // ------------------------------------------------------------------------------------------------- mint

    /// @inheritdoc INarrowBank
    function mint(Voucher[] calldata vouchers, uint48 expiry, bytes calldata signatures) external {
        _mint(vouchers, expiry, signatures);
    }

    /// @inheritdoc INarrowBank
    function attestAndMint(
        Attestation calldata attestation,
        bytes calldata attestationSignatures,
        Voucher[] calldata vouchers,
        uint48 expiry,
        bytes calldata voucherSignatures
    ) external {
        // Who signed is for the event.
        // slither-disable-next-line unused-return
        if (attestation.cut > reserves.head().cut) reserves.attest(attestation, attestationSignatures);
        _mint(vouchers, expiry, voucherSignatures);
    }

    /// @inheritdoc INarrowBank
    function announce(bytes32 digest, bytes calldata signatures) external {
        if (announcements[digest].readyAt != 0) revert AlreadyAnnounced(digest);
        _verify(setNumber(), digest, signatures);
        uint48 readyAt = uint48(block.timestamp) + announceDelay;
        announcements[digest].readyAt = readyAt;
        emit BatchAnnounced(digest, readyAt);
    }

    /// @inheritdoc INarrowBank
    function veto(bytes32 digest) external {
        _checkGuardianOrSigner();
        if (announcements[digest].vetoed) revert Vetoed(digest);
        announcements[digest].vetoed = true;
        emit BatchVetoed(digest, msg.sender);
    }

    /// @inheritdoc INarrowBank
    function void(bytes32 deposit) external {
        _checkGuardianOrSigner();
        if (spent(deposit) == VOID) revert DepositIsVoid(deposit);
        _spent[deposit] = VOID;
        emit Voided(deposit, msg.sender);
    }

    /// @inheritdoc INarrowBank
    function windDown() external {
        if (_gate.woundDown) revert IsWoundDown();
        uint256 supply = token.totalSupply();
        uint48 coveredAt = reserves.head().coveredAt;
        if (supply == 0 || block.timestamp < coveredAt + WIND_DOWN_AFTER) revert CannotWindDown(supply, coveredAt);
        (uint256 burden, uint256 backing) = reserves.coverage();
        // All escrow may be settling: nothing is left to share, so the ratio is whole.
        if (burden == 0) (burden, backing) = (1, 1);
        backing = Math.min(backing, burden);
        _gate.woundDown = true;
        _ratio = Ratio({backing: SafeCast.toUint128(backing), burden: SafeCast.toUint128(burden)});
        emit WoundDown(backing, burden);
    }

    // ------------------------------------------------------------------------------------------------- powers

    /// @inheritdoc INarrowBank
    function pauseIssue(uint48 duration) external restricted {
        uint48 until = Pauses.next(_gate.pausedUntil, duration);
        _gate.pausedUntil = until;
        emit IssuePaused(until);
    }

    /// @inheritdoc INarrowBank
    function unpauseIssue() external restricted {
        if (block.timestamp >= _gate.pausedUntil) revert WrongDirection(block.timestamp, _gate.pausedUntil);
        _gate.pausedUntil = uint48(block.timestamp);
        emit IssueUnpaused();
    }

    /// @inheritdoc INarrowBank
    function lowerLimit(uint256 capacity_) external restricted {
        if (capacity_ >= _limit._capacity) revert WrongDirection(capacity_, _limit._capacity);
        _setLimit(capacity_);
    }

    /// @inheritdoc INarrowBank
    function raiseLimit(uint256 capacity_) external restricted {
        if (capacity_ <= _limit._capacity) revert WrongDirection(capacity_, _limit._capacity);
        _setLimit(capacity_);
    }

    /// @inheritdoc INarrowBank
    function lowerInstantCap(uint256 instantCap_) external restricted {
        if (instantCap_ >= instantCap) revert WrongDirection(instantCap_, instantCap);
        _setInstantCap(instantCap_);
    }

    /// @inheritdoc INarrowBank
    function raiseInstantCap(uint256 instantCap_) external restricted {
        if (instantCap_ <= instantCap) revert WrongDirection(instantCap_, instantCap);
        _setInstantCap(instantCap_);
    }

    // ------------------------------------------------------------------------------------------------- views

    /// @inheritdoc INarrowBank
    function halted() external view returns (uint256 facts) {
        if (!reserves.fresh()) facts |= HALT_STALE;
        if (!reserves.covered()) facts |= HALT_NOT_COVERED;
        if (_gate.overdue != 0) facts |= HALT_OVERDUE;
        if (block.timestamp < _gate.brakeUntil) facts |= HALT_BRAKE;
        if (block.timestamp < _gate.pausedUntil) facts |= HALT_PAUSED;
        if (_gate.woundDown) facts |= HALT_WOUND_DOWN;
    }

    /// @inheritdoc INarrowBank
    function spent(bytes32 deposit) public view returns (uint256) {
        uint256 here = _spent[deposit];
        return here != 0 || address(predecessor) == address(0) ? here : predecessor.spent(deposit);
    }

    /// @inheritdoc INarrowBank
    function limit() external view returns (uint256 available, uint256 capacity, uint256 window) {
        return (_limit.available(LIMIT_KEY), _limit._capacity, _limit._window);
    }

    /// @inheritdoc INarrowBank
    function issuePausedUntil() external view returns (uint48) {
        return _gate.pausedUntil;
    }

    /// @inheritdoc INarrowBank
    function windDownRatio() external view returns (uint256 backing, uint256 burden) {
        return (_ratio.backing, _ratio.burden);
    }

    /// @inheritdoc INarrowBank
    function hashVouchers(Voucher[] calldata vouchers, uint48 expiry) external view returns (bytes32) {
        return _hash(setNumber(), vouchers, expiry);
    }

    /// @inheritdoc INarrowBank
    function version() external pure returns (uint256) {
        return 1;
    }

    // ------------------------------------------------------------------------------------------------- inside

    function _mint(Voucher[] calldata vouchers, uint48 expiry, bytes calldata signatures) private {
        _checkOpen(expiry);
        if (vouchers.length == 0 || vouchers.length > MAX_BATCH) revert BadBatchSize(vouchers.length);
        uint32 set = setNumber();
        bytes32 digest = _hash(set, vouchers, expiry);
        _verify(set, digest, signatures);
        uint256 sum = _spend(vouchers);
        if (sum > instantCap) _checkAnnounced(digest, sum);
        if (!_limit.tryConsume(LIMIT_KEY, sum)) revert LimitExceeded(sum, _limit.available(LIMIT_KEY));
        _issue(vouchers);
        (uint256 burden, uint256 backing) = reserves.coverage();
        if (burden > backing) revert NotCovered(burden, backing);
    }

    function _checkOpen(uint48 expiry) private view {
        Gate memory gate = _gate;
        uint48 nowAt = uint48(block.timestamp);
        if (gate.woundDown) revert IsWoundDown();
        if (nowAt < gate.pausedUntil) revert IssueIsPaused(gate.pausedUntil);
        if (nowAt > expiry || expiry > nowAt + MAX_EXPIRY) revert BadExpiry(expiry, nowAt);
        if (!reserves.fresh()) revert StaleReport();
        if (gate.overdue != 0) revert OverdueRedemptions(gate.overdue);
        if (nowAt < gate.brakeUntil) revert BrakeOn(gate.brakeUntil);
    }

    /// @dev Uses up the vouchers; returns their sum. One slot a deposit is replay protection, splitting and no
    /// over-use, for ever.
    function _spend(Voucher[] calldata vouchers) private returns (uint256 sum) {
        for (uint256 i = 0; i < vouchers.length; ++i) {
            Voucher calldata v = vouchers[i];
            uint256 used = spent(v.deposit);
            if (used == VOID) revert DepositIsVoid(v.deposit);
            if (used != v.offset) revert WrongOffset(v.deposit, v.offset, used);
            if (v.amount == 0) revert ZeroAmount(v.deposit);
            used += v.amount;
            if (used > v.value) revert ValueExceeded(v.deposit, used, v.value);
            _spent[v.deposit] = used;
            sum += v.amount;
        }
    }

    function _checkAnnounced(bytes32 digest, uint256 sum) private view {
        Announcement memory a = announcements[digest];
        if (a.vetoed) revert Vetoed(digest);
        if (a.readyAt == 0) revert NotAnnounced(digest, sum, instantCap);
        if (block.timestamp < a.readyAt) revert AnnouncementRunning(digest, a.readyAt, uint48(block.timestamp));
    }

    function _issue(Voucher[] calldata vouchers) private {
        for (uint256 i = 0; i < vouchers.length; ++i) {
            Voucher calldata v = vouchers[i];
            token.mint(v.to, v.amount);
            emit Issued(v.order, v.deposit, v.to, v.amount);
        }
    }

    function _hash(uint32 set, Voucher[] calldata vouchers, uint48 expiry) private view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](vouchers.length);
        for (uint256 i = 0; i < vouchers.length; ++i) hashes[i] = keccak256(abi.encode(VOUCHER, vouchers[i]));
        return _typedDigest(keccak256(abi.encode(VOUCHERS, set, expiry, keccak256(abi.encodePacked(hashes)))));
    }

    function _setInstantCap(uint256 instantCap_) private {
        instantCap = instantCap_;
        emit InstantCapChanged(instantCap_);
    }

    function _setLimit(uint256 capacity_) private {
        // First at the old rate up to now, so that a change never reaches back.
        _limit.sync(LIMIT_KEY);
        _limit.updateSettings(LIMIT_WINDOW, SafeCast.toUint208(capacity_));
        emit LimitChanged(capacity_);
    }

    function _domainName() internal pure override returns (string memory) {
        return "NarrowBank";
    }

    /// @dev Nobody signs for both sides.
    function _mayJoin(address account) internal view override returns (bool) {
        return !reserves.isSigner(account);
    }

    function _checkGuardianOrSigner() private {
        if (!isSigner(msg.sender)) _checkCanCall(msg.sender, msg.data);
    }
}
