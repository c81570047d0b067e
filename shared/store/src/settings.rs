//! A workspace's settings: all of them with one Query, with a version that grows with each change.

use colibri_domain::channel::Channel;
use colibri_domain::event::{Event, EventKind};
use colibri_domain::message::{Actor, Source};
use colibri_domain::people::{
    ClosingCategory, ClosingNoteMode, CustomField, CustomRole, Membership, Stage, Tag, Team, Visibility,
    Workspace,
};
use colibri_domain::template::{Template, TemplateStatus};
use colibri_domain::{ChannelId, EventId, Millis, OrganizationId, UserId};
use serde::Serialize;

use crate::channel_seen::channel_of;
use crate::db::Expression;
use crate::error::StoreError;
use crate::item::{Attributes, carry, document, key, number, number_of, read, str_of, text};
use crate::keys::{self, Key};
use crate::{Store, WorkspaceStore};

/// Settings of a workspace.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Settings {
    pub workspace: Workspace,
    pub members: Vec<Membership>,
    pub teams: Vec<Team>,
    pub channels: Vec<Channel>,
    pub tags: Vec<Tag>,
    /// In their order; without those that were deleted.
    pub fields: Vec<CustomField>,
    /// Slugs of deleted fields: they stay taken.
    pub retired_slugs: Vec<String>,
    /// In their order.
    pub stages: Vec<Stage>,
    pub closing_categories: Vec<ClosingCategory>,
    /// The two that every workspace has, and its own.
    pub roles: Vec<CustomRole>,
    /// Grows with each change.
    pub version: u64,
}

/// A channel's credentials, sealed by the key vault.
#[derive(Debug, Clone)]
pub struct ChannelSecrets {
    /// What calls to the provider carry.
    pub token: String,
}

impl Settings {
    /// A user's place here.
    pub fn member(&self, user: &UserId) -> Option<&Membership> {
        self.members.iter().find(|m| m.user_id == *user)
    }

    /// A channel.
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.iter().find(|c| c.id == *id)
    }

    /// Users who share a team with a member; empty where his visibility does not need them.
    pub fn teammates(&self, member: &Membership) -> Vec<UserId> {
        if member.visibility != Visibility::Team {
            return Vec::new();
        }
        self.members
            .iter()
            .filter(|m| m.teams.iter().any(|t| member.teams.contains(t)))
            .map(|m| m.user_id.clone())
            .collect()
    }
}

impl WorkspaceStore {
    /// All settings; `None` where there is no such workspace.
    pub async fn settings(&self) -> Result<Option<Settings>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::settings(&self.id)));
        let page = self.db.query("settings", condition, false, 5000).await?;
        self.settings_of(&page.items)
    }

    /// The same with everything that was written before.
    pub async fn settings_now(&self) -> Result<Option<Settings>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::settings(&self.id)));
        let page = self.db.query_now("settings", condition, 5000).await?;
        self.settings_of(&page.items)
    }

    fn settings_of(&self, items: &[Attributes]) -> Result<Option<Settings>, StoreError> {
        let mut workspace = None;
        let mut settings = Settings {
            workspace: Workspace {
                id: self.id.clone(),
                organization_id: colibri_domain::OrganizationId::from_unique("0"),
                name: String::new(),
                timezone: String::new(),
                country: String::new(),
                closing_note_mode: ClosingNoteMode::default(),
                consumers: Vec::new(),
            },
            members: Vec::new(),
            teams: Vec::new(),
            channels: Vec::new(),
            tags: Vec::new(),
            fields: Vec::new(),
            retired_slugs: Vec::new(),
            stages: Vec::new(),
            closing_categories: Vec::new(),
            roles: CustomRole::presets(),
            version: 0,
        };
        for item in items {
            match str_of(item, "_t") {
                Some("workspace") => workspace = Some(read::<Workspace>("settings", item)?),
                Some("member") => settings.members.push(read("settings", item)?),
                Some("team") => settings.teams.push(read("settings", item)?),
                Some("channel") => settings.channels.push(channel_of(item)?),
                Some("tag") => settings.tags.push(read("settings", item)?),
                Some("field") => {
                    let field: CustomField = read("settings", item)?;
                    if field.deleted {
                        settings.retired_slugs.push(field.slug);
                    } else {
                        settings.fields.push(field);
                    }
                }
                Some("stage") => settings.stages.push(read("settings", item)?),
                Some("closing_category") => settings.closing_categories.push(read("settings", item)?),
                Some("role") => settings.roles.push(read("settings", item)?),
                Some("version") => settings.version = number_of(item, "n").unwrap_or(0),
                _ => {}
            }
        }
        settings.fields.sort_by_key(|field| field.position);
        settings.stages.sort_by_key(|stage| stage.position);
        for member in &mut settings.members {
            let role = settings.roles.iter().find(|role| Some(&role.id) == member.custom_role.as_ref());
            // A team that was deleted leaves its id behind.
            member.teams.retain(|team| settings.teams.iter().any(|known| known.id == *team));
            member.custom_rights = role.map(|role| role.rights.clone()).unwrap_or_default();
        }
        Ok(workspace.map(|workspace| Settings { workspace, ..settings }))
    }

    async fn put_setting<T: Serialize>(
        &self,
        at: &Key,
        kind: &'static str,
        value: &T,
        events: &[Event],
    ) -> Result<(), StoreError> {
        let mut item = document(at, kind, value)?;
        carry(&mut item, events)?;
        self.db.put("settings", item, None).await?;
        self.bump_settings().await
    }

    /// Tells everybody who caches settings that they changed.
    pub async fn bump_settings(&self) -> Result<(), StoreError> {
        let at = keys::setting(&self.id, "VN", "0");
        let update = Expression::new("ADD n :one SET #t = :t")
            .name("#t", "_t")
            .value(":one", number(1))
            .value(":t", text("version"));
        self.db.update("settings", &at, update, None).await.map(|_| ())
    }

    /// The workspace's own facts.
    pub async fn put_workspace(&self, workspace: &Workspace) -> Result<(), StoreError> {
        let row = crate::members::workspace_row(&workspace.organization_id, workspace)?;
        self.db.put("workspace", row, None).await?;
        self.put_setting(&keys::setting(&self.id, "WS", "0"), "workspace", workspace, &[]).await
    }

    /// A membership.
    pub async fn put_member(&self, member: &Membership) -> Result<(), StoreError> {
        self.put_setting(&keys::setting(&self.id, "U", member.user_id.as_str()), "member", member, &[]).await
    }

    /// A team.
    pub async fn put_team(&self, team: &Team) -> Result<(), StoreError> {
        self.put_setting(&keys::setting(&self.id, "TM", team.id.as_str()), "team", team, &[]).await
    }

    /// A role of the workspace's own.
    pub async fn put_role(&self, role: &CustomRole) -> Result<(), StoreError> {
        self.put_setting(&keys::setting(&self.id, "RO", &role.id), "role", role, &[]).await
    }

    /// A tag.
    pub async fn put_tag(&self, tag: &Tag) -> Result<(), StoreError> {
        self.put_setting(&keys::setting(&self.id, "TG", &tag.id), "tag", tag, &[]).await
    }

    /// A custom field.
    pub async fn put_field(&self, field: &CustomField) -> Result<(), StoreError> {
        self.put_setting(&keys::setting(&self.id, "FL", &field.id), "field", field, &[]).await
    }

    /// A lifecycle stage.
    pub async fn put_stage(&self, stage: &Stage) -> Result<(), StoreError> {
        self.put_setting(&keys::setting(&self.id, "ST", &stage.id), "stage", stage, &[]).await
    }

    /// A closing category.
    pub async fn put_closing_category(&self, category: &ClosingCategory) -> Result<(), StoreError> {
        self.put_setting(&keys::setting(&self.id, "CC", &category.id), "closing_category", category, &[])
            .await
    }

    /// A channel, with its credentials where they are new. A change of its state is an event.
    pub async fn put_channel(
        &self,
        channel: &Channel,
        secrets: Option<&ChannelSecrets>,
    ) -> Result<(), StoreError> {
        use colibri_domain::channel::ChannelState;
        if let Some(secrets) = secrets {
            let mut item = key(&keys::channel_secret(&self.id, &channel.id));
            item.insert("_t".to_owned(), text("channel_secret"));
            item.insert("sealed".to_owned(), text(&secrets.token));
            self.db.put("channel secret", item, None).await?;
        }
        let at = keys::setting(&self.id, "CH", channel.id.as_str());
        let before: Option<Channel> =
            self.db.get("channel", &at).await?.map(|item| channel_of(&item)).transpose()?;
        let was = before.as_ref().map(|c| c.state);
        let kind = if was == Some(channel.state) {
            None
        } else {
            Some(match channel.state {
                ChannelState::Connected => EventKind::ChannelConnected { channel_id: channel.id.clone() },
                ChannelState::Disconnected => {
                    EventKind::ChannelDisconnected { channel_id: channel.id.clone() }
                }
                ChannelState::Error => EventKind::ChannelError {
                    channel_id: channel.id.clone(),
                    reason: channel.error.as_ref().map(|e| format!("{:?}", e.reason)).unwrap_or_default(),
                },
            })
        };
        let at_time =
            channel.error.as_ref().map(|e| e.at).or(channel.last_event_at).unwrap_or(channel.created_at);
        let events: Vec<Event> = kind
            .into_iter()
            .map(|kind| Event {
                id: EventId::derive(&[
                    self.id.as_str(),
                    channel.id.as_str(),
                    kind.name(),
                    &at_time.0.to_string(),
                ]),
                workspace_id: self.id.clone(),
                contact_id: None,
                at: at_time,
                actor: Actor::source(Source::System),
                version: 0,
                kind,
            })
            .collect();
        self.put_setting(&at, "channel", channel, &events).await
    }

    /// Whose workspace this is; `None` where there is none.
    pub async fn organization_id(&self) -> Result<Option<OrganizationId>, StoreError> {
        let item = self.db.get("workspace", &keys::setting(&self.id, "WS", "0")).await?;
        let workspace: Option<Workspace> = item.map(|item| read("workspace", &item)).transpose()?;
        Ok(workspace.map(|workspace| workspace.organization_id))
    }

    /// A channel.
    pub async fn channel(&self, id: &ChannelId) -> Result<Option<Channel>, StoreError> {
        let item = self.db.get("channel", &keys::setting(&self.id, "CH", id.as_str())).await?;
        item.map(|item| channel_of(&item)).transpose()
    }

    /// A channel's sealed credentials.
    pub async fn channel_secret(&self, channel: &ChannelId) -> Result<Option<String>, StoreError> {
        let item = self.db.get("channel secret", &keys::channel_secret(&self.id, channel)).await?;
        Ok(item.and_then(|item| str_of(&item, "sealed").map(str::to_owned)))
    }

    /// Forgets a channel's credentials.
    pub async fn delete_channel_secrets(&self, channel: &ChannelId) -> Result<(), StoreError> {
        self.db.delete("channel secret", &keys::channel_secret(&self.id, channel), None).await.map(|_| ())
    }

    /// Templates of a channel.
    pub async fn templates(&self, channel: &ChannelId) -> Result<Vec<Template>, StoreError> {
        let condition = Expression::new("PK = :pk").value(":pk", text(keys::templates(&self.id, channel)));
        let page = self.db.query("templates", condition, false, 6000).await?;
        page.items.iter().map(|item| read("templates", item)).collect()
    }

    /// A template by name and language.
    pub async fn template(
        &self,
        channel: &ChannelId,
        name: &str,
        language: &str,
    ) -> Result<Option<Template>, StoreError> {
        let item = self.db.get("template", &self.template_key(channel, name, language)).await?;
        item.map(|item| read("template", &item)).transpose()
    }

    fn template_key(&self, channel: &ChannelId, name: &str, language: &str) -> Key {
        Key { pk: keys::templates(&self.id, channel), sk: format!("{name}#{language}") }
    }

    /// Makes the stored templates what the provider lists; those that are gone are deleted.
    pub async fn replace_templates(
        &self,
        channel: &ChannelId,
        templates: &[Template],
    ) -> Result<(), StoreError> {
        let known = self.templates(channel).await?;
        for template in templates.iter().filter(|t| !known.contains(t)) {
            self.put_template(template, None).await?;
        }
        for gone in
            known.iter().filter(|k| !templates.iter().any(|t| t.name == k.name && t.language == k.language))
        {
            self.db.delete("template", &self.template_key(channel, &gone.name, &gone.language), None).await?;
        }
        Ok(())
    }

    /// Stores a template; `changed_at` makes its change an event.
    pub async fn put_template(
        &self,
        template: &Template,
        changed_at: Option<Millis>,
    ) -> Result<(), StoreError> {
        let at = self.template_key(&template.channel_id, &template.name, &template.language);
        let mut item = document(&at, "template", template)?;
        if let Some(now) = changed_at {
            let kind = EventKind::TemplateStatusChanged {
                channel_id: template.channel_id.clone(),
                name: template.name.clone(),
                language: template.language.clone(),
            };
            let event = Event {
                id: EventId::derive(&[
                    self.id.as_str(),
                    template.channel_id.as_str(),
                    &template.name,
                    &template.language,
                    &now.0.to_string(),
                ]),
                workspace_id: self.id.clone(),
                contact_id: None,
                at: now,
                actor: Actor::source(Source::System),
                version: 0,
                kind,
            };
            carry(&mut item, &[event])?;
        }
        self.db.put("template", item, None).await
    }

    /// The provider's verdict on a template that we know; one that we do not know comes with the next reading.
    pub async fn set_template_status(
        &self,
        channel: &ChannelId,
        name: &str,
        language: &str,
        status: TemplateStatus,
        reason: Option<&str>,
        now: Millis,
    ) -> Result<(), StoreError> {
        let Some(mut template) = self.template(channel, name, language).await? else { return Ok(()) };
        if template.status == status && template.reason.as_deref() == reason {
            return Ok(());
        }
        template.status = status;
        template.reason = reason.map(str::to_owned);
        self.put_template(&template, Some(now)).await
    }
}

impl Store {
    /// Whether the table answers: for health checks of the installation.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.get("ping", &Key { pk: "I#PING".into(), sk: "D".into() }).await.map(|_| ())
    }
}
