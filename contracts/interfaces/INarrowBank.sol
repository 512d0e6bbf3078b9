// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IQuorum} from "./IQuorum.sol";
import {IRedemptions} from "./IRedemptions.sol";
import {Attestation, IReserves} from "./IReserves.sol";

/// @notice What the bank side confirmed: a credit, how much of it is minted now, and to whom.
/// @dev EIP-712 type `Voucher(bytes32 deposit,uint128 value,uint128 offset,uint128 amount,address to,bytes32 order)`.
/// @param deposit hash of bank, account and the bank's own entry reference
/// @param value the whole credit, in the token's smallest unit
/// @param offset what of it was minted before; must equal `spent(deposit)`
/// @param amount what is minted now
/// @param to who gets the coins
/// @param order the node's issuance reference
struct Voucher {
    bytes32 deposit;
    uint128 value;
    uint128 offset;
    uint128 amount;
    address to;
    bytes32 order;
}

/// @notice What a bank is deployed with.
/// @param payer the key that accepts, settles and gives back
/// @param minorUnit the currency's minor unit in the token's smallest unit
/// @param minRequest the least amount of a redemption; from `minorUnit` to 1,000 coins of 6 decimals
/// @param sla seconds in which the payer promises to settle; from 1 hour, and with the notice of 10 days below the
/// token's `NOTICE`
/// @param announceDelay seconds between announcement and mint of a large batch; 1 hour to 7 days
/// @param instantCap sum above which a batch needs an announcement; zero: always
/// @param capacity of the rate limit's bucket, which fills in 24 hours; zero: no mint
struct Terms {
    address payer;
    uint256 minorUnit;
    uint256 minRequest;
    uint48 sla;
    uint48 announceDelay;
    uint256 instantCap;
    uint256 capacity;
}

// The bits of `halted()`. Zero means that a covered, signed batch within the limit can be minted now.
uint256 constant HALT_STALE = 1;
uint256 constant HALT_NOT_COVERED = 2;
uint256 constant HALT_OVERDUE = 4;
uint256 constant HALT_BRAKE = 8;
uint256 constant HALT_PAUSED = 16;
uint256 constant HALT_WOUND_DOWN = 32;

/// @title Issues a token one for one against money in a bank
/// @notice There is no minter key. What is minted, and to whom, is signed by the bank side (vouchers); that it is
/// covered is signed by the audit side (`Reserves`). Anyone may bring both here.
/// @dev Amounts in the token's smallest unit, times in Unix seconds. EIP-712 type of a batch:
/// `Vouchers(uint32 set,uint48 expiry,Voucher[] vouchers)Voucher(...)`.
/// N1 In every state reached by a mint, burden <= backing of an attestation not older than `maxAge`.
/// N2 `spent(d)` <= value for every voucher ever used, or the deposit is void.
/// N4 With a stale, missing or short report every mint reverts, and every request, accept, settle, cancel, reclaim
/// works.
/// N7 What is minted in any window is at most the capacity and its refill.
/// N8 A batch mints all of its vouchers or none.
interface INarrowBank is IQuorum, IRedemptions {
    /// @notice `amount` of the deposit was minted to `to` for the node's `order`.
    event Issued(bytes32 indexed order, bytes32 indexed deposit, address indexed to, uint256 amount);

    /// @notice Nothing (more) can be minted on the deposit.
    event Voided(bytes32 indexed deposit, address indexed by);

    /// @notice A batch above `instantCap` may be minted from `readyAt` on, unless vetoed.
    event BatchAnnounced(bytes32 indexed digest, uint48 readyAt);

    /// @notice The batch cannot be minted while it is above `instantCap`.
    event BatchVetoed(bytes32 indexed digest, address indexed by);

    /// @notice No mint for ever; requests accepted from now on are paid at backing / burden.
    event WoundDown(uint256 backing, uint256 burden);

    /// @notice Minting is paused until `until`.
    event IssuePaused(uint48 until);

    /// @notice The pause of minting ended early.
    event IssueUnpaused();

    /// @notice The bucket of the rate limit holds `capacity` from now on.
    event LimitChanged(uint256 capacity);

    /// @notice Batches above `instantCap` need an announcement from now on.
    event InstantCapChanged(uint256 instantCap);

    /// @notice The bank was wound down.
    error IsWoundDown();

    /// @notice Minting is paused until `until`.
    error IssueIsPaused(uint48 until);

    /// @notice The vouchers expired, or expire more than 24 hours from now.
    error BadExpiry(uint48 expiry, uint48 nowAt);

    /// @notice The last attestation is too old, or there is none.
    error StaleReport();

    /// @notice Overdue redemptions are open.
    error OverdueRedemptions(uint256 count);

    /// @notice Coins were given back late.
    error BrakeOn(uint48 until);

    /// @notice A batch has 1 to 250 vouchers.
    error BadBatchSize(uint256 got);

    /// @notice A voucher over nothing.
    error ZeroAmount(bytes32 deposit);

    /// @notice The deposit is void.
    error DepositIsVoid(bytes32 deposit);

    /// @notice The voucher was used, or one before it was not.
    error WrongOffset(bytes32 deposit, uint256 offset, uint256 spent);

    /// @notice More would be minted on the deposit than it is worth.
    error ValueExceeded(bytes32 deposit, uint256 wanted, uint256 value);

    /// @notice The batch exceeds `instantCap` and was not announced.
    error NotAnnounced(bytes32 digest, uint256 amount, uint256 instantCap);

    /// @notice The announcement is too young.
    error AnnouncementRunning(bytes32 digest, uint48 readyAt, uint48 nowAt);

    /// @notice The batch was vetoed.
    error Vetoed(bytes32 digest);

    /// @notice The batch was announced already.
    error AlreadyAnnounced(bytes32 digest);

    /// @notice More than the rate limit allows now.
    error LimitExceeded(uint256 wanted, uint256 available);

    /// @notice After this mint the coins would not be covered.
    error NotCovered(uint256 burden, uint256 backing);

    /// @notice There is nothing to wind down, or a covering attestation was accepted less than 30 days ago.
    error CannotWindDown(uint256 supply, uint48 coveredAt);

    /// @notice Reserves or predecessor belong to another token.
    error OtherToken(address token);

    /// @notice A `lower` function was given more than now, or a `raise` function less.
    error WrongDirection(uint256 got, uint256 current);

    // ------------------------------------------------------------------------------------------------- mint

    /// @notice Mints every voucher of a batch, or none.
    /// @dev Warning: anyone may submit it; it can only pay the holders that the bank signers named.
    /// @param vouchers what the bank confirmed, 1 to 250; each works once
    /// @param expiry last second in which the batch may be minted, at most 24 hours ahead
    /// @param signatures of the bank signers over {hashVouchers}(vouchers, expiry)
    function mint(Voucher[] calldata vouchers, uint48 expiry, bytes calldata signatures) external;

    /// @notice Publishes the attestation, then mints. If its cut is not newer than the head's, somebody published it
    /// or a later one before: that part is skipped and the mint is judged on the head.
    function attestAndMint(
        Attestation calldata attestation,
        bytes calldata attestationSignatures,
        Voucher[] calldata vouchers,
        uint48 expiry,
        bytes calldata voucherSignatures
    ) external;

    /// @notice Announces a batch above `instantCap`, signed by the bank signers. Anyone.
    /// @param digest {hashVouchers} of the batch
    function announce(bytes32 digest, bytes calldata signatures) external;

    /// @notice Stops a batch above `instantCap`, announced or not. GUARDIAN, or any one bank signer.
    function veto(bytes32 digest) external;

    /// @notice Makes a deposit unusable for ever. GUARDIAN, or any one bank signer.
    function void(bytes32 deposit) external;

    /// @notice Ends minting for ever when there are coins and no covering attestation was accepted for 30 days; fixes
    /// the ratio at which requests are paid from then on. Anyone.
    function windDown() external;

    // ------------------------------------------------------------------------------------------------- powers

    /// @notice Pauses minting for `duration` seconds, at most 7 days, not before 7 days after the last pause ended.
    /// GUARDIAN.
    function pauseIssue(uint48 duration) external;

    /// @notice Ends the pause of minting early. GOVERNOR.
    function unpauseIssue() external;

    /// @notice Lowers the capacity of the rate limit; zero means no mint. GUARDIAN.
    function lowerLimit(uint256 capacity_) external;

    /// @notice Raises the capacity of the rate limit. GOVERNOR.
    function raiseLimit(uint256 capacity_) external;

    /// @notice Lowers the sum from which a batch needs an announcement; zero means always. GUARDIAN.
    function lowerInstantCap(uint256 instantCap_) external;

    /// @notice Raises the sum from which a batch needs an announcement. GOVERNOR.
    function raiseInstantCap(uint256 instantCap_) external;

    // ------------------------------------------------------------------------------------------------- views

    /// @notice What keeps minting off now, as bits: 1 stale, 2 not covered, 4 overdue, 8 brake, 16 paused, 32 wound
    /// down.
    function halted() external view returns (uint256 facts);

    /// @notice What was minted on the deposit here or by a predecessor; 2^128 - 1 when it is void.
    function spent(bytes32 deposit) external view returns (uint256);

    /// @notice The rate limit: what may be minted now, the capacity of the bucket, and the seconds in which it fills.
    function limit() external view returns (uint256 available, uint256 capacity, uint256 window);

    /// @notice The sum above which a batch needs an announcement.
    function instantCap() external view returns (uint256);

    /// @notice Seconds between announcement and mint.
    function announceDelay() external view returns (uint48);

    /// @notice When the batch may be minted (zero: not announced), and whether it was vetoed.
    function announcements(bytes32 digest) external view returns (uint48 readyAt, bool vetoed);

    /// @notice End of the present or last pause of minting; zero when there was none.
    function issuePausedUntil() external view returns (uint48);

    /// @notice The ratio of the wind-down, backing / burden; both zero while the bank is not wound down.
    function windDownRatio() external view returns (uint256 backing, uint256 burden);

    /// @notice EIP-712 digest that the bank signers sign; contains the number of their current set.
    function hashVouchers(Voucher[] calldata vouchers, uint48 expiry) external view returns (bytes32);

    /// @notice Where the coverage is judged.
    function reserves() external view returns (IReserves);

    /// @notice The bank that issued the token before, or zero.
    function predecessor() external view returns (INarrowBank);

    /// @notice Version of the contract and of its EIP-712 domain.
    function version() external pure returns (uint256);
}
