//! Identifiers. Contacts and messages are integers (integrators address them by number), the rest are
//! prefixed UUIDv7 strings, made by the `Ids` port.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::Seconds;

/// Why a text is no identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind} id")]
pub struct InvalidId {
    /// The kind that was wanted, as in the API.
    pub kind: &'static str,
}

/// The longest text accepted as an identifier, in bytes.
const MAX_LEN: usize = 64;

macro_rules! prefixed {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id from its random part (letters, digits and `-` only).
            pub fn from_unique(unique: &str) -> Self {
                Self(format!(concat!($prefix, "{}"), unique))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let unique = text.strip_prefix($prefix).unwrap_or_default();
                let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
                if unique.is_empty() || text.len() > MAX_LEN || !unique.bytes().all(legal) {
                    return Err(InvalidId { kind: $kind });
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

prefixed!(/// The paying account.
    OrganizationId, "org_", "organization");
prefixed!(/// An independent tenant inside an organization.
    WorkspaceId, "ws_", "workspace");
prefixed!(/// A teammate.
    UserId, "usr_", "user");
prefixed!(/// A team of users.
    TeamId, "team_", "team");
prefixed!(/// One connected account of one provider.
    ChannelId, "ch_", "channel");
prefixed!(/// A time-bounded session on a contact.
    ConversationId, "cv_", "conversation");
prefixed!(/// The pair of a channel and an identity on it.
    ContactChannelId, "cc_", "contact channel");
prefixed!(/// A stored file.
    FileId, "file_", "file");
prefixed!(/// A domain event.
    EventId, "evt_", "event");
prefixed!(/// An entry of a user's notification centre.
    NotificationId, "ntf_", "notification");

impl ContactChannelId {
    /// The id of an identity on a channel: always the same for the same pair.
    pub fn derive(channel: &ChannelId, identity: &str) -> Self {
        Self::from_unique(&hex::encode(&digest(&[channel.as_str(), identity])[..8]))
    }
}

impl ConversationId {
    /// The conversation that a message opened: the same for every redelivery of that message.
    pub fn opened_by(contact: ContactId, message: MessageId) -> Self {
        Self::from_unique(&format!("{:x}-{:014x}", contact.0, message.0))
    }
}

impl EventId {
    /// An event that follows from a write has an id that follows from it too, so that a repeated write repeats the id.
    pub fn derive(parts: &[&str]) -> Self {
        Self::from_unique(&hex::encode(&digest(parts)[..12]))
    }
}

/// A contact: a dense integer per workspace, from 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct ContactId(pub u64);

/// A message (and, in the same order, a comment or an activity of the timeline): second × 2^20 + 20 bits of a hash.
///
/// Fits 2^53, sorts by the provider's time and is the same for every redelivery.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct MessageId(pub u64);

/// Comments share the order of messages.
pub type CommentId = MessageId;

const SLOT_BITS: u32 = 20;
const SLOTS: u64 = 1 << SLOT_BITS;

impl MessageId {
    /// The id of what `origin` (the channel, or our own kind of writer) calls `external_id`, said at `at`.
    pub fn derive(at: Seconds, origin: &str, external_id: &str) -> Self {
        let bytes = digest(&[origin, external_id]);
        let slot = u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) & (SLOTS - 1);
        Self((u64::try_from(at.0).unwrap_or(0) << SLOT_BITS) | slot)
    }

    /// The next place in the same second, for two different messages whose hashes collide.
    pub fn next_slot(self) -> Self {
        Self((self.0 & !(SLOTS - 1)) | ((self.0 + 1) & (SLOTS - 1)))
    }

    /// The second of this message.
    pub fn second(self) -> Seconds {
        Seconds(i64::try_from(self.0 >> SLOT_BITS).unwrap_or(i64::MAX))
    }

    /// The smallest id of a second.
    pub fn first_at(at: Seconds) -> Self {
        Self(u64::try_from(at.0).unwrap_or(0) << SLOT_BITS)
    }

    /// The largest id of a second.
    pub fn last_at(at: Seconds) -> Self {
        Self(Self::first_at(at).0 | (SLOTS - 1))
    }
}

macro_rules! number_id {
    ($name:ident, $kind:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match text.parse::<u64>() {
                    Ok(n) if n > 0 && n < (1 << 53) && !text.starts_with(['+', '0']) => Ok(Self(n)),
                    _ => Err(InvalidId { kind: $kind }),
                }
            }
        }
    };
}
number_id!(ContactId, "contact");
number_id!(MessageId, "message");

/// SHA-256 of the parts, each preceded by its length so that no two lists of parts meet.
pub fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
