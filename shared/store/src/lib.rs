//! DynamoDB and S3: one module per entity, keys in one place.
//!
//! Nothing is read or written without a scope: the workspace for all customer data, the organization for users and
//! quota, the installation for the directory. Documents are JSON in one attribute; what conditions and indexes need
//! stands beside them. Each write either carries its events (`ev`) or has none.

mod audit;
mod billing;
mod billing_index;
mod channel_seen;
mod contacts;
pub mod correlation;
mod cursor;
mod db;
mod deletions;
mod ending;
mod error;
mod export_file;
mod exports;
mod file_items;
mod files;
mod heads;
mod imports;
mod installation;
mod item;
pub mod keys;
mod lean;
mod lists;
mod members;
mod merge;
mod messages;
mod notifications;
mod organization;
mod packed;
mod pause;
mod pending;
mod places;
mod preferences;
mod provider_media;
mod purge;
pub mod search;
mod segments;
mod sends;
mod settings;
mod snippets;
mod sockets;
mod table;
mod timeline;
mod trash;
mod typed;
mod visitor_sockets;
mod visitors;
mod waiting;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use colibri_domain::{OrganizationId, WorkspaceId};

pub use audit::AuditQuery;
pub use billing::{DUE_SHARDS, Issued, StoredSubscription};
pub use contacts::{ContactEdit, CreatedContact, Identify, NewContact};
use cursor::CursorKey;
pub use error::{StoreError, StoreErrorKind};
pub use export_file::ExportFile;
pub use exports::MessagesBetween;
pub use file_items::{File, FileState};
pub use files::{Files, SignedRequest};
pub use heads::{Queued, Stored, WriteContext};
pub use imports::RowMark;
pub use installation::{Directory, InstallationStore, ProviderApp};
pub use item::{
    CarriedHead, carried_arrival, carried_correlation, carried_entry, carried_events, carried_head,
    carried_taken, named_messages,
};
pub use lists::{Inbox, InboxQuery, ListOrder, Page};
pub use members::{Founding, Joining, Ruled, SettingWrite, SignUp};
pub use merge::{MergeRefusal, Merging, Suggestion};
pub use messages::{Put, StatusOutcome};
pub use notifications::Notification;
pub use organization::{OrganizationStore, Person, Quota};
pub use pause::Pause;
pub use pending::{PENDING_SHARDS, Pending, PendingPage};
pub use places::{DuePlaces, Freed};
pub use purge::{HistoryPage, PurgedPage};
pub use search::Among;
pub use segments::{SegmentWrite, StoredSegments};
pub use sends::{Accepted, SendClaim, Taken};
pub use settings::{ChannelSecrets, Settings};
pub use snippets::{SnippetChange, SnippetPage};
pub use sockets::Socket;
pub use table::{Counted, Row, RowOrder, RowPage, RowQuery, Wanted};
pub use timeline::{Entry, TimelineRead};
pub use trash::{DueContact, KEPT_MILLIS, Restored, Trashed};
pub use typed::Typed;
pub use visitor_sockets::{VisitorPlace, VisitorTicket};
pub use visitors::{Mark, VisitorState, VisitorStore};
pub use waiting::Waiting;

/// The table.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
    cursors: CursorKey,
    pause: Arc<dyn Pause>,
}

/// One workspace's data.
#[derive(Debug, Clone)]
pub struct WorkspaceStore {
    db: Store,
    /// Whose data this is.
    pub id: WorkspaceId,
}

impl Store {
    /// Takes a client and the table's name, which also binds page tokens to this installation: a token holds only a
    /// place, the partition always comes from the query, so a forged one reads nothing that its forger may not read.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = table.into();
        Self { client, cursors: CursorKey::new(&table), table, pause: Arc::new(pause::Jittered) }
    }

    /// Waits in another way between the tries of a contended write.
    pub fn pausing(self, pause: Arc<dyn Pause>) -> Self {
        Self { pause, ..self }
    }

    /// The data of one workspace.
    pub fn workspace(&self, id: &WorkspaceId) -> WorkspaceStore {
        WorkspaceStore { db: self.clone(), id: id.clone() }
    }

    /// The data of one organization.
    pub fn organization(&self, id: &OrganizationId) -> OrganizationStore {
        OrganizationStore::new(self.clone(), id.clone())
    }

    /// The directory and the catalogue.
    pub fn installation(&self) -> InstallationStore {
        InstallationStore::new(self.clone())
    }
}
