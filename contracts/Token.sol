// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Balances} from "./Balances.sol";
import {IERC7943Fungible} from "./interfaces/IERC7943Fungible.sol";
import {IToken} from "./interfaces/IToken.sol";
import {Pauses} from "./Pauses.sol";

/// @title {IToken}, which explains it
contract Token is IToken, Balances, ERC20Permit, ERC3009, AccessManaged {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    uint48 public constant NOTICE = 21 days;

    /// @dev One slot, so that an open deployment (nothing paused, nobody flagged) pays one read a transfer.
    struct Guard {
        address issuer;
        uint48 pausedUntil;
        uint48 flagged;
    }

    struct Flags {
        bool blocked;
        uint248 frozen;
    }

    struct Announced {
        address next;
        uint48 readyAt;
    }

    address private immutable _deployer;
    uint8 private immutable _decimals;

    Guard private _guard;
    Announced private _announced;
    mapping(address account => Flags) private _flags;
    mapping(address account => bool) public isRetired;

    constructor(string memory name_, string memory symbol_, uint8 decimals_, address authority_)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
        AccessManaged(authority_)
    {
        _deployer = msg.sender;
        _decimals = decimals_;
    }

    // ------------------------------------------------------------------------------------------------- issuer

    /// @inheritdoc IToken
    function mint(address to, uint256 amount) external {
        if (msg.sender != _guard.issuer) revert NotIssuer(msg.sender);
        if (to == msg.sender) revert UseRequest(to);
        _mint(to, amount);
    }

    /// @inheritdoc IToken
    function burn(uint256 amount) external {
        if (msg.sender != _guard.issuer && !isRetired[msg.sender]) revert NotIssuer(msg.sender);
        _burn(msg.sender, amount);
    }

    /// @inheritdoc IToken
    function setFirstIssuer(address first) external {
        if (msg.sender != _deployer) revert NotDeployer(msg.sender);
        if (_guard.issuer != address(0)) revert IssuerAlreadySet(_guard.issuer);
        _checkIssuer(first);
        _guard.issuer = first;
        emit IssuerChanged(first, address(0));
    }

    /// @inheritdoc IToken
    function announceIssuer(address next) external restricted {
        _checkIssuer(next);
        _announced = Announced(next, uint48(block.timestamp) + NOTICE);
        emit IssuerAnnounced(next, _announced.readyAt);
    }

    /// @inheritdoc IToken
    function cancelIssuer() external restricted {
        address next = _announced.next;
        if (next == address(0)) revert NoIssuerAnnounced();
        delete _announced;
        emit IssuerChangeCancelled(next);
    }

    /// @inheritdoc IToken
    function applyIssuer() external {
        Announced memory a = _announced;
        if (a.next == address(0)) revert NoIssuerAnnounced();
        if (block.timestamp < a.readyAt) revert NoticeRunning(a.readyAt, uint48(block.timestamp));
        address retired = _guard.issuer;
        isRetired[retired] = true;
        _guard.issuer = a.next;
        delete _announced;
        emit IssuerChanged(a.next, retired);
    }

    // ------------------------------------------------------------------------------------------------- holders, signed

    /// @inheritdoc IToken
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes calldata signature)
        external
    {
        if (block.timestamp > deadline) revert ERC2612ExpiredSignature(deadline);
        bytes32 structHash = keccak256(abi.encode(PERMIT, owner, spender, value, _useNonce(owner), deadline));
        _checkSignature(owner, structHash, signature);
        _approve(owner, spender, value);
    }

    /// @inheritdoc IToken
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 kind = TRANSFER_WITH_AUTHORIZATION_TYPEHASH;
        _checkSignature(
            from, keccak256(abi.encode(kind, from, to, value, validAfter, validBefore, nonce)), signature
        );
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IToken
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external {
        bytes32 kind = RECEIVE_WITH_AUTHORIZATION_TYPEHASH;
        if (to != msg.sender) revert ERC20InvalidReceiver(to);
        _checkSignature(
            from, keccak256(abi.encode(kind, from, to, value, validAfter, validBefore, nonce)), signature
        );
        _transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
    }

    /// @inheritdoc IToken
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external {
        _checkSignature(
            authorizer, keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce)), signature
        );
        _cancelAuthorization(authorizer, nonce);
    }

    // ------------------------------------------------------------------------------------------------- powers

    /// @inheritdoc IToken
    function pause(uint48 duration) external restricted {
        uint48 until = Pauses.next(_guard.pausedUntil, duration);
        _guard.pausedUntil = until;
        emit Paused(until);
    }

    /// @inheritdoc IToken
    function unpause() external restricted {
        if (block.timestamp >= _guard.pausedUntil) revert NoChange(address(this));
        _guard.pausedUntil = uint48(block.timestamp);
        emit Unpaused();
    }

    /// @inheritdoc IToken
    function setBlocked(address account, bool on, bytes32 order) external restricted {
        Flags memory flags = _flags[account];
        if (order == 0) revert OrderRequired();
        if (flags.blocked == on) revert NoChange(account);
        if (on) _checkTouchable(account);
        _setFlags(account, Flags(on, flags.frozen));
        emit BlockedSet(account, on, order);
    }

    /// @inheritdoc IToken
    function setFrozenTokens(address account, uint256 amount, bytes32 order) external restricted returns (bool) {
        if (order == 0) revert OrderRequired();
        if (amount != 0) _checkTouchable(account);
        _setFlags(account, Flags(_flags[account].blocked, SafeCast.toUint248(amount)));
        emit Frozen(account, amount);
        emit FrozenByOrder(account, order);
        return true;
    }

    /// @inheritdoc IToken
    function forcedTransfer(address from, address to, uint256 amount, bytes32 order)
        external
        restricted
        returns (bool)
    {
        if (order == 0) revert OrderRequired();
        _checkTouchable(from);
        _checkTouchable(to);
        if (!canReceive(to)) revert ERC7943CannotReceive(to);
        uint256 rest = Math.saturatingSub(balanceOf(from), amount);
        if (rest < _flags[from].frozen) {
            _setFlags(from, Flags(_flags[from].blocked, uint248(rest)));
            emit Frozen(from, rest);
        }
        super._update(from, to, amount);
        emit ForcedTransfer(from, to, amount);
        emit ForcedByOrder(from, order);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function setFrozenTokens(address, uint256) external pure returns (bool) {
        revert OrderRequired();
    }

    /// @inheritdoc IERC7943Fungible
    function forcedTransfer(address, address, uint256) external pure returns (bool) {
        revert OrderRequired();
    }

    // ------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IToken
    function issuer() external view returns (address) {
        return _guard.issuer;
    }

    /// @inheritdoc IToken
    function announcedIssuer() external view returns (address next, uint48 readyAt) {
        return (_announced.next, _announced.readyAt);
    }

    /// @inheritdoc IToken
    function pausedUntil() external view returns (uint48) {
        return _guard.pausedUntil;
    }

    /// @inheritdoc IToken
    function flagged() external view returns (uint256) {
        return _guard.flagged;
    }

    /// @inheritdoc IToken
    function isBlocked(address account) external view returns (bool) {
        return _flags[account].blocked;
    }

    /// @inheritdoc IERC7943Fungible
    function getFrozenTokens(address account) external view returns (uint256) {
        return _flags[account].frozen;
    }

    /// @inheritdoc IERC7943Fungible
    function canSend(address account) external view returns (bool) {
        return !_flags[account].blocked;
    }

    /// @inheritdoc IERC7943Fungible
    function canReceive(address account) public view returns (bool) {
        return account != address(0) && account != address(this) && account != _guard.issuer
            && !_flags[account].blocked;
    }

    /// @inheritdoc IERC7943Fungible
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        Flags memory flags = _flags[from];
        bool free = flags.frozen == 0 || amount <= Math.saturatingSub(balanceOf(from), flags.frozen);
        return free && !flags.blocked && canReceive(to) && block.timestamp >= _guard.pausedUntil;
    }

    /// @inheritdoc IToken
    function burned() external view returns (uint256) {
        return _burned();
    }

    /// @inheritdoc IToken
    function burnedBefore(uint48 t) external view returns (uint256) {
        return _burnedBefore(t);
    }

    /// @inheritdoc IToken
    function supplyAndBurnedSince(uint48 t) external view returns (uint256, uint256) {
        return _supplyAndBurnedSince(t);
    }

    /// @inheritdoc IToken
    function version() external pure returns (uint256) {
        return 1;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IERC165).interfaceId
            || id == type(IERC7943Fungible).interfaceId;
    }

    /// @inheritdoc IERC20
    function totalSupply() public view override(IERC20, ERC20, Balances) returns (uint256) {
        return super.totalSupply();
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) public view override(IERC20, ERC20, Balances) returns (uint256) {
        return super.balanceOf(account);
    }

    /// @notice Decimals of the amounts.
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    // ------------------------------------------------------------------------------------------------- the choke point

    /// @dev Every move of coins but a forced one passes here.
    function _update(address from, address to, uint256 value) internal override(ERC20, Balances) {
        Guard memory guard = _guard;
        if (to == address(this)) revert ERC20InvalidReceiver(to);
        if (to == guard.issuer && msg.sender != to) revert UseRequest(to);
        if (guard.flagged != 0 || block.timestamp < guard.pausedUntil) _screen(guard, from, to, value);
        super._update(from, to, value);
    }

    /// @dev The rules while something is paused or somebody is flagged.
    function _screen(Guard memory guard, address from, address to, uint256 value) private view {
        // An issuer gives back and burns what it holds whatever is paused or blocked: escrow must always find its one
        // end.
        if (from == msg.sender && (from == guard.issuer || isRetired[from])) return;
        bool intoEscrow = to == guard.issuer;
        if (!intoEscrow && block.timestamp < guard.pausedUntil) revert TokenPaused(guard.pausedUntil);
        if (!intoEscrow && _flags[to].blocked) revert ERC7943CannotReceive(to);

        Flags memory flags = _flags[from];
        if (flags.blocked) revert ERC7943CannotSend(from);
        uint256 balance = flags.frozen == 0 ? 0 : balanceOf(from);
        // More than the balance is left to the plain rule, which says so more exactly.
        if (value <= balance && balance - value < flags.frozen) {
            revert ERC7943InsufficientUnfrozenBalance(from, value, Math.saturatingSub(balance, flags.frozen));
        }
    }

    function _setFlags(address account, Flags memory flags) private {
        Flags memory old = _flags[account];
        bool was = old.blocked || old.frozen != 0;
        bool is_ = flags.blocked || flags.frozen != 0;
        if (is_ && !was) ++_guard.flagged;
        if (was && !is_) --_guard.flagged;
        _flags[account] = flags;
    }

    function _checkTouchable(address account) private view {
        if (account == address(this) || account == _guard.issuer || isRetired[account]) revert Untouchable(account);
    }

    function _checkIssuer(address next) private view {
        bool former = next == _guard.issuer || isRetired[next];
        if (former || next == address(this) || next.code.length == 0) revert BadIssuer(next);
    }

    function _checkSignature(address signer, bytes32 structHash, bytes calldata signature) private view {
        bytes32 hash = _hashTypedDataV4(structHash);
        bool good = SignatureChecker.isValidSignatureNowCalldata(signer, hash, signature);
        if (!good) revert ERC3009InvalidSignature();
    }
}
