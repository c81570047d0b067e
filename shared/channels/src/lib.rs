//! One folder per channel: bytes in, values out; request out, response in. Pure.
