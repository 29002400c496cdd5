//! Pure functions that judge a memory by its text and by what is known of it. No I/O and no clock.
