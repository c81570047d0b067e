//! An export: what was asked for, how far it is, and for how long its file may be fetched.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, ContactId, UserId};
use crate::segment::Filter;
use crate::time::Millis;

/// How long a finished file may be fetched, in milliseconds: 7 days.
pub const KEPT_MILLIS: i64 = 7 * 86_400_000;
/// Time without progress after which an export counts as failed, in milliseconds: an hour.
pub const STALE_MILLIS: i64 = 3_600_000;
/// The longest stretch of time of one file, in milliseconds: a year with its leap day.
pub const LONGEST_MILLIS: i64 = 366 * 86_400_000;
/// Contacts that may be named one by one.
pub const NAMED: usize = 10_000;

/// Which messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageScope {
    /// The first moment.
    pub from: Millis,
    /// The first moment that does not belong to it any more; at most a year later.
    pub until: Millis,
    /// Only of this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
    /// Only what this user wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// Which contacts. Both: those of the named whom the filter lets in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactScope {
    /// As in a segment; absent: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Filter>,
    /// These alone, at most 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_ids: Option<Vec<ContactId>>,
}

/// What is exported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ExportWhat {
    Contacts(ContactScope),
    Messages(MessageScope),
    FailedMessages(MessageScope),
}

impl ExportWhat {
    /// The word of the API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Contacts(_) => "contacts",
            Self::Messages(_) => "messages",
            Self::FailedMessages(_) => "failed_messages",
        }
    }

    /// Which messages; none where contacts are exported.
    pub const fn messages(&self) -> Option<&MessageScope> {
        match self {
            Self::Contacts(_) => None,
            Self::Messages(scope) | Self::FailedMessages(scope) => Some(scope),
        }
    }
}

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ExportStatus {
    Queued,
    Running,
    Completed,
    Failed,
    Canceled,
}

/// A column of a custom field, as it was when the export was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ExportField {
    pub slug: String,
    pub name: String,
}

/// An export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportJob {
    /// `exp_` and a time-sortable unique part.
    pub id: String,
    /// What was asked for.
    pub what: ExportWhat,
    /// Who asked; he sees in the file what he may see on the screen.
    pub requested_by: UserId,
    /// His name at the time.
    pub requested_name: String,
    /// Columns of custom fields.
    #[serde(default)]
    pub fields: Vec<ExportField>,
    /// Where it stands.
    pub status: ExportStatus,
    /// Contacts looked at: ids up to this one, or that many of those named.
    pub done: u64,
    /// Contacts to look at.
    pub total: u64,
    /// Stored parts.
    pub parts: u32,
    /// Rows in them.
    pub rows: u64,
    /// Bytes in them.
    pub size: u64,
    /// Why it failed: a key of the console's sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was asked for; filters take this for now.
    pub created_at: Millis,
    /// When it last went on.
    pub updated_at: Millis,
    /// Grows with each write.
    #[serde(default)]
    pub version: u64,
}

impl ExportJob {
    /// Whether something is still to be done.
    pub const fn is_active(&self) -> bool {
        matches!(self.status, ExportStatus::Queued | ExportStatus::Running)
    }

    /// Whether it stands still for so long that it will not go on.
    pub const fn is_stale(&self, now: Millis) -> bool {
        self.is_active() && now.since(self.updated_at) > STALE_MILLIS
    }

    /// Until when the file may be fetched; `None` where there is none.
    pub fn until(&self) -> Option<Millis> {
        (self.status == ExportStatus::Completed).then(|| self.updated_at.plus(KEPT_MILLIS))
    }

    /// The same, failed.
    #[must_use]
    pub fn failed(self, reason: &str, now: Millis) -> Self {
        Self { status: ExportStatus::Failed, reason: Some(reason.to_owned()), updated_at: now, ..self }
    }
}
