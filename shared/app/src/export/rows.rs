//! Rows of an export: who and what belongs to it, and how it stands in the file.

use colibri_domain::contact::{Head, Profile};
use colibri_domain::content::Content;
use colibri_domain::export::{ContactScope, ExportJob, ExportWhat, MessageScope};
use colibri_domain::message::{Message, MessageState};
use colibri_domain::people::Membership;
use colibri_domain::segment::{Filter, Subject, compile};
use colibri_domain::{ContactId, Millis, UserId};
use colibri_store::{Settings, StoreError, WorkspaceStore};
use serde_json::Value;

use crate::api::audit::csv_line;
use crate::api::segments::dictionary_of;

const CONTACT_HEAD: [&str; 13] = [
    "contact_id",
    "first_name",
    "last_name",
    "phone",
    "email",
    "country",
    "language",
    "tags",
    "status",
    "assignee",
    "lifecycle",
    "created_at",
    "channels",
];
const MESSAGE_HEAD: [&str; 12] = [
    "message_id",
    "contact_id",
    "contact",
    "time",
    "direction",
    "channel",
    "author",
    "kind",
    "text",
    "status",
    "failure",
    "channel_message_id",
];

/// What rows are made of.
pub(super) struct Rows<'a> {
    pub store: &'a WorkspaceStore,
    pub settings: &'a Settings,
    pub member: &'a Membership,
    pub teammates: &'a [UserId],
    pub job: &'a ExportJob,
}

/// The first line of the file.
pub(super) fn head_line(job: &ExportJob) -> String {
    let cells: Vec<String> = match &job.what {
        ExportWhat::Contacts(_) => {
            let own = job.fields.iter().map(|field| field.name.clone());
            CONTACT_HEAD.iter().map(|cell| (*cell).to_owned()).chain(own).collect()
        }
        _ => MESSAGE_HEAD.iter().map(|cell| (*cell).to_owned()).collect(),
    };
    csv_line(&cells)
}

impl Rows<'_> {
    /// The lines of some contacts; `None` where the filter speaks of what is not there any more.
    pub async fn of(&self, ids: &[ContactId]) -> Result<Option<Vec<String>>, StoreError> {
        match &self.job.what {
            ExportWhat::Contacts(scope) => self.contacts(scope, ids).await,
            ExportWhat::Messages(scope) => self.messages(scope, false, ids).await.map(Some),
            ExportWhat::FailedMessages(scope) => self.messages(scope, true, ids).await.map(Some),
        }
    }

    fn sees(&self, head: &Head) -> bool {
        self.member.sees(head.assignee.as_ref(), self.teammates)
    }

    async fn contacts(
        &self,
        scope: &ContactScope,
        ids: &[ContactId],
    ) -> Result<Option<Vec<String>>, StoreError> {
        let everybody = Filter::default();
        let filter = scope.filter.as_ref().unwrap_or(&everybody);
        let Ok(predicate) = compile(filter, &dictionary_of(self.settings, self.job.created_at)) else {
            return Ok(None);
        };
        let rows = self.store.rows_of(ids, true).await?;
        let lines = rows
            .iter()
            .filter(|row| self.sees(&row.head))
            .filter(|row| predicate.holds(&Subject { head: &row.head, profile: row.profile.as_ref() }));
        Ok(Some(lines.map(|row| self.contact_line(&row.head, row.profile.as_ref())).collect()))
    }

    fn contact_line(&self, head: &Head, profile: Option<&Profile>) -> String {
        let of = |get: fn(&Profile) -> Option<&String>| profile.and_then(get).cloned().unwrap_or_default();
        let tags = head.tags.iter().filter_map(|id| self.settings.tags.iter().find(|tag| tag.id == *id));
        let stage = self.settings.stages.iter().find(|stage| head.stage.as_ref() == Some(&stage.id));
        let mut channels: Vec<String> =
            head.channels.iter().map(|one| self.channel_name(&one.channel_id)).collect();
        channels.dedup();
        let mut cells = vec![
            head.id.to_string(),
            head.first_name.clone(),
            head.last_name.clone(),
            head.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
            head.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            of(|profile| profile.country.as_ref()),
            of(|profile| profile.language.as_ref()),
            tags.map(|tag| tag.name.clone()).collect::<Vec<_>>().join(","),
            if head.conversation.is_some() { "open" } else { "closed" }.to_owned(),
            head.assignee.as_ref().map(|id| self.user_name(id)).unwrap_or_default(),
            stage.map(|stage| stage.name.clone()).unwrap_or_default(),
            moment(head.created_at),
            channels.join(","),
        ];
        // A field that was deleted meanwhile shows nothing any more.
        let known = |slug: &str| self.settings.fields.iter().any(|field| field.slug == slug);
        cells.extend(self.job.fields.iter().map(|field| {
            let value = profile.filter(|_| known(&field.slug)).and_then(|p| p.fields.get(&field.slug));
            value.map(plain).unwrap_or_default()
        }));
        csv_line(&cells)
    }

    async fn messages(
        &self,
        scope: &MessageScope,
        failed: bool,
        ids: &[ContactId],
    ) -> Result<Vec<String>, StoreError> {
        let mut lines = Vec::new();
        for row in self.store.rows_of(ids, false).await? {
            let head = &row.head;
            // Whoever has been silent since before has no message of that time.
            let silent = head.last_message.as_ref().is_none_or(|last| last.at < scope.from);
            if silent || !self.sees(head) {
                continue;
            }
            for part in std::iter::once(head.id).chain(head.origins()) {
                let mut after = None;
                loop {
                    let (from, until) = (scope.from, scope.until);
                    let page = self.store.messages_between(part, from, until, after.as_deref()).await?;
                    let wanted = page.items.iter().filter(|message| belongs(scope, failed, message));
                    lines.extend(wanted.map(|message| self.message_line(head, message)));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
        }
        Ok(lines)
    }

    fn message_line(&self, head: &Head, message: &Message) -> String {
        let word = |value: Result<Value, serde_json::Error>| value.map(|v| plain(&v)).unwrap_or_default();
        let author = match &message.sender.user_id {
            Some(user) => self.user_name(user),
            None => word(serde_json::to_value(message.sender.source)),
        };
        let failure = message.failure.as_ref().map(|failure| word(serde_json::to_value(failure.reason)));
        csv_line(&[
            message.id.to_string(),
            head.id.to_string(),
            head.display_name(),
            moment(message.at),
            word(serde_json::to_value(message.traffic)),
            self.channel_name(&message.channel_id),
            author,
            message.content.kind().to_owned(),
            said(&message.content),
            message.state().map(|state| word(serde_json::to_value(state))).unwrap_or_default(),
            failure.unwrap_or_default(),
            message.channel_message_id.clone().unwrap_or_default(),
        ])
    }

    fn user_name(&self, id: &UserId) -> String {
        self.settings.member(id).map_or_else(|| id.to_string(), |member| member.name.clone())
    }

    fn channel_name(&self, id: &colibri_domain::ChannelId) -> String {
        self.settings.channel(id).map_or_else(|| id.to_string(), |channel| channel.name.clone())
    }
}

fn belongs(scope: &MessageScope, failed: bool, message: &Message) -> bool {
    message.at >= scope.from
        && message.at < scope.until
        && scope.channel_id.as_ref().is_none_or(|id| *id == message.channel_id)
        && scope.user_id.as_ref().is_none_or(|id| message.sender.user_id.as_ref() == Some(id))
        && (!failed || message.state() == Some(MessageState::Failed))
}

/// Everything that was said where it is text; else what a list shows of it.
fn said(content: &Content) -> String {
    match content {
        Content::Text { text } | Content::Template { text, .. } => text.clone(),
        other => other.preview(),
    }
}

fn moment(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|time| time.to_string()).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
