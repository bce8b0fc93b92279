"""Words and rules of the contact center: values in, values out. No I/O, no clock, no randomness."""
