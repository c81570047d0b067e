//! An organization: users and the contact quota that its workspaces share.

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::audit::AuditEntry;
use colibri_domain::billing::quota::QuotaLevel;
use colibri_domain::grant::Grant;
use colibri_domain::people::{Membership, Organization, OrganizationRole, User, Workspace};
use colibri_domain::segment::Segment;
use colibri_domain::{Millis, OrganizationId, UserId, WorkspaceId};

use crate::Store;
use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::item::{Attributes, document, json, key, number, number_of, parsed, read, text};
use crate::keys::{self, Key};
use crate::members::{SettingWrite, workspace_row};

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
        self.db.put("organization", item, Some(Expression::new("attribute_not_exists(PK)"))).await?;
        self.db.put("organization", organization_row(organization), None).await
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

    /// The quota, and how full it was when somebody was told last.
    pub async fn quota_told(&self) -> Result<(Quota, Option<QuotaLevel>), StoreError> {
        let item = self.db.get("quota", &keys::quota(&self.id)).await?.unwrap_or_default();
        let quota = Quota {
            used: number_of(&item, "used").unwrap_or(0),
            limit: number_of(&item, "lim").unwrap_or(0),
        };
        Ok((quota, parsed::<Option<QuotaLevel>>("quota", &item, "told")?.flatten()))
    }

    /// Notes how full the quota was when somebody was told; `false`: somebody else was first.
    pub async fn note_quota_told(
        &self,
        was: Option<QuotaLevel>,
        now: Option<QuotaLevel>,
    ) -> Result<bool, StoreError> {
        let update = Expression::new("SET told = :now")
            .value(":now", json("quota", &now)?)
            .value(":was", json("quota", &was)?)
            .value(":none", json("quota", &None::<QuotaLevel>)?);
        let unchanged =
            "attribute_exists(PK) AND (told = :was OR (attribute_not_exists(told) AND :was = :none))";
        let noted = self.db.update("quota", &keys::quota(&self.id), update, Some(unchanged)).await;
        unless_conflict(noted).map(|done| done.is_some())
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

    /// Enters a person as he is, whatever was known of him: how an installation is filled.
    pub async fn put_user(&self, user: &User) -> Result<(), StoreError> {
        let mut item = document(&keys::user(&self.id, &user.id), "user", user)?;
        item.insert("ver".to_owned(), number(user.version));
        self.db.put("user", item, None).await?;
        self.db.put("user", person(&self.id, user)?, None).await?;
        let mut by_email = key(&keys::user_email(&user.email));
        by_email.insert("_t".to_owned(), text("user_email"));
        by_email.insert("org".to_owned(), text(self.id.as_str()));
        by_email.insert("user".to_owned(), text(user.id.as_str()));
        self.db.put("user", by_email, None).await
    }
}

/// The organization in the installation's list.
pub(crate) fn organization_row(organization: &Organization) -> Attributes {
    let mut item = key(&Key { pk: keys::organizations(), sk: organization.id.as_str().to_owned() });
    item.insert("_t".to_owned(), text("organization_row"));
    item
}

/// A person in the organization's list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub struct Person {
    pub user_id: UserId,
    pub name: String,
    pub email: String,
    pub organization_role: OrganizationRole,
}

/// The row of a person in his organization's list.
pub(crate) fn person(organization: &OrganizationId, user: &User) -> Result<Attributes, StoreError> {
    let at = Key { pk: keys::organization_people(organization), sk: user.id.as_str().to_owned() };
    let person = Person {
        user_id: user.id.clone(),
        name: user.name(),
        email: user.email.clone(),
        organization_role: user.organization_role,
    };
    document(&at, "person", &person)
}

impl OrganizationStore {
    /// Stores what was changed of a user since he was read; `Conflict` where somebody changed him meanwhile.
    pub async fn change_user(&self, user: &User) -> Result<(), StoreError> {
        let items = vec![self.user_write(user)?, self.db.put_in_transaction(person(&self.id, user)?, None)?];
        self.all("user", items).await
    }

    /// The write of a user who was read with this version.
    pub(crate) fn user_write(&self, user: &User) -> Result<TransactWriteItem, StoreError> {
        let next = User { version: user.version + 1, ..user.clone() };
        let mut item = document(&keys::user(&self.id, &user.id), "user", &next)?;
        item.insert("ver".to_owned(), number(next.version));
        let unchanged = Expression::new("ver = :was OR (attribute_not_exists(ver) AND :was = :none)")
            .value(":was", number(user.version))
            .value(":none", number(0));
        self.db.put_in_transaction(item, Some(unchanged))
    }

    /// Everybody of the organization.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::organization_people(&self.id)));
        let page = self.db.query_now("people", condition, 5_000).await?;
        page.items.iter().map(|item| read("people", item)).collect()
    }

    /// Its workspaces.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        let condition =
            Expression::new("PK = :pk").value(":pk", text(keys::organization_workspaces(&self.id)));
        let page = self.db.query_now("workspaces", condition, 1_000).await?;
        page.items.iter().map(|item| read("workspaces", item)).collect()
    }

    /// Makes somebody what he is in the organization from now on. `organization` is as it was read before `people`
    /// were looked at: whoever comes between makes this a `Conflict`, so that one admin always stays.
    pub async fn set_role(
        &self,
        organization: &Organization,
        user: &User,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let items = vec![
            self.organization_write(organization)?,
            self.user_write(user)?,
            self.db.put_in_transaction(person(&self.id, user)?, None)?,
            self.db.audit_write(keys::organization_audit(&self.id), audit)?,
        ];
        self.all("organization role", items).await
    }

    /// Stores a changed organization with the entry that tells of it.
    pub async fn change_audited(
        &self,
        organization: &Organization,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let items = vec![
            self.organization_write(organization)?,
            self.db.audit_write(keys::organization_audit(&self.id), audit)?,
        ];
        self.all("organization", items).await
    }

    /// Creates a workspace with its first owner, who is of this organization.
    pub async fn create_workspace(
        &self,
        workspace: &Workspace,
        owner: &Membership,
        user: &User,
        segments: &[Segment],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let data = self.db.workspace(&workspace.id);
        let mut items = vec![
            data.setting_write(&SettingWrite::Workspace(workspace.clone()))?,
            data.setting_write(&SettingWrite::Member(owner.clone()))?,
            data.next_version(0)?,
            self.db.put_in_transaction(workspace_row(&self.id, workspace)?, None)?,
            self.user_write(user)?,
            self.db.audit_write(keys::organization_audit(&self.id), audit)?,
        ];
        items.extend(data.first_segments(segments)?);
        self.all("workspace", items).await
    }

    fn organization_write(&self, organization: &Organization) -> Result<TransactWriteItem, StoreError> {
        let next = Organization { version: organization.version + 1, ..organization.clone() };
        let unchanged = Expression::new("ver = :was").value(":was", number(organization.version));
        self.db.put_in_transaction(self.item(&next)?, Some(unchanged))
    }

    async fn all(&self, op: &'static str, items: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        match self.db.transact(op, items).await? {
            Transacted::Done => Ok(()),
            _ => Err(StoreError::new(StoreErrorKind::Conflict, op, "changed meanwhile")),
        }
    }

    /// Lets the operator read, until a time. `was` is the time of the grant that was read: another one since then is
    /// a `Conflict`, so that nobody who enters opens again what was just ended.
    pub async fn put_grant(
        &self,
        grant: &Grant,
        was: Option<Millis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let mut item = document(&keys::grant(&self.id, &grant.workspace_id), "grant", grant)?;
        item.insert("ttl".to_owned(), number(grant.until.seconds().0 + 30 * 86_400));
        item.insert("until".to_owned(), number(grant.until.0));
        let unchanged =
            was.map(|at| Expression::new("#u = :was").name("#u", "until").value(":was", number(at.0)));
        let items = vec![
            self.db.put_in_transaction(item, unchanged)?,
            self.db.audit_write(keys::organization_audit(&self.id), audit)?,
        ];
        self.all("grant", items).await
    }

    /// Grants that run, and those that ended in the last 30 days.
    pub async fn grants(&self) -> Result<Vec<Grant>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::grants(&self.id)));
        let page = self.db.query_now("grants", condition, 1_000).await?;
        page.items.iter().map(|item| read("grants", item)).collect()
    }

    /// The grant of a workspace, if it has one.
    pub async fn grant(&self, workspace: &WorkspaceId) -> Result<Option<Grant>, StoreError> {
        let item = self.db.get("grant", &keys::grant(&self.id, workspace)).await?;
        item.map(|item| read("grant", &item)).transpose()
    }
}
