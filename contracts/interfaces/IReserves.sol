// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IQuorum} from "./IQuorum.sol";
import {IToken} from "./IToken.sol";

/// @notice What the auditors found in the bank's statement that closed at `cut`, and on the chain just before it.
/// @dev Amounts in the token's smallest unit. EIP-712 type `Attestation(uint32 set,bytes32 prev,uint128 reserves,
/// uint128 encumbered,uint128 settling,uint128 claims,bytes32 claimsRoot,bytes32 evidence,uint48 cut)`, without the
/// line break.
/// @param set number of the auditors' set that signs
/// @param prev digest of the last accepted attestation, zero for the first
/// @param reserves what the bank holds for this token
/// @param encumbered what of it may never back coins here: payouts returned after the burn and owed in cash, coins on
/// other chains, minimum equity
/// @param settling escrow whose payout the bank had booked by the cut and whose coins still exist at the last block
/// before it
/// @param claims sum of what is owed and not on chain: deposits booked and not minted, returned payouts chosen for
/// reissue
/// @param claimsRoot root of the sum tree of those claims; zero when there are none
/// @param evidence hash of what the auditors looked at
/// @param cut closing time of the bank statement, Unix seconds
struct Attestation {
    uint32 set;
    bytes32 prev;
    uint128 reserves;
    uint128 encumbered;
    uint128 settling;
    uint128 claims;
    bytes32 claimsRoot;
    bytes32 evidence;
    uint48 cut;
}

/// @notice What is kept of the last accepted attestation.
/// @param digest its EIP-712 digest; the next one names it as `prev`
/// @param backing reserves less encumbered, or zero when that is negative
/// @param settling as signed
/// @param cut as signed; zero before the first attestation
/// @param coveredAt block time of the last accepted attestation that covered the coins; of the deployment before any
/// did
struct Head {
    bytes32 digest;
    uint256 backing;
    uint256 settling;
    uint48 cut;
    uint48 coveredAt;
}

/// @title What backs a token, as its auditors signed it
/// @notice Anyone may publish a signed attestation. A short one is accepted, because true figures that halt are the
/// point; a wrong one is corrected by the next cut. One `Reserves` serves one token.
/// @dev backing = reserves - encumbered; burden = supply + burned since the cut - settling.
/// V1 `cut` strictly rises.
/// V2 An attestation is accepted only with `threshold` distinct members of the set.
/// V3 The tree of claims is the same here and off chain; any change of leaf, sum, index, sibling or order is refused.
/// V4 No administrator's action makes `covered` true.
interface IReserves is IQuorum {
    /// @notice An attestation was accepted. `signersBitmap`: bit i is the member of the set at index i.
    event Attested(
        bytes32 indexed digest,
        bytes32 indexed prev,
        uint48 indexed cut,
        uint256 reserves,
        uint256 encumbered,
        uint256 settling,
        uint256 claims,
        bytes32 claimsRoot,
        bytes32 evidence,
        uint256 signersBitmap
    );

    /// @notice The attestation does not follow the last accepted one.
    error WrongPredecessor(bytes32 got, bytes32 head);

    /// @notice The cut is not after that of the last accepted attestation.
    error CutNotNewer(uint48 got, uint48 head);

    /// @notice The cut lies in the future.
    error CutInFuture(uint48 got, uint48 nowAt);

    /// @notice The cut is older than `maxAge`.
    error CutTooOld(uint48 got, uint48 oldest);

    /// @notice More is said to be settling than there are coins.
    error SettlingExceedsSupply(uint256 settling, uint256 supplyAndBurned);

    /// @notice A root without claims or claims without a root.
    error ClaimsWithoutRoot(uint256 claims, bytes32 claimsRoot);

    /// @notice `maxAge` must lie between 1 hour and 7 days.
    error BadMaxAge(uint256 maxAge);

    /// @notice Nothing was attested yet.
    error NoAttestation();

    /// @notice Accepts an attestation. Anyone may publish it.
    /// @return signersBitmap who signed
    function attest(Attestation calldata attestation, bytes calldata signatures)
        external
        returns (uint256 signersBitmap);

    /// @notice Whether burden <= backing by the last accepted attestation. False before the first.
    function covered() external view returns (bool);

    /// @notice Whether the last accepted attestation is not older than `maxAge`. False before the first.
    function fresh() external view returns (bool);

    /// @notice What has to be backed, and what backs it, now. Zero backing before the first attestation.
    function coverage() external view returns (uint256 burden, uint256 backing);

    /// @notice The last accepted attestation, as far as it is kept. {Attested} has all of it.
    function head() external view returns (Head memory);

    /// @notice Whether a claim is in the tree of the last accepted attestation.
    /// @dev leaf hash = keccak256(0x00, keccak256(account, salt), uint128 amount);
    /// node hash = keccak256(0x01, left hash, uint128 left sum, right hash, uint128 right sum).
    /// @param account hash of the account reference
    /// @param salt known to the claimant alone
    /// @param amount the claim, in the token's smallest unit
    /// @param index place of the leaf; bit i (lowest first) tells whether the path at height i comes from the right
    /// @param siblings from the leaf up, 48 bytes each: hash, then sum
    function verifyClaim(bytes32 account, bytes32 salt, uint128 amount, uint256 index, bytes calldata siblings)
        external
        view
        returns (bool);

    /// @notice EIP-712 digest that the auditors sign.
    function hashAttestation(Attestation calldata attestation) external view returns (bytes32);

    /// @notice The token whose reserves these are.
    function token() external view returns (IToken);

    /// @notice Age, in seconds from the cut, at which an attestation goes stale.
    function maxAge() external view returns (uint48);

    /// @notice In the shape of AggregatorV3: the answer is the backing, round and times are the cut.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    /// @notice Decimals of the answer: those of the token.
    function decimals() external view returns (uint8);

    /// @notice What the answer is, for readers of an AggregatorV3.
    function description() external view returns (string memory);

    /// @notice Version of the contract and of its EIP-712 domain.
    function version() external pure returns (uint256);
}
