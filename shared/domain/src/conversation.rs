//! Rules of conversations.
