// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IToken} from "./IToken.sol";

/// @title From a holder's request to its one end
/// @notice A holder puts coins into escrow and names, by a salted hash, the registered account to be paid. The payer
/// accepts, tells the bank, and burns the escrow when the bank has booked the payment; or gives the coins back. A
/// failed payment needs no mint. If the payer does neither, the holder takes the coins back after a notice, and
/// minting stays off meanwhile.
/// @dev Amounts in the token's smallest unit, times in Unix seconds.
/// N3 The contract's own token balance is the sum of the open requests.
/// N5 Each request ends in exactly one of settled, given back, cancelled, reclaimed.
/// N6 Escrow goes to nobody but the request's holder.
interface IRedemptions {
    /// @notice None: no such request. Requested and Accepted are open; the others are ends.
    enum Status {
        None,
        Requested,
        Accepted,
        Settled,
        GivenBack,
        Cancelled,
        Reclaimed
    }

    /// @notice Why the payer gave coins back.
    enum Reason {
        UnknownAccount,
        RejectedByBank,
        ReturnedByBank,
        HolderBlocked,
        Refused,
        Operator
    }

    /// @param holder who asked, and the only one who can get the coins back
    /// @param status where the request stands
    /// @param dueAt end of the time in which the payer promised to settle
    /// @param protestedAt when it was shown to be overdue; zero when it was not
    /// @param amount coins in escrow
    /// @param pays what the bank is to pay; fixed by `accept`, zero before. Less than `amount` only after a wind-down.
    struct Request {
        address holder;
        Status status;
        uint40 dueAt;
        uint40 protestedAt;
        uint128 amount;
        uint128 pays;
    }

    /// @notice `amount` coins of `holder` are in escrow; `payout` is the salted hash of the account to be paid by
    /// `dueAt`.
    event Requested(
        uint256 indexed id,
        address indexed holder,
        uint256 amount,
        bytes32 indexed payout,
        uint48 dueAt
    );

    /// @notice The payer is about to tell the bank; the holder can no longer cancel.
    event Accepted(uint256 indexed id);

    /// @notice `amount` coins were burned after the bank had paid `paid` under the reference `ref`.
    event Settled(uint256 indexed id, uint256 amount, uint256 paid, bytes32 ref);

    /// @notice The payer returned the coins.
    event GivenBack(uint256 indexed id, Reason reason);

    /// @notice The holder took the coins back before they were accepted.
    event Cancelled(uint256 indexed id);

    /// @notice The request is overdue; the notice runs and minting is off until it ends.
    event Protested(uint256 indexed id, address indexed by);

    /// @notice The holder took the coins back after the notice.
    event Reclaimed(uint256 indexed id);

    /// @notice The payer is `payer` from now on.
    event PayerChanged(address indexed payer);

    /// @notice Minting is off until `until`, because coins were given back after they were due.
    event Braked(uint48 until);

    /// @notice The amount is not a multiple of the currency's minor unit.
    error NotAMultiple(uint256 amount, uint256 minorUnit);

    /// @notice The amount is below the least amount.
    error TooSmall(uint256 amount, uint256 minRequest);

    /// @notice The hash of the account to be paid is missing.
    error NoPayout();

    /// @notice This bank is not the token's issuer (any more): ask its successor.
    error NotTheIssuer(address issuer);

    /// @notice Only the payer may do this.
    error NotPayer(address caller);

    /// @notice Only the request's holder may do this.
    error NotHolder(address caller, address holder);

    /// @notice The request is not in a state that allows this.
    error WrongStatus(uint256 id, Status status);

    /// @notice The request is not due yet.
    error NotDue(uint256 id, uint48 dueAt, uint48 nowAt);

    /// @notice The request was protested already.
    error AlreadyProtested(uint256 id);

    /// @notice The request was not protested, so no notice runs.
    error NotProtested(uint256 id);

    /// @notice The notice still runs.
    error NoticeNotOver(uint256 id, uint48 reclaimableAt, uint48 nowAt);

    /// @notice The two lists differ in length.
    error LengthMismatch(uint256 ids, uint256 others);

    /// @notice A bound on a constructor argument or setting is broken.
    error OutOfBounds(bytes32 what, uint256 got);

    // ------------------------------------------------------------------------------------------------- holder

    /// @notice Asks for `amount` to be paid to the account behind `payout`. Takes the coins by allowance.
    function request(uint256 amount, bytes32 payout) external returns (uint256 id);

    /// @notice {request} with the allowance signed (ERC-2612). A permit that somebody used before is no obstacle.
    function requestWithPermit(
        uint256 amount,
        bytes32 payout,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 id);

    /// @notice {request} for `from` by any relayer, with an ERC-3009 `ReceiveWithAuthorization` to this contract
    /// whose nonce is {authorizationNonce}(payout, salt), so that nobody can redirect the payout.
    /// @param signature 65 bytes, or what the contract wallet `from` accepts
    function requestWithAuthorization(
        address from,
        uint256 amount,
        bytes32 payout,
        bytes32 salt,
        uint256 validAfter,
        uint256 validBefore,
        bytes calldata signature
    ) external returns (uint256 id);

    /// @notice Takes the coins back. Holder, while not accepted.
    function cancel(uint256 id) external;

    /// @notice Shows that a request is overdue. Anyone, after `dueAt`.
    function protest(uint256 id) external;

    /// @notice Takes the coins back after the notice: 24 hours from the protest if never accepted, 10 days if
    /// accepted. Holder.
    function reclaim(uint256 id) external;

    // ------------------------------------------------------------------------------------------------- payer

    /// @notice Announces, before the bank is told, that these will be paid; fixes what the bank is to pay. Payer.
    /// @dev Skips what is not `Requested`, and blocked holders: no payout to them.
    /// @return done how many were accepted
    function accept(uint256[] calldata ids) external returns (uint256 done);

    /// @notice Burns the escrow of paid requests. Payer, after the bank booked the debits. Skips what is not
    /// `Accepted`.
    /// @param paymentRefs the bank's references, in the order of `ids`
    /// @return done how many were settled
    function settle(uint256[] calldata ids, bytes32[] calldata paymentRefs) external returns (uint256 done);

    /// @notice Returns the coins. Payer. Skips what is not open. After `dueAt` it keeps minting off for 24 hours.
    /// @param reasons in the order of `ids`
    /// @return done how many were given back
    function giveBack(uint256[] calldata ids, Reason[] calldata reasons) external returns (uint256 done);

    /// @notice Changes the payer. GOVERNOR.
    function setPayer(address payer_) external;

    // ------------------------------------------------------------------------------------------------- views

    /// @notice The request with this number; numbers start at 1.
    function requests(uint256 id) external view returns (Request memory);

    /// @notice How many requests there were; also the last number.
    function requestCount() external view returns (uint256);

    /// @notice Earliest time at which the holder can reclaim; zero when no notice runs.
    function reclaimableAt(uint256 id) external view returns (uint48);

    /// @notice What the bank would pay for `amount` if it were accepted now.
    function paysFor(uint256 amount) external view returns (uint256);

    /// @notice The ERC-3009 nonce of {requestWithAuthorization}: keccak256(abi.encode(payout, salt, this contract)).
    function authorizationNonce(bytes32 payout, bytes32 salt) external view returns (bytes32);

    /// @notice How many protested requests are still open. Minting is off while there are any.
    function overdue() external view returns (uint256);

    /// @notice Minting is off until then because coins were given back late; zero when that never happened.
    function brakeUntil() external view returns (uint48);

    /// @notice The token that this bank issues and redeems.
    function token() external view returns (IToken);

    /// @notice The key that pays and burns.
    function payer() external view returns (address);

    /// @notice The currency's minor unit in the token's smallest unit.
    function minorUnit() external view returns (uint256);

    /// @notice The least amount of a request.
    function minRequest() external view returns (uint256);

    /// @notice Seconds in which the payer promises to settle.
    function sla() external view returns (uint48);
}
