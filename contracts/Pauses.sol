// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How long a guardian may stop something, and how soon again
/// @notice A pause lasts at most 7 days, and no new one begins until 7 days after the last ended: a stolen guardian
/// key delays, it cannot stop for ever.
library Pauses {
    uint48 internal constant MAX_PAUSE = 7 days;
    uint48 internal constant REST = 7 days;

    /// @notice A pause lasts 1 second to 7 days.
    error BadPause(uint48 duration);

    /// @notice The last pause runs, or ended less than 7 days ago.
    error PauseTooSoon(uint48 allowedAt, uint48 nowAt);

    /// @dev End of a pause of `duration` that begins now, after one that ended (or will end) at `last`; zero: there
    /// was none.
    function next(uint48 last, uint48 duration) internal view returns (uint48 until) {
        uint48 nowAt = uint48(block.timestamp);
        if (duration == 0 || duration > MAX_PAUSE) revert BadPause(duration);
        if (last != 0 && nowAt < last + REST) revert PauseTooSoon(last + REST, nowAt);
        return nowAt + duration;
    }
}
