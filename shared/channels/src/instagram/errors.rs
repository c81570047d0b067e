//! Codes of Instagram beside those it shares.

use colibri_domain::failure::{FailureClass as C, FailureReason as R};

use crate::meta::errors::{Rule, code, with};

/// Its own.
pub const RULES: &[Rule] = &[
    with(10, 2_534_022, C::OutsideWindow, R::WindowClosed),
    with(100, 2_534_014, C::Final, R::Undeliverable),
    with(100, 2_534_001, C::Final, R::Undeliverable),
    with(100, 2_534_013, C::Final, R::InvalidParameter),
    with(100, 2_534_025, C::Final, R::InvalidParameter),
    with(2, 1_545_133, C::Retry, R::Unavailable),
    code(551, C::Final, R::Undeliverable),
];
