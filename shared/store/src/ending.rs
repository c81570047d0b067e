//! What is left of an organization when its subscription has ended for good: everything goes but what the law has kept,
//! which is the subscription with its charges, documents and ledger, who was billed, and the certificates of what was
//! deleted.

use colibri_domain::people::Workspace;
use colibri_domain::{FileId, OrganizationId};

use crate::db::Expression;
use crate::error::StoreError;
use crate::item::{Attributes, str_of, text};
use crate::keys::{self, Key};
use crate::members::workspace_row;
use crate::{OrganizationStore, Store, WorkspaceStore};

/// Items that are read, and deleted, at once.
const PAGE: u32 = 200;

fn key_of(item: &Attributes) -> Option<Key> {
    Some(Key { pk: str_of(item, "PK")?.to_owned(), sk: str_of(item, "SK")?.to_owned() })
}

impl Store {
    /// Deletes a partition but for what is kept.
    async fn empty(&self, partition: String, kept: impl Fn(&str) -> bool + Send) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let condition = Expression::new("PK = :pk AND SK > :after")
                .value(":pk", text(&partition))
                .value(":after", text(if after.is_empty() { " " } else { &after }));
            let page = self.query_now("ending", condition, PAGE).await?;
            for at in page.items.iter().filter_map(key_of) {
                if !kept(&at.sk) {
                    self.delete("ending", &at, None).await?;
                }
                after = at.sk;
            }
            if !page.more {
                return Ok(());
            }
        }
    }
}

impl WorkspaceStore {
    /// Forgets files whose bytes are gone.
    pub async fn forget_files(&self, files: &[FileId]) -> Result<(), StoreError> {
        for file in files {
            self.db.delete("ending", &keys::file(&self.id, file), None).await?;
        }
        Ok(())
    }

    /// Deletes everything of a workspace whose contacts and files are gone: its settings last, so that one that died on
    /// the way goes on.
    pub async fn end(&self) -> Result<(), StoreError> {
        let installation = self.db.installation();
        let Some(settings) = self.settings_now().await? else {
            return self.db.empty(keys::settings(&self.id), |_| false).await;
        };
        for invitation in self.invitations().await? {
            self.db.delete("ending", &keys::invitation_token(&invitation.token_hash), None).await?;
        }
        for channel in &settings.channels {
            installation.release_account(channel).await?;
            self.db.empty(keys::templates(&self.id, &channel.id), |_| false).await?;
        }
        for member in &settings.members {
            self.db.empty(keys::notifications(&self.id, &member.user_id), |_| false).await?;
        }
        let imports = Expression::new("PK = :pk").value(":pk", text(keys::imports(&self.id)));
        for import in self.db.query_now("ending", imports, 5_000).await?.items {
            if let Some(id) = str_of(&import, "SK").and_then(|sk| sk.strip_prefix("J#")) {
                self.db.empty(keys::import_rows(&self.id, id), |_| false).await?;
            }
        }
        let partitions = [
            keys::snippets(&self.id),
            keys::channel_secret_partition(&self.id),
            keys::segments(&self.id),
            keys::exports(&self.id),
            keys::imports(&self.id),
            keys::waiting(&self.id, "").pk,
            keys::trash(&self.id),
            keys::names(&self.id),
            keys::audit(&self.id),
            keys::invitations(&self.id),
            keys::sockets(&self.id),
            keys::sequence(&self.id).pk,
            keys::settings(&self.id),
        ];
        for partition in partitions {
            self.db.empty(partition, |_| false).await?;
        }
        Ok(())
    }
}

impl OrganizationStore {
    /// The workspace is gone.
    pub async fn forget_workspace(&self, workspace: &Workspace) -> Result<(), StoreError> {
        let row = workspace_row(&self.id, workspace)?;
        match key_of(&row) {
            Some(at) => self.db.delete("ending", &at, None).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Deletes the people and everything else of an organization that has no workspace any more; the organization itself
    /// last.
    pub async fn end(&self) -> Result<(), StoreError> {
        for person in self.people().await? {
            self.forget_person(&person.email).await?;
            self.db.delete("ending", &keys::user(&self.id, &person.user_id), None).await?;
            let at = Key { pk: keys::organization_people(&self.id), sk: person.user_id.as_str().to_owned() };
            self.db.delete("ending", &at, None).await?;
        }
        for partition in [keys::grants(&self.id), keys::organization_audit(&self.id)] {
            self.db.empty(partition, |_| false).await?;
        }
        let row = Key { pk: keys::organizations(), sk: self.id.as_str().to_owned() };
        self.db.delete("ending", &row, None).await?;
        let info = keys::organization(&self.id);
        self.db.empty(info.pk.clone(), |sk| !sk.starts_with("PLACES#") && sk != "QUOTA").await?;
        self.db.delete("ending", &info, None).await.map(|_| ())
    }

    /// The directory knows the person no more: the address is free for another account.
    async fn forget_person(&self, email: &str) -> Result<(), StoreError> {
        let at = keys::user_email(email);
        let Some(entry) = self.db.get("ending", &at).await? else { return Ok(()) };
        // Somebody else's by now.
        if str_of(&entry, "org").and_then(|id| id.parse::<OrganizationId>().ok()).as_ref() != Some(&self.id) {
            return Ok(());
        }
        if let Some(subject) = str_of(&entry, "sub") {
            self.db.delete("ending", &keys::subject(subject), None).await?;
        }
        self.db.delete("ending", &at, None).await.map(|_| ())
    }
}
