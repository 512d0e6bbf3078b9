"""The contracts again, readable, in integers: what a check of the real ones compares with, and what a simulation runs.

Functions, errors, events and the order of checks are those of the Solidity sources; plain getters are attributes. Who
signed is a list of names: nothing here signs or recovers, and the proof of a single claim (a matter of hashes alone) is
left out. Accounts are addresses in any one spelling; of equal length and case they sort as the contracts sort them.
"""
