//! An organization: users and the contact quota that its workspaces share.

use colibri_domain::people::{Organization, User};
use colibri_domain::{OrganizationId, UserId};

use crate::Store;
use crate::db::Expression;
use crate::error::StoreError;
use crate::item::{Attributes, document, number, number_of, read, text};
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

    /// The organization; `None` where there is none.
    pub async fn get(&self) -> Result<Option<Organization>, StoreError> {
        let item = self.db.get("organization", &keys::organization(&self.id)).await?;
        item.map(|item| read("organization", &item)).transpose()
    }

    /// Its name.
    pub async fn name(&self) -> Result<Option<String>, StoreError> {
        Ok(self.get().await?.map(|organization| organization.name))
    }

    /// Creates the organization; `Conflict` where it is there.
    pub async fn create(&self, organization: &Organization) -> Result<(), StoreError> {
        let item = self.item(organization)?;
        self.db.put("organization", item, Some(Expression::new("attribute_not_exists(PK)"))).await
    }

    /// Stores what was changed since it was read; `Conflict` where somebody else changed it meanwhile.
    pub async fn change(&self, organization: &Organization) -> Result<Organization, StoreError> {
        let next = Organization { version: organization.version + 1, ..organization.clone() };
        let unchanged = Expression::new("ver = :was").value(":was", number(organization.version));
        self.db.put("organization", self.item(&next)?, Some(unchanged)).await?;
        Ok(next)
    }

    pub(crate) fn item(&self, organization: &Organization) -> Result<Attributes, StoreError> {
        let mut item = document(&keys::organization(&self.id), "organization", organization)?;
        item.insert("ver".to_owned(), number(organization.version));
        Ok(item)
    }

    /// Sets its name, of a new one too; everything else stays.
    pub async fn put_name(&self, name: &str) -> Result<(), StoreError> {
        match self.get().await? {
            Some(known) => self.change(&Organization { name: name.to_owned(), ..known }).await.map(|_| ()),
            None => self.create(&Organization::new(self.id.clone(), name)).await,
        }
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
