//! Where a channel's provider delivers to: told when the channel is connected, taken back when it is not any more.

use colibri_channels::Endpoint;
use colibri_channels::account::{self, WebhookTarget};
use colibri_channels::send::{Transport, transport};
use colibri_channels::webhook::{Proof, proof};
use colibri_domain::Millis;
use colibri_domain::billing::machine::Access;
use colibri_domain::channel::{Channel, ChannelError, ChannelState, Check};
use colibri_domain::failure::FailureReason;
use colibri_store::{Store, StoreErrorKind, WorkspaceStore};
use secrecy::{ExposeSecret, SecretString};

use crate::problem::Problem;
use crate::provider::{PROVIDER_LIMITS, Providers};
use crate::settings::{InstallationKey, MetaApps};
use crate::webhook::{address, channel_secret};

/// What is needed to tell providers where to deliver.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Hooks<'a> {
    pub store: &'a Store,
    pub providers: &'a Providers,
    /// The installation's own apps with their verify tokens.
    pub apps: &'a MetaApps,
    /// What secrets of deliveries follow from.
    pub key: &'a InstallationKey,
    /// Base of webhook addresses.
    pub webhook_url: &'a str,
}

impl Hooks<'_> {
    /// What the handshake with a customer's own app names; none for the installation's apps.
    pub async fn customers_token(&self, channel: &Channel) -> Result<Option<String>, Problem> {
        let customers = channel.app.as_deref().filter(|app| self.apps.verify_token(app).is_none());
        let Some(app) = customers else { return Ok(None) };
        let Some(known) = self.store.installation().provider_app(app).await? else { return Ok(None) };
        let token = self.providers.vault.open("installation", &known.verify_token).await?;
        Ok(Some(token.expose_secret().to_owned()))
    }

    /// What deliveries of this channel name: our secret, or the answer to the provider's handshake.
    pub fn target(&self, channel: &Channel, customers_token: Option<String>) -> Option<WebhookTarget> {
        let token = match proof(channel.source) {
            Proof::App => {
                let own = || channel.app.as_deref().and_then(|app| self.apps.verify_token(app));
                customers_token.or_else(own).map(SecretString::from)
            }
            Proof::Channel => channel_secret(self.key, &channel.id),
            // Its token signs; nothing else is named.
            Proof::Account => Some(SecretString::default()),
        };
        Some(WebhookTarget { url: address(self.webhook_url, channel), verify_token: token? })
    }

    /// Tells the provider to deliver to us. Best effort: what it refused is shown with the channel.
    pub async fn subscribe(
        &self,
        channel: &Channel,
        endpoint: &Endpoint,
        target: &WebhookTarget,
    ) -> Vec<Check> {
        let mut checks = Vec::new();
        for step in account::connect_steps(channel.source) {
            let Ok(request) = account::request(channel.source, *step, endpoint, Some(target)) else {
                continue;
            };
            match self.providers.call(request, PROVIDER_LIMITS).await {
                Ok(answer) => {
                    let report = account::read(channel.source, *step, &answer, &target.url);
                    checks.retain(|known: &Check| report.checks.iter().all(|new| new.key != known.key));
                    checks.extend(report.checks);
                }
                Err(error) => {
                    tracing::info!(channel.id = %channel.id, error.cause = %error, "webhook not registered");
                }
            }
        }
        checks
    }

    /// Tells the provider to deliver no more, while we still have the token. Best effort.
    pub async fn unsubscribe(&self, data: &WorkspaceStore, channel: &Channel) {
        let steps = account::disconnect_steps(channel.source);
        if steps.is_empty() || channel.state == ChannelState::Disconnected {
            return;
        }
        let Ok(endpoint) = self.providers.endpoint(data, channel).await else { return };
        for step in steps {
            let Ok(request) = account::request(channel.source, *step, &endpoint, None) else { continue };
            if let Err(error) = self.providers.call(request, PROVIDER_LIMITS).await {
                tracing::info!(channel.id = %channel.id, error.cause = %error, "webhook not removed");
            }
        }
    }

    /// Makes a channel follow its organization's subscription: disconnected when that has ended, as it was before when
    /// somebody came back in time. Returns the channel as it is now.
    pub async fn follow(
        &self,
        data: &WorkspaceStore,
        channel: Channel,
        access: Access,
        now: Millis,
    ) -> Result<Channel, Problem> {
        match access {
            Access::Ended if channel.state != ChannelState::Disconnected => {
                self.rest(data, channel, now).await
            }
            Access::Full if rests(&channel) => self.wake(data, channel).await,
            _ => Ok(channel),
        }
    }

    /// Nothing is delivered or sent; the sealed credentials stay until the data go.
    async fn rest(
        &self,
        data: &WorkspaceStore,
        mut channel: Channel,
        now: Millis,
    ) -> Result<Channel, Problem> {
        self.unsubscribe(data, &channel).await;
        // The directory first: with the channel still connected a run that dies here is made up for by the next.
        self.store.installation().release_account(&channel).await?;
        channel.state = ChannelState::Disconnected;
        channel.error = Some(ChannelError { reason: FailureReason::ServiceEnded, code: None, at: now });
        data.put_channel(&channel, None).await?;
        Ok(channel)
    }

    async fn wake(&self, data: &WorkspaceStore, mut channel: Channel) -> Result<Channel, Problem> {
        match self.store.installation().claim_account(&channel, None).await {
            Ok(()) => {}
            // Somebody else has connected the account meanwhile: a person decides.
            Err(error) if error.kind == StoreErrorKind::Conflict => return Ok(channel),
            Err(error) => return Err(error.into()),
        }
        if transport(channel.source) == Transport::Provider {
            let endpoint = self.providers.endpoint(data, &channel).await?;
            let token = self.customers_token(&channel).await?;
            if let Some(target) = self.target(&channel, token) {
                let checks = self.subscribe(&channel, &endpoint, &target).await;
                channel.checks.retain(|known| checks.iter().all(|new| new.key != known.key));
                channel.checks.extend(checks);
            }
        }
        channel.state = ChannelState::Connected;
        channel.error = None;
        data.put_channel(&channel, None).await?;
        Ok(channel)
    }
}

/// Whether a channel was disconnected because the subscription ended, and comes back with it.
pub fn rests(channel: &Channel) -> bool {
    let ended = |error: &ChannelError| error.reason == FailureReason::ServiceEnded;
    channel.state == ChannelState::Disconnected && channel.error.as_ref().is_some_and(ended)
}
