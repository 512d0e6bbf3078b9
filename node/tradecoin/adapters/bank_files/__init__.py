"""Bank messages as files: camt.052, camt.053, camt.054, pain.002, pacs.004 and MT940 in, pain.001 out."""

from tradecoin.adapters.bank_files.files import BankFiles
from tradecoin.adapters.bank_files.pain001 import write_pain001
from tradecoin.adapters.bank_files.reader import MAX_BYTES, read_bank_message

__all__ = ["MAX_BYTES", "BankFiles", "read_bank_message", "write_pain001"]
