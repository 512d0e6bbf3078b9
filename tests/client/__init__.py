"""The typed client against the API in this process."""
