//! Dreams over planted memories.
