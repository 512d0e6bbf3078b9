"""Reading and writing bank messages."""
