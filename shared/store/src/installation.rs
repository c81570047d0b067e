//! The installation's directory: who belongs to a provider's id, or to a subject of the user pool.

use colibri_domain::channel::{Channel, ChannelSource};
use colibri_domain::{ChannelId, OrganizationId, UserId, WorkspaceId};

use crate::Store;
use crate::db::{Expression, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{Attributes, key, str_of, text};
use crate::keys::{self, Key};

/// The directory.
#[derive(Debug, Clone)]
pub struct InstallationStore {
    pub(crate) db: Store,
}

/// Where deliveries for an account go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Directory {
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
    /// The provider's app whose signature counts for this channel.
    pub app: Option<String>,
}

/// A customer's own app at a provider; both values sealed for the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ProviderApp {
    pub id: String,
    pub secret: String,
    pub verify_token: String,
}

impl InstallationStore {
    pub(crate) fn new(db: Store) -> Self {
        Self { db }
    }

    /// The user of a subject of the user pool.
    pub async fn user_by_subject(
        &self,
        subject: &str,
    ) -> Result<Option<(OrganizationId, UserId)>, StoreError> {
        let item = self.db.get("subject", &keys::subject(subject)).await?;
        Ok(item.and_then(|item| {
            Some((str_of(&item, "org")?.parse().ok()?, str_of(&item, "user")?.parse().ok()?))
        }))
    }

    /// Enters a user of the pool.
    pub async fn put_subject(
        &self,
        subject: &str,
        organization: &OrganizationId,
        user: &UserId,
    ) -> Result<(), StoreError> {
        let mut item = key(&keys::subject(subject));
        item.insert("_t".to_owned(), text("subject"));
        item.insert("org".to_owned(), text(organization.as_str()));
        item.insert("user".to_owned(), text(user.as_str()));
        self.db.put("subject", item, None).await
    }

    /// Whether a user runs the installation.
    pub async fn is_operator(&self, user: &UserId) -> Result<bool, StoreError> {
        Ok(self.db.get("operator", &keys::operator(user)).await?.is_some())
    }

    /// Lets a user run the installation.
    pub async fn put_operator(&self, user: &UserId) -> Result<(), StoreError> {
        let mut item = key(&keys::operator(user));
        item.insert("_t".to_owned(), text("operator"));
        self.db.put("operator", item, None).await
    }

    /// The channel of a provider's account.
    pub async fn channel_by_account(
        &self,
        source: ChannelSource,
        account: &str,
    ) -> Result<Option<Directory>, StoreError> {
        Ok(self.db.get("account", &keys::account(source, account)).await?.and_then(|item| entry(&item)))
    }

    /// Where deliveries for a channel go.
    pub async fn channel(&self, channel: &ChannelId) -> Result<Option<Directory>, StoreError> {
        let item = self.db.get("channel entry", &keys::channel_entry(channel)).await?;
        Ok(item.and_then(|item| entry(&item)))
    }

    /// Channels of all accounts that belong to a provider's parent account.
    pub async fn channels_by_parent(
        &self,
        source: ChannelSource,
        parent: &str,
    ) -> Result<Vec<Directory>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::parent_account(source, parent)));
        let page = self.db.query("parent account", condition, false, 200).await?;
        Ok(page.items.iter().filter_map(entry).collect())
    }

    /// Enters a channel, and a customer's app with it. `Conflict` where either belongs to another workspace.
    pub async fn claim_account(
        &self,
        channel: &Channel,
        app: Option<&ProviderApp>,
    ) -> Result<(), StoreError> {
        let ours = || {
            Expression::new("attribute_not_exists(PK) OR ws = :ws")
                .value(":ws", text(channel.workspace_id.as_str()))
        };
        let taken =
            || StoreError::new(StoreErrorKind::Conflict, "account", "it belongs to another workspace");
        if let Some(app) = app {
            // An app is claimed like an account: else a stranger could replace its secret by his own.
            let mut item = key(&keys::app(&app.id));
            item.insert("_t".to_owned(), text("app"));
            item.insert("ws".to_owned(), text(channel.workspace_id.as_str()));
            item.insert("secret".to_owned(), text(&app.secret));
            item.insert("verify".to_owned(), text(&app.verify_token));
            unless_conflict(self.db.put("app", item, Some(ours())).await)?.ok_or_else(taken)?;
        }
        let at = keys::account(channel.source, &channel.account);
        unless_conflict(self.db.put("account", item(&at, channel), Some(ours())).await)?.ok_or_else(taken)?;
        if let Some(parent) = &channel.parent_account {
            self.db.put("parent account", item(&parent_key(channel, parent), channel), None).await?;
        }
        self.db.put("channel entry", item(&keys::channel_entry(&channel.id), channel), None).await?;
        self.db.put("active channel", item(&active_key(channel), channel), None).await
    }

    /// Takes a channel out of the directory.
    pub async fn release_account(&self, channel: &Channel) -> Result<(), StoreError> {
        let ours = Expression::new("ws = :ws").value(":ws", text(channel.workspace_id.as_str()));
        unless_conflict(
            self.db.delete("account", &keys::account(channel.source, &channel.account), Some(ours)).await,
        )?;
        if let Some(parent) = &channel.parent_account {
            self.db.delete("parent account", &parent_key(channel, parent), None).await?;
        }
        self.db.delete("channel entry", &keys::channel_entry(&channel.id), None).await?;
        self.db.delete("active channel", &active_key(channel), None).await.map(|_| ())
    }

    /// A customer's own app.
    pub async fn provider_app(&self, id: &str) -> Result<Option<ProviderApp>, StoreError> {
        let item = self.db.get("app", &keys::app(id)).await?;
        Ok(item.and_then(|item| {
            Some(ProviderApp {
                id: id.to_owned(),
                secret: str_of(&item, "secret")?.to_owned(),
                verify_token: str_of(&item, "verify")?.to_owned(),
            })
        }))
    }

    /// All connected channels, for the schedules that look after them.
    pub async fn active_channels(&self) -> Result<Vec<Directory>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::active_channels()));
        let page = self.db.query("active channels", condition, false, 100_000).await?;
        Ok(page.items.iter().filter_map(entry).collect())
    }
}

fn entry(item: &Attributes) -> Option<Directory> {
    Some(Directory {
        workspace: str_of(item, "ws")?.parse().ok()?,
        channel: str_of(item, "ch")?.parse().ok()?,
        app: str_of(item, "app").map(str::to_owned),
    })
}

fn item(at: &Key, channel: &Channel) -> Attributes {
    let mut item = key(at);
    item.insert("_t".to_owned(), text("directory"));
    item.insert("ws".to_owned(), text(channel.workspace_id.as_str()));
    item.insert("ch".to_owned(), text(channel.id.as_str()));
    if let Some(app) = &channel.app {
        item.insert("app".to_owned(), text(app));
    }
    item
}

fn parent_key(channel: &Channel, parent: &str) -> Key {
    Key {
        pk: keys::parent_account(channel.source, parent),
        sk: format!("{}#{}", channel.workspace_id, channel.id),
    }
}

fn active_key(channel: &Channel) -> Key {
    Key { pk: keys::active_channels(), sk: format!("{}#{}", channel.workspace_id, channel.id) }
}
