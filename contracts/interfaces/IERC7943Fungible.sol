// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title What a regulated ERC-20 token answers, after ERC-7943 (final), fungible form
/// @dev ERC-165 id of this interface: 0x3edbb4c4.
interface IERC7943Fungible is IERC165 {
    /// @notice Coins were taken from `from` by order and given to `to`.
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount);

    /// @notice `amount` coins of `account` are frozen from now on (the new total, not a difference).
    event Frozen(address indexed account, uint256 amount);

    /// @notice The account is blocked and cannot send.
    error ERC7943CannotSend(address account);

    /// @notice The account cannot receive.
    error ERC7943CannotReceive(address account);

    /// @notice The transfer is not allowed for a reason other than the accounts themselves.
    error ERC7943CannotTransfer(address from, address to, uint256 amount);

    /// @notice The account holds enough, but too much of it is frozen.
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);

    /// @notice Takes coins from `from`, frozen ones too, and gives them to `to`.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool result);

    /// @notice Freezes `amount` coins of `account` (the new total; it may exceed the balance).
    function setFrozenTokens(address account, uint256 amount) external returns (bool result);

    /// @notice Whether the account may send at all.
    function canSend(address account) external view returns (bool allowed);

    /// @notice Whether the account may receive at all.
    function canReceive(address account) external view returns (bool allowed);

    /// @notice How many coins of the account are frozen.
    function getFrozenTokens(address account) external view returns (uint256 amount);

    /// @notice Whether a plain `transfer` of `amount` would pass the rules now. Balance is not looked at, frozen
    /// coins are.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool allowed);
}
