//! Rights: what a route may ask for, and the levels, restrictions and roles that grant them.
//!
//! Rights of a workspace and rights of an organization are apart: an owner of a workspace sees no invoice, and an
//! administrator of the organization reads no conversation unless a workspace makes him a member.

use serde::{Deserialize, Serialize};

macro_rules! rights {
    ($(#[$doc:meta])* $name:ident { $($(#[$right:meta])+ $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$right])+ $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
        }
    };
}

rights! {
    /// An atomic right inside a workspace. A route names the right it needs; levels and roles are sets of rights.
    Right {
        /// Read the contacts that visibility allows, with their conversations.
        ContactRead,
        /// Edit their fields and tags.
        ContactWrite,
        /// Add a contact by hand, or write to somebody who is none yet.
        ContactCreate,
        /// The contacts module: table, segments, bulk actions.
        ContactModule,
        /// Delete contacts, see the trash and restore from it.
        ContactDelete,
        /// Merge contacts and take merges apart.
        ContactMerge,
        /// Import contacts.
        ContactImport,
        /// Block and unblock.
        ContactBlock,
        /// See phone numbers and e-mail addresses in full.
        PersonalDataRead,
        /// Create, change and delete segments.
        SegmentWrite,
        /// Create, rename and delete tags of the workspace's dictionary.
        TagWrite,
        /// Create and change fields.
        FieldWrite,
        /// Delete fields with their values.
        FieldDelete,
        /// Send messages.
        MessageSend,
        /// Write internal comments.
        CommentWrite,
        /// Assign, open and close, mark as read.
        ConversationManage,
        /// Run shortcuts.
        ShortcutRun,
        /// Use snippets and the files of the library.
        SnippetUse,
        /// Manage snippets.
        SnippetWrite,
        /// Manage the files of the library.
        FileWrite,
        /// Broadcasts.
        BroadcastWrite,
        /// Workflows.
        WorkflowWrite,
        /// Chatbots and what they know.
        ChatbotWrite,
        /// Reports.
        ReportRead,
        /// The dashboard with everybody's figures; without it one's own.
        DashboardRead,
        /// Export data, and fetch what was exported.
        DataExport,
        /// Connect and change channels.
        ChannelWrite,
        /// Disconnect channels.
        ChannelDelete,
        /// Create and read anew message templates of a provider.
        TemplateWrite,
        /// Delete message templates.
        TemplateDelete,
        /// Developer access, webhooks and other integrations: create and change.
        IntegrationWrite,
        /// Delete integrations.
        IntegrationDelete,
        /// Create and change teams.
        TeamWrite,
        /// Delete teams.
        TeamDelete,
        /// Invite, change and remove agents.
        UserAgentWrite,
        /// Invite, change and remove managers.
        UserManagerWrite,
        /// Invite, change and remove owners.
        UserOwnerWrite,
        /// Create, change and delete roles.
        RoleWrite,
        /// See and change workspace settings.
        SettingsWrite,
        /// Read and export the workspace's audit log.
        AuditRead,
    }
}

rights! {
    /// An atomic right inside an organization.
    OrganizationRight {
        /// See the organization, its workspaces and its people.
        OrganizationRead,
        /// Change name and sign-in rules of the organization.
        OrganizationWrite,
        /// Make and unmake admins and billing admins.
        AdminWrite,
        /// Create workspaces.
        WorkspaceCreate,
        /// See subscription, payments and invoices.
        BillingRead,
        /// Change the subscription and its means of payment.
        BillingWrite,
        /// Read and export the organization's audit log.
        OrganizationAuditRead,
        /// Let the operator in for a limited time, and end that.
        SupportGrant,
    }
}

/// Access level of a membership: a preset over atomic rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Role {
    Owner,
    Manager,
    Agent,
}

/// What every agent has.
const AGENT: &[Right] = &[
    Right::ContactRead,
    Right::ContactWrite,
    Right::ContactCreate,
    Right::ContactMerge,
    Right::ContactBlock,
    Right::PersonalDataRead,
    Right::MessageSend,
    Right::CommentWrite,
    Right::ConversationManage,
    Right::ShortcutRun,
    Right::SnippetUse,
];

/// What only owners have.
const OWNER_ONLY: &[Right] = &[
    Right::FieldDelete,
    Right::ChannelDelete,
    Right::TemplateDelete,
    Right::IntegrationDelete,
    Right::TeamDelete,
    Right::UserManagerWrite,
    Right::UserOwnerWrite,
    Right::RoleWrite,
];

impl Role {
    /// Whether this level has a right, before restrictions.
    pub fn grants(self, right: Right) -> bool {
        match self {
            Self::Owner => true,
            Self::Manager => !OWNER_ONLY.contains(&right),
            Self::Agent => AGENT.contains(&right),
        }
    }

    /// The right that inviting, changing or removing somebody of this level needs.
    pub const fn managed_by(self) -> Right {
        match self {
            Self::Owner => Right::UserOwnerWrite,
            Self::Manager => Right::UserManagerWrite,
            Self::Agent => Right::UserAgentWrite,
        }
    }
}

/// A checkbox that takes rights away from one person. Only managers and agents have them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// Managers: no workspace settings, and so none of their pages.
    Settings,
    /// Managers: deletes no contact.
    ContactDeletion,
    /// Managers: exports nothing.
    DataExport,
    /// Managers: no integrations.
    Integrations,
    /// Agents: runs no shortcuts.
    Shortcuts,
    /// Agents: sees phone numbers and e-mail addresses masked.
    PersonalData,
    /// Agents: adds and deletes no contacts.
    ContactCreation,
}

impl Restriction {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Settings,
        Self::ContactDeletion,
        Self::DataExport,
        Self::Integrations,
        Self::Shortcuts,
        Self::PersonalData,
        Self::ContactCreation,
    ];

    /// Whose restriction this is.
    pub const fn level(self) -> Role {
        match self {
            Self::Settings | Self::ContactDeletion | Self::DataExport | Self::Integrations => Role::Manager,
            Self::Shortcuts | Self::PersonalData | Self::ContactCreation => Role::Agent,
        }
    }

    /// The rights that it takes away.
    pub const fn takes(self) -> &'static [Right] {
        match self {
            Self::Settings => &[
                Right::SettingsWrite,
                Right::FieldWrite,
                Right::TagWrite,
                Right::TeamWrite,
                Right::ChannelWrite,
                Right::TemplateWrite,
                Right::IntegrationWrite,
                Right::UserAgentWrite,
                Right::AuditRead,
            ],
            Self::ContactDeletion => &[Right::ContactDelete],
            Self::DataExport => &[Right::DataExport],
            Self::Integrations => &[Right::IntegrationWrite],
            Self::Shortcuts => &[Right::ShortcutRun],
            Self::PersonalData => &[Right::PersonalDataRead],
            Self::ContactCreation => &[Right::ContactCreate, Right::ContactDelete],
        }
    }
}

/// A named set of rights that a workspace made for some of its agents. It replaces what the level grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct CustomRole {
    pub id: String,
    /// At most 64 characters; empty for the two that every workspace has, which the console words.
    pub name: String,
    pub rights: Vec<Right>,
}

/// Id of the role that reads and does nothing else.
pub const READ_ONLY: &str = "read_only";
/// Id of the role that reads and writes internal comments.
pub const COMMENT_ONLY: &str = "comment_only";

impl CustomRole {
    /// The roles that every workspace has.
    pub fn presets() -> Vec<Self> {
        let read = vec![Right::ContactRead, Right::PersonalDataRead];
        let mut comment = read.clone();
        comment.push(Right::CommentWrite);
        let preset = |id: &str, rights| Self { id: id.to_owned(), name: String::new(), rights };
        vec![preset(READ_ONLY, read), preset(COMMENT_ONLY, comment)]
    }

    /// Whether this is one of the roles that every workspace has; nobody changes those.
    pub fn is_preset(&self) -> bool {
        self.id == READ_ONLY || self.id == COMMENT_ONLY
    }

    /// Whether a role may hold a right: nothing that only owners have, else a role would make owners.
    pub fn may_hold(right: Right) -> bool {
        !OWNER_ONLY.contains(&right)
    }
}

/// A person's place in his organization.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum OrganizationRole {
    Admin,
    BillingAdmin,
    #[default]
    Member,
}

impl OrganizationRole {
    /// Whether this place has a right.
    pub fn grants(self, right: OrganizationRight) -> bool {
        use OrganizationRight::{BillingRead, BillingWrite, OrganizationRead};
        match self {
            Self::Admin => true,
            Self::BillingAdmin => matches!(right, OrganizationRead | BillingRead | BillingWrite),
            Self::Member => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_contain_each_other() {
        for right in Right::ALL {
            assert!(!Role::Agent.grants(*right) || Role::Manager.grants(*right), "{right:?}");
            assert!(!Role::Manager.grants(*right) || Role::Owner.grants(*right), "{right:?}");
        }
    }

    #[test]
    fn a_restriction_takes_only_what_its_level_has() {
        for restriction in Restriction::ALL {
            let level = restriction.level();
            assert!(restriction.takes().iter().any(|right| level.grants(*right)), "{restriction:?} is idle");
        }
    }

    #[test]
    fn no_role_makes_owners() {
        for role in CustomRole::presets() {
            assert!(role.rights.iter().all(|right| CustomRole::may_hold(*right)));
        }
        assert!(!CustomRole::may_hold(Role::Owner.managed_by()));
        assert!(!CustomRole::may_hold(Role::Manager.managed_by()));
        assert!(!CustomRole::may_hold(Right::RoleWrite));
    }
}
