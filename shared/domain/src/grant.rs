//! What a customer lets the operator of the installation see, and how long.

use serde::{Deserialize, Serialize};

use crate::ids::{UserId, WorkspaceId};
use crate::people::{ActivityStatus, Membership, READ_ONLY, Right, Role, User, Visibility};
use crate::time::Millis;

/// The longest grant in hours.
pub const MOST_HOURS: u32 = 72;

/// Permission for the operator to read one workspace for a limited time. A workspace has one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Grant {
    pub workspace_id: WorkspaceId,
    pub given_by: UserId,
    pub given_by_name: String,
    /// Why, in the customer's words; at most 255 characters.
    pub reason: String,
    pub given_at: Millis,
    pub until: Millis,
    /// The operator who makes use of it, once he said so; that stands in the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_by: Option<UserId>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entered_by_name: String,
}

impl Grant {
    /// Whether it lets anybody in.
    pub fn is_open(&self, now: Millis) -> bool {
        now < self.until
    }

    /// What the operator is in the workspace while the grant lasts: he reads, and addresses of people stay masked.
    pub fn guest(&self, user: &User, now: Millis) -> Option<Membership> {
        (self.is_open(now) && self.entered_by.as_ref() == Some(&user.id)).then(|| Membership {
            user_id: user.id.clone(),
            name: user.name(),
            email: user.email.clone(),
            role: Role::Agent,
            visibility: Visibility::All,
            teams: Vec::new(),
            status: ActivityStatus::Offline,
            restrictions: Vec::new(),
            custom_role: Some(READ_ONLY.to_owned()),
            custom_rights: vec![Right::ContactRead],
        })
    }
}
