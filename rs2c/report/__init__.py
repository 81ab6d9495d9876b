"""What people look at: the ledger of a model."""
