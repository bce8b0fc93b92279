"""The yardsticks: one refund, done by Handrail and by its peers, in one run against the same simulators."""
