// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC7943Fungible} from "./IERC7943Fungible.sol";

/// @title A coin with one issuer, and nobody else who can make or destroy it
/// @notice ERC-20 with permit (ERC-2612), authorisations (ERC-3009) and the questions of ERC-7943. One choke point
/// judges every move of coins. The issuer is a contract; it is replaced only after a notice long enough for every
/// holder to leave.
/// @dev Amounts are in the token's smallest unit, times in Unix seconds.
/// T1 The balances add up to `totalSupply`.
/// T2 `totalSupply` changes only in calls of the issuer, by exactly the amount of the event.
/// T3 Nothing but `forcedTransfer` takes coins out of a blocked account.
/// T4 A used or cancelled authorisation stays used.
/// T5 `flagged` is the number of accounts that are blocked or have frozen coins.
/// T6 The issuer does not change within `NOTICE` of the announcement.
interface IToken is IERC20, IERC7943Fungible {
    /// @notice The issuer is `issuer` from now on; `retired` (zero the first time) may only burn and return what it
    /// holds.
    event IssuerChanged(address indexed issuer, address indexed retired);

    /// @notice `next` becomes the issuer when somebody calls `applyIssuer` at `readyAt` or later.
    event IssuerAnnounced(address indexed next, uint48 readyAt);

    /// @notice The announced change to `next` will not happen.
    event IssuerChangeCancelled(address indexed next);

    /// @notice Transfers are paused until `until`.
    event Paused(uint48 until);

    /// @notice The pause ended early.
    event Unpaused();

    /// @notice `account` was blocked or unblocked by the documented `order`.
    event BlockedSet(address indexed account, bool on, bytes32 indexed order);

    /// @notice Beside {Frozen}: by which documented order.
    event FrozenByOrder(address indexed account, bytes32 indexed order);

    /// @notice Beside {ForcedTransfer}: by which documented order.
    event ForcedByOrder(address indexed from, bytes32 indexed order);

    /// @notice Transfers are paused until `until`.
    error TokenPaused(uint48 until);

    /// @notice Only the issuer may do this.
    error NotIssuer(address caller);

    /// @notice Only the deployer may name the first issuer, once.
    error NotDeployer(address caller);

    /// @notice The first issuer is already set.
    error IssuerAlreadySet(address issuer);

    /// @notice The proposed issuer is not a contract, is this token, or has been an issuer already.
    error BadIssuer(address issuer);

    /// @notice No change of issuer is announced.
    error NoIssuerAnnounced();

    /// @notice The notice of the issuer change still runs.
    error NoticeRunning(uint48 readyAt, uint48 nowAt);

    /// @notice Coins sent to the issuer would get stuck there: ask for a redemption with `request` instead.
    error UseRequest(address issuer);

    /// @notice The token's own address and issuers, present or past, cannot be blocked, frozen or seized.
    error Untouchable(address account);

    /// @notice The forms of ERC-7943 without an order are refused; use those with `order`. `order` is never zero.
    error OrderRequired();

    /// @notice Nothing would change.
    error NoChange(address account);

    // ------------------------------------------------------------------------------------------------- issuer

    /// @notice Makes `amount` new coins for `to`. Only the issuer; not to itself.
    function mint(address to, uint256 amount) external;

    /// @notice Destroys `amount` coins of the caller. Only the issuer, or a retired one.
    function burn(uint256 amount) external;

    /// @notice Names the first issuer. Only the deployer, once.
    function setFirstIssuer(address first) external;

    /// @notice Announces the next issuer; replaces an earlier announcement and starts the notice again. GOVERNOR.
    function announceIssuer(address next) external;

    /// @notice Takes back the announcement. GUARDIAN.
    function cancelIssuer() external;

    /// @notice Makes the announced issuer the issuer. Anyone, after the notice.
    function applyIssuer() external;

    // ------------------------------------------------------------------------------------------------- holders, signed

    /// @notice `permit` for accounts that sign by contract (ERC-1271); plain signatures of 65 bytes work too.
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes calldata signature) external;

    /// @notice `transferWithAuthorization` for accounts that sign by contract; plain signatures of 65 bytes work too.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice `receiveWithAuthorization` for accounts that sign by contract; plain signatures of 65 bytes work too.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice `cancelAuthorization` for accounts that sign by contract; plain signatures of 65 bytes work too.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;

    // ------------------------------------------------------------------------------------------------- powers

    /// @notice Pauses transfers for `duration` seconds, at most 7 days, not before 7 days after the last pause ended.
    /// GUARDIAN.
    /// @dev Coins may still move into escrow, come back from it and be burned there.
    function pause(uint48 duration) external;

    /// @notice Ends a pause early. GOVERNOR.
    function unpause() external;

    /// @notice Blocks or unblocks an account by a documented order. COMPLIANCE.
    function setBlocked(address account, bool on, bytes32 order) external;

    /// @notice {IERC7943Fungible-setFrozenTokens} by a documented order. COMPLIANCE.
    function setFrozenTokens(address account, uint256 amount, bytes32 order) external returns (bool result);

    /// @notice {IERC7943Fungible-forcedTransfer} by a documented order. SEIZER. Works during a pause; frozen coins
    /// are freed first.
    function forcedTransfer(address from, address to, uint256 amount, bytes32 order) external returns (bool result);

    // ------------------------------------------------------------------------------------------------- views

    /// @notice The contract that mints and burns.
    function issuer() external view returns (address);

    /// @notice Whether the account was an issuer before.
    function isRetired(address account) external view returns (bool);

    /// @notice The announced issuer and the earliest time of the change; zeros when none is announced.
    function announcedIssuer() external view returns (address next, uint48 readyAt);

    /// @notice End of the present or last pause; zero when there was none.
    function pausedUntil() external view returns (uint48);

    /// @notice Whether the account is blocked.
    function isBlocked(address account) external view returns (bool);

    /// @notice The number of accounts that are blocked or have frozen coins.
    function flagged() external view returns (uint256);

    /// @notice Coins burned up to now, in all.
    function burned() external view returns (uint256);

    /// @notice Coins burned in blocks with a timestamp strictly before `t`, in all.
    function burnedBefore(uint48 t) external view returns (uint256);

    /// @notice The supply, and the coins burned in blocks with a timestamp of `t` or later, in one call.
    function supplyAndBurnedSince(uint48 t) external view returns (uint256 supply, uint256 burnedSince);

    /// @notice Time between the announcement of a new issuer and the change: 21 days.
    function NOTICE() external view returns (uint48); // solhint-disable-line func-name-mixedcase

    /// @notice Version of the contract and of its EIP-712 domain.
    function version() external pure returns (uint256);
}
