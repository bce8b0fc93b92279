"""The servers around the workflows, one folder each: doors, evidence, simulators, and the wiring that they share."""
