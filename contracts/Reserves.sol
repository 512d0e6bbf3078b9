// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IQuorum} from "./interfaces/IQuorum.sol";
import {Attestation, Head, IReserves} from "./interfaces/IReserves.sol";
import {IToken} from "./interfaces/IToken.sol";
import {MerkleSum} from "./MerkleSum.sol";
import {Quorum} from "./Quorum.sol";
import {TypedData} from "./TypedData.sol";

/// @title {IReserves}, which explains it
contract Reserves is IReserves, Quorum, TypedData {
    using SafeCast for uint256;

    bytes32 private constant ATTESTATION = keccak256(
        "Attestation(uint32 set,bytes32 prev,uint128 reserves,uint128 encumbered,uint128 settling,uint128 claims,"
        "bytes32 claimsRoot,bytes32 evidence,uint48 cut)"
    );

    /// @dev One slot: 80 bits hold 10^18 coins of 6 decimals.
    struct State {
        uint80 backing;
        uint80 settling;
        uint48 cut;
        uint48 coveredAt;
    }

    IToken public immutable token;
    uint48 public immutable maxAge;

    bytes32 private _digest;
    bytes32 private _claims;
    State private _state;

    constructor(address authority_, IToken token_, uint48 maxAge_, address[] memory auditors, uint256 threshold_)
        AccessManaged(authority_)
        Quorum(auditors, threshold_)
    {
        if (maxAge_ < 1 hours || maxAge_ > 7 days) revert BadMaxAge(maxAge_);
        token = token_;
        maxAge = maxAge_;
        _state.coveredAt = uint48(block.timestamp);
    }

    /// @inheritdoc IReserves
    function attest(Attestation calldata a, bytes calldata signatures) external returns (uint256 signersBitmap) {
        State memory last = _state;
        uint48 cut = a.cut;
        if (a.prev != _digest) revert WrongPredecessor(a.prev, _digest);
        _checkCut(cut, last.cut);
        if ((a.claims == 0) != (a.claimsRoot == 0)) revert ClaimsWithoutRoot(a.claims, a.claimsRoot);
        bytes32 digest = hashAttestation(a);
        signersBitmap = _verify(a.set, digest, signatures);

        uint256 settling = a.settling;
        (uint256 supply, uint256 burnedSince) = token.supplyAndBurnedSince(cut);
        uint256 coins = supply + burnedSince;
        if (settling > coins) revert SettlingExceedsSupply(settling, coins);
        uint256 backing = Math.saturatingSub(a.reserves, a.encumbered);
        bool covers = coins - settling <= backing;

        _digest = digest;
        _claims = _commitment(a.claimsRoot, a.claims);
        _state = State({
            backing: backing.toUint80(),
            settling: settling.toUint80(),
            cut: cut,
            coveredAt: covers ? uint48(block.timestamp) : last.coveredAt
        });
        _publish(a, digest, signersBitmap);
    }

    /// @inheritdoc IReserves
    function covered() external view returns (bool) {
        (uint256 burden, uint256 backing) = coverage();
        return _state.cut != 0 && burden <= backing;
    }

    /// @inheritdoc IReserves
    function fresh() external view returns (bool) {
        return block.timestamp <= uint256(_state.cut) + maxAge;
    }

    /// @inheritdoc IReserves
    function coverage() public view returns (uint256 burden, uint256 backing) {
        State memory state = _state;
        (uint256 supply, uint256 burnedSince) = token.supplyAndBurnedSince(state.cut);
        // Cannot underflow: it held when the attestation was accepted, and supply and burns since one cut never fall
        // together.
        return (supply + burnedSince - state.settling, state.backing);
    }

    /// @inheritdoc IReserves
    function head() external view returns (Head memory) {
        State memory state = _state;
        return Head(_digest, state.backing, state.settling, state.cut, state.coveredAt);
    }

    /// @inheritdoc IReserves
    function verifyClaim(bytes32 account, bytes32 salt, uint128 amount, uint256 index, bytes calldata siblings)
        external
        view
        returns (bool)
    {
        (bool ok, bytes32 root, uint128 sum) =
            MerkleSum.climb(MerkleSum.leaf(account, salt, amount), amount, index, siblings);
        return ok && _commitment(root, sum) == _claims;
    }

    /// @inheritdoc IReserves
    function hashAttestation(Attestation calldata a) public view returns (bytes32) {
        bytes32 kind = ATTESTATION;
        bytes32 structHash;
        // abi.encode(kind, a), whose members are nine whole words in the calldata: saves 900 gas. A member that does
        // not fit its type gives a digest that nobody signed.
        assembly ("memory-safe") {
            let start := mload(64)
            mstore(start, kind)
            calldatacopy(add(start, 32), a, 288)
            structHash := keccak256(start, 320)
        }
        return _typedDigest(structHash);
    }

    /// @inheritdoc IReserves
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        State memory state = _state;
        // Zero is "never", not a time that somebody could meet.
        // slither-disable-next-line incorrect-equality
        if (state.cut == 0) revert NoAttestation();
        return (state.cut, int256(uint256(state.backing)), state.cut, state.cut, state.cut);
    }

    /// @inheritdoc IReserves
    function decimals() external view returns (uint8) {
        return IERC20Metadata(address(token)).decimals();
    }

    /// @inheritdoc IReserves
    function description() external view returns (string memory) {
        return string.concat(IERC20Metadata(address(token)).symbol(), " backing: reserves less encumbered");
    }

    /// @inheritdoc IReserves
    function version() external pure returns (uint256) {
        return 1;
    }

    function _domainName() internal pure override returns (string memory) {
        return "Reserves";
    }

    /// @dev Nobody signs for both sides.
    function _mayJoin(address account) internal view override returns (bool) {
        address issuer = token.issuer();
        return issuer == address(0) || !IQuorum(issuer).isSigner(account);
    }

    function _checkCut(uint48 cut, uint48 last) private view {
        uint48 nowAt = uint48(block.timestamp);
        if (cut <= last) revert CutNotNewer(cut, last);
        if (cut > nowAt) revert CutInFuture(cut, nowAt);
        if (nowAt - cut > maxAge) revert CutTooOld(cut, nowAt - maxAge);
    }

    /// @dev One word for root and sum: the root alone fixes its sum, but the signed `claims` must equal it.
    function _commitment(bytes32 root, uint128 sum) private pure returns (bytes32) {
        return keccak256(abi.encode(root, sum));
    }

    function _publish(Attestation calldata a, bytes32 digest, uint256 signersBitmap) private {
        emit Attested(
            digest,
            a.prev,
            a.cut,
            a.reserves,
            a.encumbered,
            a.settling,
            a.claims,
            a.claimsRoot,
            a.evidence,
            signersBitmap
        );
    }
}
