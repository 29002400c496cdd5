//! What every command promises.
