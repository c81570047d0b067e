//! An organization: users and the contact quota that its workspaces share.

use colibri_domain::people::User;
use colibri_domain::{OrganizationId, UserId};

use crate::Store;
use crate::db::Expression;
use crate::error::StoreError;
use crate::item::{document, key, number, number_of, read, str_of, text};
use crate::keys;

/// One organization's data.
#[derive(Debug, Clone)]
pub struct OrganizationStore {
    pub(crate) db: Store,
    /// Whose data this is.
    pub id: OrganizationId,
}

/// Places for contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Quota {
    pub used: u64,
    pub limit: u64,
}

impl OrganizationStore {
    pub(crate) fn new(db: Store, id: OrganizationId) -> Self {
        Self { db, id }
    }

    /// Its name.
    pub async fn name(&self) -> Result<Option<String>, StoreError> {
        let item = self.db.get("organization", &keys::organization(&self.id)).await?;
        Ok(item.and_then(|item| str_of(&item, "name").map(str::to_owned)))
    }

    /// Sets its name.
    pub async fn put_name(&self, name: &str) -> Result<(), StoreError> {
        let mut item = key(&keys::organization(&self.id));
        item.insert("_t".to_owned(), text("organization"));
        item.insert("name".to_owned(), text(name));
        self.db.put("organization", item, None).await
    }

    /// The quota and what is used of it.
    pub async fn quota(&self) -> Result<Quota, StoreError> {
        let item = self.db.get("quota", &keys::quota(&self.id)).await?.unwrap_or_default();
        Ok(Quota { used: number_of(&item, "used").unwrap_or(0), limit: number_of(&item, "lim").unwrap_or(0) })
    }

    /// Sets the quota; what is used stays.
    pub async fn set_quota(&self, limit: u64) -> Result<(), StoreError> {
        let update = Expression::new("SET #l = :l, #t = :t ADD used :none")
            .name("#l", "lim")
            .name("#t", "_t")
            .value(":l", number(limit))
            .value(":t", text("quota"))
            .value(":none", number(0));
        self.db.update("quota", &keys::quota(&self.id), update, None).await.map(|_| ())
    }

    /// A user.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let item = self.db.get("user", &keys::user(&self.id, id)).await?;
        item.map(|item| read("user", &item)).transpose()
    }

    /// Stores a user.
    pub async fn put_user(&self, user: &User) -> Result<(), StoreError> {
        self.db.put("user", document(&keys::user(&self.id, &user.id), "user", user)?, None).await
    }
}
