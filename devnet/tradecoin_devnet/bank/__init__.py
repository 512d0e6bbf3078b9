"""The simulated narrow bank: another company with its own books, reached only through its messages and its own book.

It imports nothing of `tradecoin`. What it promises its customers: double entry inside, one reference an entry that is
the same in every message and in the book, statements whose opening is the last closing, and a file sent twice paid
once.
"""
