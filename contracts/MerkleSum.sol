// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A Merkle tree whose nodes carry sums
/// @notice Both sums of the children are hashed, so a root fixes every amount below it and their total.
library MerkleSum {
    uint256 private constant SIBLING = 48;

    /// @dev Hash of a leaf: what is owed to the holder of an account reference who knows the salt.
    function leaf(bytes32 account, bytes32 salt, uint128 amount) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), keccak256(abi.encodePacked(account, salt)), amount));
    }

    /// @dev Climbs from a leaf to the root. `ok` is false when the proof is malformed: a piece missing, index bits
    /// left over, a sum beyond 128 bits.
    /// @param siblings from the leaf up, 48 bytes each: hash, then sum
    function climb(bytes32 hash, uint128 sum, uint256 index, bytes calldata siblings)
        internal
        pure
        returns (bool ok, bytes32, uint128)
    {
        if (siblings.length % SIBLING != 0) return (false, hash, sum);
        for (uint256 i = 0; i < siblings.length; i += SIBLING) {
            bytes32 otherHash = bytes32(siblings[i:i + 32]);
            uint128 otherSum = uint128(bytes16(siblings[i + 32:i + SIBLING]));
            if (otherSum > type(uint128).max - sum) return (false, hash, sum);
            hash = index & 1 == 0
                ? keccak256(abi.encodePacked(uint8(1), hash, sum, otherHash, otherSum))
                : keccak256(abi.encodePacked(uint8(1), otherHash, otherSum, hash, sum));
            sum += otherSum;
            index >>= 1;
        }
        return (index == 0, hash, sum);
    }
}
