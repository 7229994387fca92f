"""Input and output, the stages of a run, executors and the command line."""
