"""What the flows need from outside, as narrow Protocols that the flows own."""
