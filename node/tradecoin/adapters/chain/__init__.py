"""The chain over JSON-RPC: reading, sending, signing, deploying."""
