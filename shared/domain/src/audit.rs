//! The audit log: who did what to access, settings and data. Entries are added and never changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{EventId, UserId};
use crate::time::Millis;

macro_rules! actions {
    ($($(#[$doc:meta])+ $variant:ident = $name:tt,)+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        pub enum AuditAction { $($(#[$doc])+ #[serde(rename = $name)] $variant,)+ }

        impl AuditAction {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignedIn = "signed_in",
    /// An organization began.
    SignedUp = "signed_up",
    /// A session was ended from elsewhere.
    SessionEnded = "session.ended",
    /// A password was set by a mailed code.
    PasswordReset = "password.reset",
    /// Somebody who is signed in changed his own password.
    PasswordChanged = "password.changed",
    /// A second factor was switched on or off.
    MfaChanged = "mfa.changed",
    /// Somebody was invited.
    UserInvited = "user.invited",
    /// An invitation was sent again.
    InvitationResent = "invitation.resent",
    /// An invitation was taken back.
    InvitationRevoked = "invitation.revoked",
    /// Somebody accepted his invitation.
    UserJoined = "user.joined",
    /// Level, restrictions, visibility or teams of a user changed.
    UserChanged = "user.changed",
    /// A user was removed.
    UserRemoved = "user.removed",
    /// The list of users was exported.
    UsersExported = "users.exported",
    /// A team was created.
    TeamCreated = "team.created",
    /// A team changed.
    TeamChanged = "team.changed",
    /// A team was deleted.
    TeamDeleted = "team.deleted",
    /// A role was created.
    RoleCreated = "role.created",
    /// A role changed.
    RoleChanged = "role.changed",
    /// A role was deleted.
    RoleDeleted = "role.deleted",
    /// Settings of the workspace changed.
    SettingsChanged = "settings.changed",
    /// A channel was connected.
    ChannelConnected = "channel.connected",
    /// A channel was disconnected.
    ChannelDisconnected = "channel.disconnected",
    /// Data was exported.
    DataExported = "data.exported",
    /// Data was imported.
    DataImported = "data.imported",
    /// Contacts were deleted.
    ContactsDeleted = "contacts.deleted",
    /// A workspace was created.
    WorkspaceCreated = "workspace.created",
    /// Name or rules of the organization changed.
    OrganizationChanged = "organization.changed",
    /// Somebody's place in the organization changed.
    OrganizationRoleChanged = "organization.role_changed",
    /// The operator stopped the organization.
    OrganizationSuspended = "organization.suspended",
    /// The operator let it work again.
    OrganizationResumed = "organization.resumed",
    /// The operator was let in for a limited time.
    GrantGiven = "grant.given",
    /// That ended early.
    GrantEnded = "grant.ended",
    /// The operator made use of it.
    GrantUsed = "grant.used",
    /// Who is billed changed.
    BillingIdentityChanged = "billing.identity_changed",
    /// A plan was chosen, or another one asked for.
    PlanChosen = "plan.chosen",
    /// A change of plan was taken back.
    PlanKept = "plan.kept",
    /// The subscription was canceled.
    SubscriptionCanceled = "subscription.canceled",
    /// A cancellation was taken back.
    CancellationUndone = "subscription.kept",
    /// The operator recorded a bank transfer.
    TransferRecorded = "transfer.recorded",
    /// The operator asked for the payment of work sold beside the plan.
    ExtraAsked = "extra.asked",
    /// The operator paid back.
    ChargeRefunded = "charge.refunded",
    /// An order to delete contacts was confirmed.
    DeletionConfirmed = "deletion_order.confirmed",
    /// An order to delete contacts was taken back.
    DeletionCanceled = "deletion_order.canceled",
    /// The audit log was exported.
    AuditExported = "audit.exported",
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// The same for every repetition of the same deed.
    pub id: EventId,
    /// When.
    pub at: Millis,
    /// By whom; nobody: the installation itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// His name at that time.
    #[serde(default)]
    pub user_name: String,
    /// What.
    pub action: AuditAction,
    /// To what: an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its name at that time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target_name: String,
    /// What changed, `before` and `after` by name; never a secret, never what a contact wrote.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// Address that the request came from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}
