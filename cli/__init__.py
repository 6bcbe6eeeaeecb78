"""The command line: read, call, print; no mathematics."""
