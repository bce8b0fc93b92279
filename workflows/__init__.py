"""What happens, in order. One file, one process, its tools. A leading underscore: shared machinery."""
