"""What the exit code of a command says."""

DONE = 0
SOME_FAILED = 1
BAD_USAGE = 2
INTERRUPTED = 130  # as shells have it: 128 + SIGINT
