"""The bodies of the API, a file for each resource: what comes in is checked, what goes out is described."""
