//! Invitations into a workspace.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::membership::Place;
use crate::time::Millis;

/// How long an invitation can be accepted, in milliseconds: 7 days.
pub const INVITATION_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long an invitation that has run out is still shown, in seconds: 30 days.
pub const SHOWN_SECONDS: i64 = 30 * 24 * 60 * 60;

/// An invitation. Its token is mailed and nowhere kept; here is only the token's hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Shown in addresses.
    pub id: String,
    /// Lower case.
    pub email: String,
    /// The place that waits.
    pub place: Place,
    /// Language of the mail, `es` or `en`.
    pub locale: String,
    /// Who invited.
    pub invited_by: UserId,
    /// His name at that time.
    pub invited_by_name: String,
    /// When it was first sent.
    pub created_at: Millis,
    /// When it runs out; sending again moves it.
    pub expires_at: Millis,
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
}

impl Invitation {
    /// Whether it can still be accepted.
    pub fn is_open(&self, now: Millis) -> bool {
        now < self.expires_at
    }
}
