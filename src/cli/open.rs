//! What the commands stand on: the configuration, the open stores, the catalogue, the ledger.
