// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title Who holds how many coins, how many there are, and how many were burned until when
/// @dev OpenZeppelin's ERC-20 keeps the supply in a word of its own. Here it shares one with the burns: whoever judges
/// an attestation reads one word instead of two, and a burn writes one instead of two.
abstract contract Balances is ERC20 {
    using Checkpoints for Checkpoints.Trace208;

    /// @dev One slot: the supply, and the last burn with all burns up to it. Older ones are in the history: a reader
    /// who asks about a time after the last burn, as nearly every one does, pays one read. 104 bits hold 10^13 coins
    /// of 18 decimals.
    struct Coins {
        uint104 supply;
        uint104 burned;
        uint48 burnedAt;
    }

    Coins private _coins;
    mapping(address account => uint256) private _balances;
    Checkpoints.Trace208 private _burnsBefore;

    /// @notice How many coins there are.
    function totalSupply() public view virtual override returns (uint256) {
        return _coins.supply;
    }

    /// @notice How many coins the account holds.
    function balanceOf(address account) public view virtual override returns (uint256) {
        return _balances[account];
    }

    /// @dev Takes from one balance and adds to another; the zero address stands for coins that are made or destroyed.
    function _update(address from, address to, uint256 value) internal virtual override {
        if (from == address(0)) {
            _coins.supply += SafeCast.toUint104(value);
        } else {
            uint256 balance = _balances[from];
            if (balance < value) revert ERC20InsufficientBalance(from, balance, value);
            // Cannot underflow, as was just seen; saves 60 gas.
            unchecked {
                _balances[from] = balance - value;
            }
        }
        if (to == address(0)) {
            _countBurn(value);
        } else {
            // Cannot overflow: the balances add up to the supply; saves 60 gas.
            unchecked {
                _balances[to] += value;
            }
        }
        emit Transfer(from, to, value);
    }

    function _burned() internal view returns (uint256) {
        return _coins.burned;
    }

    function _burnedBefore(uint48 t) internal view returns (uint256) {
        Coins memory coins = _coins;
        if (coins.burnedAt < t) return coins.burned;
        return t == 0 ? 0 : _burnsBefore.upperLookup(t - 1);
    }

    function _supplyAndBurnedSince(uint48 t) internal view returns (uint256, uint256) {
        Coins memory coins = _coins;
        return (coins.supply, coins.burnedAt < t ? 0 : coins.burned - _burnedBefore(t));
    }

    function _countBurn(uint256 value) private {
        Coins memory coins = _coins;
        // What the history said before is of no interest.
        // slither-disable-next-line unused-return
        if (coins.burnedAt < block.timestamp && coins.burnedAt != 0) _burnsBefore.push(coins.burnedAt, coins.burned);
        uint104 amount = SafeCast.toUint104(value);
        _coins = Coins(coins.supply - amount, coins.burned + amount, uint48(block.timestamp));
    }
}
