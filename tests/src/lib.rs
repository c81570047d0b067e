//! Integration tests of the whole bundle.
