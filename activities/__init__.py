"""Single steps that touch the world. One file, one kind of system; one activity type per step."""
