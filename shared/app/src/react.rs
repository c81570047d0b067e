//! Our reactions to the contact's messages: sent at once, kept with the message.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::send::{Outcome, Transport, reaction_request, read_response, transport};
use colibri_domain::channel::Channel;
use colibri_domain::contact::ContactChannel;
use colibri_domain::message::{Message, Reaction, ReactionFrom};
use colibri_store::WorkspaceStore;

use crate::ports::{Clock, HttpError};
use crate::problem::Problem;
use crate::provider::{PROVIDER_LIMITS, Providers};

/// Sends a reaction and keeps it.
#[async_trait]
pub trait SendReaction: Send + Sync {
    /// Returns the message with the reaction; `None` takes ours back.
    async fn react(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        identity: &ContactChannel,
        message: &Message,
        emoji: Option<String>,
    ) -> Result<Message, Problem>;
}

/// Reactions through the channel's provider.
#[allow(missing_docs)]
pub struct ProviderReactions {
    pub providers: Providers,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl SendReaction for ProviderReactions {
    async fn react(
        &self,
        store: &WorkspaceStore,
        channel: &Channel,
        identity: &ContactChannel,
        message: &Message,
        emoji: Option<String>,
    ) -> Result<Message, Problem> {
        if transport(channel.source) == Transport::Own {
            return Err(Problem::refused("content_refused", "This channel has no reactions."));
        }
        let Some(target) = &message.channel_message_id else {
            return Err(Problem::conflict("not_sent_yet", "The provider does not know this message yet."));
        };
        let endpoint = self.providers.endpoint(store, channel).await?;
        let request =
            reaction_request(channel.source, &endpoint, &identity.identity, target, emoji.as_deref(), "")
                .map_err(|error| Problem::refused("content_refused", error.to_string()))?;
        let answer = match self.providers.call(request, PROVIDER_LIMITS).await {
            Ok(answer) => answer,
            // Sending the same reaction twice has the effect of one, so a lost answer is just tried again by hand.
            Err(HttpError::NotSent(_) | HttpError::AnswerLost(_) | HttpError::Refused(_)) => {
                return Err(Problem::unavailable(2));
            }
        };
        match read_response(channel.source, &answer) {
            Outcome::Sent(_) => {
                let reaction =
                    emoji.map(|emoji| Reaction { from: ReactionFrom::Us, emoji, at: self.clock.now() });
                Ok(store.set_reaction(message.contact_id, message.id, ReactionFrom::Us, reaction).await?)
            }
            Outcome::Failed(refused) => {
                let mut problem =
                    Problem::refused("provider_refused", "The provider did not take the reaction.");
                problem.detail = refused.failure.provider_text.unwrap_or(problem.detail);
                Err(problem)
            }
        }
    }
}
