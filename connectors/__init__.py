"""The contract with systems of record. Files are the contract, folders are vendors."""
