//! Stores of files as the products make them: read, written, put back byte for byte.
