"""The connector to Handrail's own simulators (docs/simulators.md)."""
