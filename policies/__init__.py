"""The business's limits as versioned documents; edited without code, read by `handrail.policies`."""
