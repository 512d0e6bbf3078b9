// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IQuorum} from "./interfaces/IQuorum.sol";

/// @title {IQuorum}, which explains it
/// @dev The members lie as the code of a data contract: about 4,800 gas to read them all, where a mapping costs 2,100
/// each.
abstract contract Quorum is IQuorum, AccessManaged {
    uint256 private constant MIN_THRESHOLD = 2;
    uint256 private constant MAX_SIGNERS = 32;
    uint256 private constant SIGNATURE = 64;
    bytes32 private constant S_BITS = bytes32(type(uint256).max >> 1);

    struct Set {
        address list;
        uint32 number;
        uint8 threshold;
    }

    Set private _set;

    constructor(address[] memory signers_, uint256 threshold_) {
        _install(signers_, threshold_);
    }

    /// @inheritdoc IQuorum
    function addSigner(address account) external restricted {
        address[] memory old = signers();
        if (account == address(0) || !_mayJoin(account)) revert CannotJoin(account);
        address[] memory members = new address[](old.length + 1);
        uint256 place = 0;
        for (; place < old.length && old[place] < account; ++place) members[place] = old[place];
        if (place < old.length && old[place] == account) revert CannotJoin(account);
        members[place] = account;
        for (; place < old.length; ++place) members[place + 1] = old[place];
        _install(members, _set.threshold);
    }

    /// @inheritdoc IQuorum
    function removeSigner(address account) external restricted {
        address[] memory old = signers();
        address[] memory members = new address[](old.length - 1);
        uint256 kept = 0;
        for (uint256 place = 0; place < old.length; ++place) {
            if (old[place] == account) continue;
            if (kept == members.length) revert NotASigner(account);
            members[kept++] = old[place];
        }
        _install(members, _set.threshold);
    }

    /// @inheritdoc IQuorum
    function raiseThreshold(uint256 threshold_) external restricted {
        if (threshold_ <= _set.threshold) revert BadSignerSet(signers().length, threshold_);
        _install(signers(), threshold_);
    }

    /// @inheritdoc IQuorum
    function lowerThreshold(uint256 threshold_) external restricted {
        if (threshold_ >= _set.threshold) revert BadSignerSet(signers().length, threshold_);
        _install(signers(), threshold_);
    }

    /// @inheritdoc IQuorum
    function signers() public view returns (address[] memory) {
        return _members(_set.list);
    }

    /// @inheritdoc IQuorum
    function threshold() external view returns (uint256) {
        return _set.threshold;
    }

    /// @inheritdoc IQuorum
    function setNumber() public view returns (uint32) {
        return _set.number;
    }

    /// @inheritdoc IQuorum
    function isSigner(address account) public view returns (bool) {
        address[] memory members = signers();
        for (uint256 place = 0; place < members.length; ++place) if (members[place] == account) return true;
        return false;
    }

    /// @dev Whether the account is free to join: the sets of the two sides are disjoint.
    function _mayJoin(address account) internal view virtual returns (bool);

    /// @dev Who of the set signed `digest`, as a bitmap; reverts unless that is a quorum.
    function _verify(uint256 number, bytes32 digest, bytes calldata signatures) internal view returns (uint256 bitmap) {
        Set memory set = _set;
        uint256 length = signatures.length;
        if (number != set.number) revert WrongSet(number, set.number);
        if (length % SIGNATURE != 0) revert BadSignatureLength(length);
        if (length < set.threshold * SIGNATURE) revert TooFewSignatures(length / SIGNATURE, set.threshold);
        address[] memory members = _members(set.list);
        uint256 next = 0;
        address signer = _signer(digest, signatures, next);
        // Both lists ascend: one walk along the members meets every signer once, and whoever was passed cannot count
        // again. Unchecked, because both counters end with their lists; saves 90 gas a signature.
        unchecked {
            for (uint256 place = 0; place < members.length; ++place) {
                if (members[place] != signer) continue;
                bitmap |= 1 << place;
                next += SIGNATURE;
                if (next == length) return bitmap;
                signer = _signer(digest, signatures, next);
            }
        }
        revert UnexpectedSigner(signer);
    }

    /// @dev Who made the signature at byte `start`; zero, which is no member, when nobody did. A second form of the
    /// same signature (high s) gives the same signer and so counts once: what may not happen twice is kept from it by
    /// other keys.
    function _signer(bytes32 digest, bytes calldata signatures, uint256 start) private pure returns (address) {
        bytes32 r;
        bytes32 vs;
        // The caller checked the length. Saves 180 gas a signature against two checked slices.
        assembly ("memory-safe") {
            let place := add(signatures.offset, start)
            r := calldataload(place)
            vs := calldataload(add(place, 32))
        }
        return ecrecover(digest, uint8(27 + (uint256(vs) >> 255)), r, vs & S_BITS);
    }

    function _members(address list) private view returns (address[] memory members) {
        bytes memory code = list.code;
        // The code is abi.encode of the array: past its first word it is an array in memory. Saves a copy, 150 gas a
        // member.
        assembly ("memory-safe") {
            members := add(code, 64)
        }
    }

    function _install(address[] memory members, uint256 threshold_) private {
        uint256 count = members.length;
        if (threshold_ < MIN_THRESHOLD || threshold_ > count || count > MAX_SIGNERS) {
            revert BadSignerSet(count, threshold_);
        }
        address last = address(0);
        for (uint256 place = 0; place < count; ++place) {
            if (members[place] <= last) revert BadSignerSet(count, threshold_);
            last = members[place];
        }
        uint32 number = _set.number + 1;
        // abi.encode of an array begins with a zero byte, which is STOP: nobody can run the list.
        bytes memory data = abi.encode(members);
        // Init code: PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: returns what
        // follows it.
        bytes memory initCode = abi.encodePacked(hex"61", uint16(data.length), hex"80600a3d393df3", data);
        address list = Create2.deploy(0, bytes32(uint256(number)), initCode);
        _set = Set({list: list, number: number, threshold: uint8(threshold_)});
        emit SignersChanged(number, members, threshold_);
    }
}
