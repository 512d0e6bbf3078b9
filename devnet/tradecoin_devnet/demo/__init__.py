"""The demo: a bank file becomes coins, an attestation, redemptions and payouts, and the books close."""
