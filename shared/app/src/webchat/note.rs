//! The mail to a visitor who did not come back: all unread answers in one, with a link that restores his session.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use colibri_channels::webchat::mail::{self, Answer};
use colibri_channels::webchat::token::{Claims, TokenKind, sign};
use colibri_domain::Millis;
use colibri_domain::channel::Channel;
use colibri_domain::time::Seconds;
use colibri_domain::webchat::{FeedAuthor, FeedEntry};
use colibri_store::{Mark, Store, VisitorState, VisitorStore, WorkspaceStore};

use super::deliver::{AWAY, NoteJob};
use super::{chat_url, secrets};
use crate::http::{Record, RecordError, RecordHandler};
use crate::ports::{Clock, KeyVault, Mail, MailMessage, Metrics, PortErrorKind, Queue, QueueName};

/// Life of the link in seconds.
const LINK_SECONDS: i64 = 7 * 86_400;
/// Answers that one mail shows; the link leads to all of them.
const SHOWN: u32 = 50;

/// Looks after visitors who went away.
#[allow(missing_docs)]
pub struct WebchatNote {
    pub store: Store,
    pub vault: Arc<dyn KeyVault>,
    pub mail: Arc<dyn Mail>,
    pub queue: Arc<dyn Queue>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<dyn Metrics>,
    /// Base of public addresses.
    pub base_url: String,
}

fn failed(error: impl std::fmt::Display) -> RecordError {
    RecordError(error.to_string())
}

#[async_trait]
impl RecordHandler for WebchatNote {
    async fn handle(&self, record: Record) -> Result<(), RecordError> {
        let job: NoteJob =
            serde_json::from_str(&record.body).map_err(|e| RecordError(format!("note: {e}")))?;
        let store = self.store.workspace(&job.workspace_id);
        let visitor = store.visitor(&job.channel_id, &job.visitor);
        let Some(state) = visitor.state().await.map_err(failed)? else { return Ok(()) };
        let channel = store.channel(&job.channel_id).await.map_err(failed)?;
        let (Some(channel), Some(email)) = (channel, state.session.email.clone()) else {
            return visitor.end_note().await.map_err(failed);
        };
        let unread = unread(&visitor, &state).await?;
        let now = self.clock.now();
        let Some(last) = unread.last() else { return visitor.end_note().await.map_err(failed) };
        // From his coming back, or from the first answer that he has not seen.
        let left = away(&unread, now);
        if left > 0 {
            let delay = Duration::from_millis(u64::try_from(left).unwrap_or(0)).min(AWAY);
            visitor.end_note().await.map_err(failed)?;
            if visitor.arrange_note(now, now.plus(left)).await.map_err(failed)? {
                self.queue.send(QueueName::Note, vec![job.message(delay)]).await.map_err(failed)?;
            }
            return Ok(());
        }
        let up_to = last.seq;
        // Noted before it leaves: a second mail is worse than none, the answers wait in the chat.
        if !visitor.mark(Mark::Mailed, up_to).await.map_err(failed)? {
            return Ok(());
        }
        visitor.end_note().await.map_err(failed)?;
        let link = self.link(&store, &channel, &job.visitor, now).await?;
        let title = channel.webchat.as_ref().map(|s| s.title.as_str()).filter(|title| !title.is_empty());
        let answers: Vec<Answer> = unread
            .iter()
            .map(|entry| Answer { author: entry.author.clone(), text: entry.body.words().to_owned() })
            .collect();
        let note = mail::note(&state.session.language, title.unwrap_or(&channel.name), &answers, &link);
        let message = MailMessage { to: email, subject: note.subject, text: note.text, html: note.html };
        match self.mail.send(&message).await {
            Ok(()) => {
                self.metrics.count("webchat.notes", 1);
                Ok(())
            }
            // No mail is set up, or this one is never taken.
            Err(error) if error.kind == PortErrorKind::Denied => {
                tracing::info!(error.cause = %error, "offline note not sent");
                Ok(())
            }
            Err(error) => {
                visitor.unmark(Mark::Mailed, up_to, state.mailed).await.map_err(failed)?;
                Err(failed(error))
            }
        }
    }
}

/// Answers that the visitor has neither read nor been mailed.
async fn unread(visitor: &VisitorStore, state: &VisitorState) -> Result<Vec<FeedEntry>, RecordError> {
    let since = state.read.max(state.mailed);
    if since >= state.seq {
        return Ok(Vec::new());
    }
    let (entries, _) = visitor.feed_after(since, SHOWN).await.map_err(failed)?;
    // Whoever writes has seen what stood above.
    let own = entries.iter().rposition(|entry| entry.from == FeedAuthor::Visitor);
    Ok(entries.into_iter().skip(own.map_or(0, |place| place + 1)).collect())
}

/// Milliseconds that are left until the first of these answers has waited long enough.
fn away(unread: &[FeedEntry], now: Millis) -> i64 {
    let wait = i64::try_from(AWAY.as_millis()).unwrap_or(0);
    unread.first().map_or(0, |first| wait - now.since(first.at))
}

impl WebchatNote {
    async fn link(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        visitor: &str,
        now: Millis,
    ) -> Result<String, RecordError> {
        let secrets = secrets(store, &*self.vault, &channel.id).await.map_err(|p| RecordError(p.detail))?;
        let secrets = secrets.ok_or_else(|| RecordError("the chat has no secrets".into()))?;
        let claims = Claims {
            kind: TokenKind::Restore,
            channel: channel.id.clone(),
            visitor: visitor.to_owned(),
            expires: Seconds(now.seconds().0 + LINK_SECONDS),
            user: None,
            language: None,
            file: None,
        };
        let token = sign(&secrets.session, &claims);
        Ok(format!("{}/restore?t={token}", chat_url(&self.base_url, &channel.account)))
    }
}
