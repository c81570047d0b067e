//! Web chat, our own channel: what visitors send and see, how they prove who they are, and where they may come from.
//!
//! There is no provider: sessions are signed by us, messages go through our own store and sockets.

pub mod capabilities;
pub mod identity;
pub mod inbound;
pub mod install;
pub mod limits;
pub mod mail;
pub mod origin;
pub mod outbound;
pub mod settings;
pub mod token;

use colibri_domain::failure::{Failure, FailureClass, FailureReason};

use crate::coverage::Coverage;
use crate::wire::Refused;

/// The words that cases have to show.
pub fn coverage() -> Coverage {
    Coverage {
        inbound: inbound::TYPES,
        fields: &[],
        statuses: &[],
        errors: Vec::new(),
        outbound: outbound::TYPES,
    }
}

/// What asking a provider that does not exist comes to.
pub(crate) fn no_provider() -> Refused {
    Refused::new(Failure::ours(FailureClass::Final, FailureReason::UnsupportedType))
}
