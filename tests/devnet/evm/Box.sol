// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the tests of the devnet's chain run: storage, logs, refunds, calls, reverts and the block's context.
contract Box {
    error TooMuch(uint256 wanted, uint256 most);

    event Minted(address indexed to, uint256 indexed order, uint256 amount);

    mapping(address => uint256) public balanceOf;
    uint256 public totalSupply;
    uint256[] private _notes;

    function mint(address to, uint256 order, uint256 amount) external {
        if (amount > 1e24) revert TooMuch(amount, 1e24);
        require(amount != 0, "nothing to mint");
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Minted(to, order, amount);
    }

    function write(uint256 count) external {
        for (uint256 i; i < count; ++i) _notes.push(i + 1);
    }

    function erase() external {
        delete _notes;
    }

    function forward(address to, uint256 order, uint256 amount) external {
        this.mint(to, order, amount);
    }

    function hashOf(uint256 number) external view returns (bytes32) {
        return blockhash(number);
    }

    function time() external view returns (uint256, uint256) {
        return (block.number, block.timestamp);
    }

    function overflow(uint256 value) external pure returns (uint256) {
        return value + type(uint256).max;
    }
}
