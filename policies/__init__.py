"""The limits of the business, as versioned documents. Edited without code."""
