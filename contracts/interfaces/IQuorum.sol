// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title m of n keys that sign and hold no other power
/// @notice Signatures are 64 bytes each (ERC-2098: r, then yParity and s in one word), concatenated, in strictly
/// ascending order of the signers' addresses, at least `threshold` of the current set. Every signed digest contains
/// the number of the set, which rises with every change, so a signer who is removed and added again does not revive
/// old signatures.
/// @dev A set has 2 to 32 signers, a threshold of at least 2, and lies as the code of a data contract, so that
/// reading it costs the same for any number of signers.
interface IQuorum {
    /// @notice The set has this number, these members (ascending) and this threshold from now on.
    event SignersChanged(uint32 indexed set, address[] signers, uint256 threshold);

    /// @notice The message names another set than the current one: sign it again.
    error WrongSet(uint256 got, uint256 current);

    /// @notice The signatures are not a whole number of 64-byte pieces.
    error BadSignatureLength(uint256 length);

    /// @notice Fewer signatures than the threshold.
    error TooFewSignatures(uint256 got, uint256 threshold);

    /// @notice The recovered signer is not in the set, or appears twice, or not in ascending order.
    error UnexpectedSigner(address signer);

    /// @notice The set would break a rule: 2 to 32 distinct, non-zero, ascending signers, a threshold from 2 to their
    /// number.
    error BadSignerSet(uint256 signers, uint256 threshold);

    /// @notice The account is a member already, or a member of the other side's set, or zero.
    error CannotJoin(address account);

    /// @notice The account is not a member.
    error NotASigner(address account);

    /// @notice Adds a signer. GOVERNOR.
    function addSigner(address account) external;

    /// @notice Removes a signer; never below the threshold. GUARDIAN.
    function removeSigner(address account) external;

    /// @notice Asks for more signatures than now. GOVERNOR.
    function raiseThreshold(uint256 threshold_) external;

    /// @notice Asks for fewer signatures than now, at least 2. GOVERNOR.
    function lowerThreshold(uint256 threshold_) external;

    /// @notice Members of the current set, ascending. Bit i of a bitmap of signers is the member at index i.
    function signers() external view returns (address[] memory);

    /// @notice How many signatures are needed.
    function threshold() external view returns (uint256);

    /// @notice Number of the current set, from 1.
    function setNumber() external view returns (uint32);

    /// @notice Whether the account is a member of the current set.
    function isSigner(address account) external view returns (bool);
}
