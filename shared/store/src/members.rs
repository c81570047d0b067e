//! Changes of a workspace's people, teams and roles that follow rules over all of them.

use aws_sdk_dynamodb::types::TransactWriteItem;
use colibri_domain::audit::AuditEntry;
use colibri_domain::billing::Subscription;
use colibri_domain::billing::machine::Access;
use colibri_domain::people::{
    ClosingCategory, CustomField, CustomRole, Membership, Stage, Tag, Team, User, Workspace,
};
use colibri_domain::segment::Segment;
use colibri_domain::{OrganizationId, TeamId, UserId, invitation::Invitation};

use crate::db::{Expression, Transacted, unless_conflict};
use crate::error::{StoreError, StoreErrorKind};
use crate::heads::TRIES;
use crate::item::{document, key, number, number_of, read, str_of, text};
use crate::keys::{self, Key};
use crate::organization::{OrganizationStore, organization_row, person};
use crate::{InstallationStore, Settings, WorkspaceStore};

/// One write of a change of settings.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum SettingWrite {
    Member(Membership),
    NoMember(UserId),
    Team(Team),
    NoTeam(TeamId),
    Role(CustomRole),
    NoRole(String),
    Workspace(Workspace),
    /// The same in the organization's list.
    WorkspaceRow(Workspace),
    Tag(Tag),
    NoTag(String),
    /// Also what is left of a deleted one.
    Field(CustomField),
    Stage(Stage),
    NoStage(String),
    ClosingCategory(ClosingCategory),
    NoClosingCategory(String),
}

/// What a rule makes of the settings: writes, at most 90, and the entries of the audit log that tell of them.
pub type Ruled = (Vec<SettingWrite>, Vec<AuditEntry>);

/// Somebody who becomes a member, with everything that makes him a person of the installation.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Joining {
    pub member: Membership,
    /// As he is from now on.
    pub user: User,
    /// The user pool's subject of a person who is new here.
    pub new_subject: Option<String>,
    pub audit: AuditEntry,
}

impl WorkspaceStore {
    /// Changes settings by a rule over all of them. The rule sees the settings as they are at the moment of the write:
    /// whoever comes between makes it judge again, so that two owners cannot remove each other at the same time.
    pub async fn change_settings<E, R>(&self, rule: R) -> Result<Settings, E>
    where
        E: From<StoreError>,
        R: Fn(&Settings) -> Result<Ruled, E> + Send + Sync,
    {
        for attempt in 0..TRIES {
            let version = self.settings_version().await?;
            let none = || StoreError::new(StoreErrorKind::NotFound, "settings", "no such workspace");
            let settings = self.settings_now().await?.ok_or_else(none)?;
            let (writes, audit) = rule(&settings)?;
            if writes.is_empty() {
                return Ok(settings);
            }
            let mut items = vec![self.next_version(version)?];
            for write in &writes {
                items.push(self.setting_write(write)?);
            }
            for entry in &audit {
                items.push(self.db.audit_write(keys::audit(&self.id), entry)?);
            }
            if self.db.transact("settings", items).await? == Transacted::Done {
                return Ok(settings);
            }
            self.db.back_off(attempt).await;
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "settings", "too much contention").into())
    }

    async fn settings_version(&self) -> Result<u64, StoreError> {
        let item = self.db.get("settings", &keys::setting(&self.id, "VN", "0")).await?;
        Ok(item.and_then(|item| number_of(&item, "n")).unwrap_or(0))
    }

    pub(crate) fn next_version(&self, version: u64) -> Result<TransactWriteItem, StoreError> {
        let update = Expression::new("SET n = :next, #t = :t")
            .name("#t", "_t")
            .value(":next", number(version + 1))
            .value(":was", number(version))
            .value(":none", number(0))
            .value(":t", text("version"));
        let unchanged = "n = :was OR (attribute_not_exists(n) AND :was = :none)";
        self.db.update_in_transaction(&keys::setting(&self.id, "VN", "0"), update, unchanged)
    }

    pub(crate) fn setting_write(&self, write: &SettingWrite) -> Result<TransactWriteItem, StoreError> {
        let at = |kind, id: &str| keys::setting(&self.id, kind, id);
        match write {
            SettingWrite::Member(member) => self
                .db
                .put_in_transaction(document(&at("U", member.user_id.as_str()), "member", member)?, None),
            SettingWrite::Team(team) => {
                self.db.put_in_transaction(document(&at("TM", team.id.as_str()), "team", team)?, None)
            }
            SettingWrite::Role(role) => {
                self.db.put_in_transaction(document(&at("RO", &role.id), "role", role)?, None)
            }
            SettingWrite::Workspace(workspace) => {
                self.db.put_in_transaction(document(&at("WS", "0"), "workspace", workspace)?, None)
            }
            SettingWrite::WorkspaceRow(workspace) => {
                self.db.put_in_transaction(workspace_row(&workspace.organization_id, workspace)?, None)
            }
            SettingWrite::NoMember(user) => self.db.delete_in_transaction(&at("U", user.as_str()), None),
            SettingWrite::NoTeam(team) => self.db.delete_in_transaction(&at("TM", team.as_str()), None),
            SettingWrite::NoRole(role) => self.db.delete_in_transaction(&at("RO", role), None),
            SettingWrite::Tag(tag) => {
                self.db.put_in_transaction(document(&at("TG", &tag.id), "tag", tag)?, None)
            }
            SettingWrite::NoTag(tag) => self.db.delete_in_transaction(&at("TG", tag), None),
            SettingWrite::Field(field) => {
                self.db.put_in_transaction(document(&at("FL", &field.id), "field", field)?, None)
            }
            SettingWrite::Stage(stage) => {
                self.db.put_in_transaction(document(&at("ST", &stage.id), "stage", stage)?, None)
            }
            SettingWrite::NoStage(stage) => self.db.delete_in_transaction(&at("ST", stage), None),
            SettingWrite::ClosingCategory(category) => self
                .db
                .put_in_transaction(document(&at("CC", &category.id), "closing_category", category)?, None),
            SettingWrite::NoClosingCategory(category) => {
                self.db.delete_in_transaction(&at("CC", category), None)
            }
        }
    }

    /// Stores an invitation with its newest token; the token before it is worth nothing from then on.
    pub async fn put_invitation(
        &self,
        invitation: &Invitation,
        replaces: Option<&str>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        use colibri_domain::invitation::SHOWN_SECONDS;
        let mut item = document(&self.invitation_key(&invitation.id), "invitation", invitation)?;
        let ttl = number(invitation.expires_at.seconds().0 + SHOWN_SECONDS);
        item.insert("ttl".to_owned(), ttl);
        item.insert("hash".to_owned(), text(&invitation.token_hash));
        let unchanged = match replaces {
            Some(hash) => Expression::new("#h = :was").name("#h", "hash").value(":was", text(hash)),
            None => Expression::new("attribute_not_exists(PK)"),
        };
        let mut pointer = key(&keys::invitation_token(&invitation.token_hash));
        pointer.insert("_t".to_owned(), text("invitation_token"));
        pointer.insert("ws".to_owned(), text(self.id.as_str()));
        pointer.insert("invitation".to_owned(), text(&invitation.id));
        pointer.insert("ttl".to_owned(), number(invitation.expires_at.seconds().0 + 86_400));
        let mut items = vec![
            self.db.put_in_transaction(item, Some(unchanged))?,
            self.db.put_in_transaction(pointer, None)?,
            self.db.audit_write(keys::audit(&self.id), audit)?,
        ];
        if let Some(hash) = replaces {
            items.push(self.db.delete_in_transaction(&keys::invitation_token(hash), None)?);
        }
        self.once("invitation", items).await
    }

    /// Invitations that wait, and those that have run out lately.
    pub async fn invitations(&self) -> Result<Vec<Invitation>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::invitations(&self.id)));
        let page = self.db.query("invitations", condition, true, 1_000).await?;
        page.items.iter().map(|item| read("invitations", item)).collect()
    }

    /// One invitation.
    pub async fn invitation(&self, id: &str) -> Result<Option<Invitation>, StoreError> {
        let item = self.db.get("invitation", &self.invitation_key(id)).await?;
        item.map(|item| read("invitation", &item)).transpose()
    }

    /// Takes an invitation back.
    pub async fn revoke_invitation(
        &self,
        invitation: &Invitation,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let unchanged =
            Expression::new("#h = :was").name("#h", "hash").value(":was", text(&invitation.token_hash));
        let items = vec![
            self.db.delete_in_transaction(&self.invitation_key(&invitation.id), Some(unchanged))?,
            self.db.delete_in_transaction(&keys::invitation_token(&invitation.token_hash), None)?,
            self.db.audit_write(keys::audit(&self.id), audit)?,
        ];
        self.once("invitation", items).await
    }

    /// Makes the invited person a member and uses the invitation up: both or neither, once.
    pub async fn accept_invitation(
        &self,
        invitation: &Invitation,
        joining: &Joining,
    ) -> Result<(), StoreError> {
        let unchanged =
            Expression::new("#h = :was").name("#h", "hash").value(":was", text(&invitation.token_hash));
        for attempt in 0..TRIES {
            let version = self.settings_version().await?;
            let organization = self.db.organization(&joining.user.organization_id);
            let mut items = vec![
                self.db
                    .delete_in_transaction(&self.invitation_key(&invitation.id), Some(unchanged.clone()))?,
                self.next_version(version)?,
                self.db.delete_in_transaction(&keys::invitation_token(&invitation.token_hash), None)?,
                self.setting_write(&SettingWrite::Member(joining.member.clone()))?,
                self.db.audit_write(keys::audit(&self.id), &joining.audit)?,
            ];
            items.extend(organization.joining(&joining.user, joining.new_subject.as_deref())?);
            match self.db.transact("joining", items).await? {
                Transacted::Done => return Ok(()),
                Transacted::Refused(failed) if failed.iter().any(|place| *place != 1) => {
                    return Err(StoreError::new(StoreErrorKind::Conflict, "joining", "used up meanwhile"));
                }
                _ => self.db.back_off(attempt).await,
            }
        }
        Err(StoreError::new(StoreErrorKind::Conflict, "joining", "too much contention"))
    }

    fn invitation_key(&self, id: &str) -> Key {
        Key { pk: keys::invitations(&self.id), sk: id.to_owned() }
    }

    async fn once(&self, op: &'static str, items: Vec<TransactWriteItem>) -> Result<(), StoreError> {
        match self.db.transact(op, items).await? {
            Transacted::Done => Ok(()),
            _ => Err(StoreError::new(StoreErrorKind::Conflict, op, "changed meanwhile")),
        }
    }
}

/// A sign-up that has proved nothing yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SignUp {
    pub email: String,
    pub locale: String,
    pub until: colibri_domain::Millis,
}

/// Everything that a sign-up creates.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Founding {
    pub organization: colibri_domain::people::Organization,
    pub workspace: Workspace,
    pub user: User,
    pub owner: Membership,
    pub subject: String,
    /// Contacts that fit before there is a plan.
    pub quota: u64,
    /// What it pays for: nothing yet.
    pub subscription: Subscription,
    /// What it may do until it pays.
    pub access: Access,
    /// What its workspace begins with.
    pub segments: Vec<Segment>,
    pub audit: AuditEntry,
}

impl InstallationStore {
    /// The workspace and the invitation of a token's hash.
    pub async fn invitation(
        &self,
        token_hash: &str,
    ) -> Result<Option<(colibri_domain::WorkspaceId, String)>, StoreError> {
        let item = self.db.get("invitation token", &keys::invitation_token(token_hash)).await?;
        Ok(item.and_then(|item| {
            Some((str_of(&item, "ws")?.parse().ok()?, str_of(&item, "invitation")?.to_owned()))
        }))
    }

    /// The person of an address.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<(OrganizationId, UserId)>, StoreError> {
        let item = self.db.get("user by e-mail", &keys::user_email(email)).await?;
        Ok(item.and_then(|item| {
            Some((str_of(&item, "org")?.parse().ok()?, str_of(&item, "user")?.parse().ok()?))
        }))
    }

    /// Remembers a sign-up by the hash of the token that was mailed.
    pub async fn put_sign_up(&self, token_hash: &str, sign_up: &SignUp) -> Result<(), StoreError> {
        let mut item = key(&keys::sign_up(token_hash));
        item.insert("_t".to_owned(), text("sign_up"));
        item.insert("email".to_owned(), text(&sign_up.email));
        item.insert("locale".to_owned(), text(&sign_up.locale));
        item.insert("until".to_owned(), number(sign_up.until.0));
        item.insert("ttl".to_owned(), number(sign_up.until.seconds().0 + 60));
        self.db.put("sign-up", item, None).await
    }

    /// A sign-up by the hash of its token.
    pub async fn sign_up(&self, token_hash: &str) -> Result<Option<SignUp>, StoreError> {
        let item = self.db.get("sign-up", &keys::sign_up(token_hash)).await?;
        Ok(item.and_then(|item| {
            Some(SignUp {
                email: str_of(&item, "email")?.to_owned(),
                locale: str_of(&item, "locale")?.to_owned(),
                until: colibri_domain::Millis(number_of(&item, "until")?),
            })
        }))
    }

    /// A page of the organizations of the installation, in the order of their ids.
    pub async fn organizations(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<crate::Page<OrganizationId>, StoreError> {
        let scope = "organizations";
        let after = cursor.map(|token| self.db.cursors.open(scope, token)).transpose()?.unwrap_or_default();
        let condition = Expression::new("PK = :pk AND SK > :after")
            .value(":pk", text(keys::organizations()))
            .value(":after", text(format!("{after} ")));
        let page = self.db.query("organizations", condition, false, limit).await?;
        let items: Vec<OrganizationId> =
            page.items.iter().filter_map(|item| str_of(item, "SK")?.parse().ok()).collect();
        let next_cursor = match items.last() {
            Some(last) if page.more => Some(self.db.cursors.seal(scope, last.as_str())),
            _ => None,
        };
        Ok(crate::Page { items, next_cursor })
    }

    /// Counts an attempt in a stretch of time; false where there were `most` already.
    pub async fn admit(&self, who: &str, window: &str, most: u32, ttl: i64) -> Result<bool, StoreError> {
        let update = Expression::new("SET #t = :t, #l = :ttl ADD n :one")
            .name("#t", "_t")
            .name("#l", "ttl")
            .value(":t", text("attempts"))
            .value(":ttl", number(ttl))
            .value(":one", number(1))
            .value(":most", number(most));
        let room = Some("attribute_not_exists(n) OR n < :most");
        let done = self.db.update("attempts", &keys::attempts(who, window), update, room).await;
        Ok(unless_conflict(done)?.is_some())
    }

    /// Founds an organization with its first workspace and owner, and uses the sign-up up: all or nothing, once.
    pub async fn found(&self, token_hash: &str, founding: &Founding) -> Result<(), StoreError> {
        let organization = self.db.organization(&founding.organization.id);
        let workspace = self.db.workspace(&founding.workspace.id);
        let there = Expression::new("attribute_exists(PK)");
        let fresh = || Some(Expression::new("attribute_not_exists(PK)"));
        let mut quota = key(&keys::quota(&founding.organization.id));
        quota.insert("_t".to_owned(), text("quota"));
        quota.insert("lim".to_owned(), number(founding.quota));
        quota.insert("used".to_owned(), number(0));
        let mut items = vec![
            self.db.delete_in_transaction(&keys::sign_up(token_hash), Some(there))?,
            self.db.put_in_transaction(organization.item(&founding.organization)?, fresh())?,
            self.db.put_in_transaction(quota, fresh())?,
            self.db
                .put_in_transaction(organization.subscription_item(&founding.subscription, 1)?, fresh())?,
            self.db.put_in_transaction(organization.access_item(founding.access, 0)?, fresh())?,
            self.db.put_in_transaction(organization_row(&founding.organization), None)?,
            workspace.setting_write(&SettingWrite::Workspace(founding.workspace.clone()))?,
            workspace.setting_write(&SettingWrite::Member(founding.owner.clone()))?,
            workspace.next_version(0)?,
            self.db
                .put_in_transaction(workspace_row(&founding.organization.id, &founding.workspace)?, None)?,
            self.db.audit_write(keys::organization_audit(&founding.organization.id), &founding.audit)?,
        ];
        items.extend(workspace.first_segments(&founding.segments)?);
        items.extend(organization.joining(&founding.user, Some(&founding.subject))?);
        match self.db.transact("founding", items).await? {
            Transacted::Done => Ok(()),
            _ => Err(StoreError::new(StoreErrorKind::Conflict, "founding", "used up meanwhile")),
        }
    }
}

/// The organization's own list of its workspaces.
pub(crate) fn workspace_row(
    organization: &OrganizationId,
    workspace: &Workspace,
) -> Result<crate::item::Attributes, StoreError> {
    let at = Key { pk: keys::organization_workspaces(organization), sk: workspace.id.as_str().to_owned() };
    document(&at, "organization_workspace", workspace)
}

impl OrganizationStore {
    /// The writes that make a person of the installation, or note where a known one belongs now.
    pub(crate) fn joining(
        &self,
        user: &User,
        new_subject: Option<&str>,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut items =
            vec![self.user_write(user)?, self.db.put_in_transaction(person(&self.id, user)?, None)?];
        if let Some(subject) = new_subject {
            let entry = |at: &Key, kind: &str| {
                let mut item = key(at);
                item.insert("_t".to_owned(), text(kind));
                item.insert("org".to_owned(), text(self.id.as_str()));
                item.insert("user".to_owned(), text(user.id.as_str()));
                item
            };
            let free = || Some(Expression::new("attribute_not_exists(PK)"));
            let mut by_email = entry(&keys::user_email(&user.email), "user_email");
            by_email.insert("sub".to_owned(), text(subject));
            items.push(self.db.put_in_transaction(by_email, free())?);
            items.push(self.db.put_in_transaction(entry(&keys::subject(subject), "subject"), free())?);
        }
        Ok(items)
    }
}
