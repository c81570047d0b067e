//! Codes of Messenger beside those it shares.

use colibri_domain::failure::{FailureClass as C, FailureReason as R};

use crate::meta::errors::{Rule, code, with};

/// Its own.
pub const RULES: &[Rule] = &[
    with(10, 2_018_278, C::OutsideWindow, R::WindowClosed),
    with(10, 2_018_065, C::OutsideWindow, R::WindowClosed),
    with(10, 2_018_108, C::Account, R::NotTestRecipient),
    with(551, 1_545_041, C::Final, R::Undeliverable),
    code(551, C::Final, R::Undeliverable),
    with(100, 2_018_001, C::Final, R::Undeliverable),
    with(100, 2_018_034, C::Final, R::InvalidParameter),
    with(100, 2_018_047, C::Retry, R::MediaFailed),
    with(100, 36_000, C::Final, R::MediaFailed),
    with(100, 2022, C::Retry, R::MediaFailed),
];
