//! Contacts from a file: how it is read, what its columns mean, and what a row does.
//!
//! Everything here is a function of bytes and values; the job that carries it out is resumable because a row does the
//! same whenever it is asked.

mod row;
mod sheet;

use serde::{Deserialize, Serialize};

use crate::{FileId, Millis, UserId};

pub use row::{Existing, Reader, RowDoes, RowError, RowPlan, Values};
pub use sheet::{Sheet, SheetError};

/// Largest file in bytes.
pub const BYTES: u64 = 20 * 1024 * 1024;
/// Rows of a file at most, without the header.
pub const ROWS: usize = 200_000;
/// Columns of a file at most.
pub const COLUMNS: usize = 250;
/// Longest cell in characters.
pub const CELL_CHARS: usize = 4_096;

/// What an import does with rows that are known and with those that are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Known ones are left alone.
    Add,
    /// Unknown ones are left out.
    Update,
    /// Both.
    AddAndUpdate,
    /// Every row becomes a contact; who has the same phone or e-mail is suggested for merging.
    AddAll,
}

/// By what a row is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Identifier {
    ContactId,
    Phone,
    Email,
}

/// What a column holds. On the wire its name; a custom field is `custom:` and its slug.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[allow(missing_docs)]
pub enum Target {
    ContactId,
    FirstName,
    LastName,
    Phone,
    Email,
    Country,
    Language,
    Stage,
    /// Names, separated by commas.
    Tags,
    Custom(String),
}

const TARGETS: [(&str, Target); 9] = [
    ("contact_id", Target::ContactId),
    ("first_name", Target::FirstName),
    ("last_name", Target::LastName),
    ("phone", Target::Phone),
    ("email", Target::Email),
    ("country", Target::Country),
    ("language", Target::Language),
    ("stage", Target::Stage),
    ("tags", Target::Tags),
];

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if let Some(slug) = name.strip_prefix("custom:") {
            return Ok(Self::Custom(slug.to_owned()));
        }
        let known = TARGETS.into_iter().find(|(known, _)| *known == name);
        known.map(|(_, target)| target).ok_or_else(|| "no such field".to_owned())
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        match target {
            Target::Custom(slug) => format!("custom:{slug}"),
            other => TARGETS
                .iter()
                .find(|(_, known)| *known == other)
                .map(|(name, _)| (*name).to_owned())
                .unwrap_or_default(),
        }
    }
}

/// A column of the file and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Place in the file, from 0.
    pub index: usize,
    /// What it holds.
    pub target: Target,
    /// A value that a contact has already stays.
    #[serde(default)]
    pub keep: bool,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ImportState {
    Queued,
    InProgress,
    Completed,
    /// Stopped by somebody; what was written stays.
    Cancelled,
    /// What it wrote is being taken back.
    Undoing,
    Undone,
    Failed,
}

impl ImportState {
    /// Whether work is left to do.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::InProgress | Self::Undoing)
    }
}

/// True writes, not rows looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Counts {
    pub added: u64,
    pub updated: u64,
    /// Left alone, as the purpose says or because nothing was different.
    pub skipped: u64,
    pub failed: u64,
}

impl Counts {
    /// Counts one row more.
    pub fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Added => self.added += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Skipped => self.skipped += 1,
            Outcome::Failed => self.failed += 1,
        }
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Outcome {
    Added,
    Updated,
    Skipped,
    Failed,
}

impl Outcome {
    /// Its word in the result file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// An import: what was asked for, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Import {
    pub id: String,
    /// Of the file.
    pub name: String,
    pub file_id: FileId,
    pub purpose: Purpose,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    #[schema(value_type = Vec<Object>)]
    pub columns: Vec<Column>,
    /// Ids of tags that each contact gets, that of the import itself last.
    pub tags: Vec<String>,
    pub by: UserId,
    pub at: Millis,
    pub state: ImportState,
    /// Rows of the file.
    pub rows: u64,
    /// Rows done; of an undoing, rows taken back.
    pub done: u64,
    pub counts: Counts,
    /// Contacts that an undoing put into the trash, and those that it restored to what they were.
    #[serde(default)]
    pub undone: Counts,
    /// The file with what became of each row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<FileId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Millis>,
}
