"""The one place that knows every adapter: settings in, something that runs out.

A module for each thing that is put together. Nothing is imported here, so that a signing party, which is put together
in `party`, starts without the libraries of the node.
"""
