//! The two customers of ours that share a world.

use colibri_app::ports::KeyVault;
use colibri_domain::channel::Channel;
use colibri_domain::people::{
    ActivityStatus, ClosingNoteMode, Membership, Role, User, Visibility, Workspace,
};
use colibri_domain::{Millis, OrganizationId, UserId, WorkspaceId};
use colibri_store::{ChannelSecrets, Store, StoreError};
use secrecy::SecretString;

use crate::MemoryVault;

/// An organization with one workspace, two numbers and two people.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Tenant {
    pub place: usize,
    pub organization: OrganizationId,
    pub workspace: WorkspaceId,
    pub channels: Vec<Channel>,
    /// Subjects of the people's tokens.
    pub subjects: [String; 2],
    pub users: [UserId; 2],
    pub quota: u64,
}

impl Tenant {
    /// The tenant of a place; nothing is stored yet.
    pub fn new(place: usize, quota: u64) -> Self {
        let name = format!("t{place}");
        let workspace = WorkspaceId::from_unique(&name);
        let channel = |n: usize| {
            let mut channel =
                crate::demo::channel(&workspace, &format!("{name}-{n}"), &format!("42420000000{place}{n}01"));
            channel.name = format!("WhatsApp {n}");
            channel
        };
        let people = ["alba", "bruno"];
        Self {
            place,
            organization: OrganizationId::from_unique(&name),
            channels: (0..2).map(channel).collect(),
            subjects: people.map(|who| format!("sub-{name}-{who}")),
            users: people.map(|who| UserId::from_unique(&format!("{name}-{who}"))),
            workspace,
            quota,
        }
    }

    /// A mark that stands in everything of this tenant's.
    pub fn mark(&self) -> String {
        format!("⟦t{}⟧", self.place)
    }

    /// Stores it.
    pub async fn found(&self, store: &Store) -> Result<(), StoreError> {
        let organization = store.organization(&self.organization);
        organization.put_name(&self.mark()).await?;
        organization.set_quota(self.quota).await?;
        let data = store.workspace(&self.workspace);
        data.put_workspace(&Workspace {
            id: self.workspace.clone(),
            organization_id: self.organization.clone(),
            name: self.mark(),
            timezone: "America/Guayaquil".into(),
            country: "EC".into(),
            closing_note_mode: ClosingNoteMode::Optional,
            consumers: Vec::new(),
        })
        .await?;
        for (user, subject) in self.users.iter().zip(&self.subjects) {
            self.hire(store, user, subject).await?;
        }
        for channel in &self.channels {
            let token = SecretString::from("token-of-the-channel");
            let token = MemoryVault.seal(self.workspace.as_str(), &token).await.expect("sealing in memory");
            store.installation().claim_account(channel, None).await?;
            data.put_channel(channel, Some(&ChannelSecrets { token })).await?;
        }
        Ok(())
    }

    async fn hire(&self, store: &Store, user: &UserId, subject: &str) -> Result<(), StoreError> {
        let email = format!("{subject}@ejemplo.example");
        store
            .workspace(&self.workspace)
            .put_member(&Membership {
                user_id: user.clone(),
                name: subject.to_owned(),
                email: email.clone(),
                role: Role::Owner,
                visibility: Visibility::All,
                teams: Vec::new(),
                status: ActivityStatus::Online,
                restrictions: Vec::new(),
                custom_role: None,
                custom_rights: Vec::new(),
            })
            .await?;
        let person = User {
            id: user.clone(),
            organization_id: self.organization.clone(),
            email,
            first_name: subject.to_owned(),
            last_name: String::new(),
            locale: "es".into(),
            workspaces: vec![self.workspace.clone()],
            revoked_before: None,
            accepted: Vec::new(),
            ended_sessions: Vec::new(),
            version: 0,
            organization_role: colibri_domain::people::OrganizationRole::default(),
        };
        store.organization(&self.organization).put_user(&person).await?;
        store.installation().put_subject(subject, &self.organization, user).await
    }
}

/// When every run begins: 2026-01-15 12:00:00 UTC.
pub const BEGINNING: Millis = Millis(1_768_478_400_000);
