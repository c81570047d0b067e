//! Talking to a channel's provider: its address, the channel's credentials, and one way to carry out requests.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use colibri_channels::{Endpoint, HttpRequest, HttpResponse};
use colibri_domain::channel::{Channel, ChannelSource};
use colibri_store::WorkspaceStore;
use secrecy::SecretString;

use crate::ports::{CallLimits, Http, HttpError, KeyVault, PortError, PortErrorKind, Trust};
use crate::webchat::deliver::Visitors;

/// Base addresses of providers, from configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUrls {
    /// Graph API.
    pub whatsapp: String,
    /// Telegram Bot API.
    pub telegram: String,
    /// Graph API, for pages and Instagram accounts that are reached through one.
    pub messenger: String,
    /// Graph API of Instagram's own login.
    pub instagram: String,
    /// Programmable Messaging of Twilio.
    pub twilio: String,
}

impl ProviderUrls {
    /// Every address.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let every =
            ChannelSource::ALL.iter().flat_map(|source| [false, true].map(|parent| (*source, parent)));
        every.map(|(source, parent)| self.base(source, parent)).filter(|url| !url.is_empty())
    }

    /// The address for a source; `parent`: the account belongs to another that is called for it.
    #[must_use]
    pub fn base(&self, source: ChannelSource, parent: bool) -> &str {
        match source {
            ChannelSource::WhatsappCloud => &self.whatsapp,
            // Never called: nothing of a web chat leaves by HTTP.
            ChannelSource::Webchat => "",
            ChannelSource::Telegram => &self.telegram,
            ChannelSource::Twilio => &self.twilio,
            ChannelSource::Instagram if !parent => &self.instagram,
            ChannelSource::Facebook | ChannelSource::Instagram => &self.messenger,
        }
    }
}

/// Everything needed to call providers on behalf of channels.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Providers {
    pub http: Arc<dyn Http>,
    pub vault: Arc<dyn KeyVault>,
    pub urls: ProviderUrls,
    /// The way to visitors of our own chats; none in functions that never write to people.
    pub visitors: Option<Visitors>,
}

/// Default limits of a provider call: 20 s, 1 MiB of answer.
pub const PROVIDER_LIMITS: CallLimits =
    CallLimits { timeout: Duration::from_secs(20), max_bytes: 1024 * 1024, trust: Trust::Provider };

impl Providers {
    /// Where and as whom to call for a channel, with its token opened.
    pub async fn endpoint(&self, store: &WorkspaceStore, channel: &Channel) -> Result<Endpoint, PortError> {
        let denied = |detail: &str| PortError::new(PortErrorKind::Denied, "channel credentials", detail);
        let sealed = store
            .channel_secret(&channel.id)
            .await
            .map_err(|e| PortError::new(PortErrorKind::Unavailable, "channel credentials", e.to_string()))?
            .ok_or_else(|| denied("the channel has no credentials"))?;
        let token = self.vault.open(channel.workspace_id.as_str(), &sealed).await?;
        self.endpoint_with(channel.source, &channel.account, channel.parent_account.as_deref(), token)
    }

    /// The same with a token that is not stored yet.
    pub fn endpoint_with(
        &self,
        source: ChannelSource,
        account: &str,
        parent: Option<&str>,
        token: SecretString,
    ) -> Result<Endpoint, PortError> {
        Endpoint::new(self.urls.base(source, parent.is_some()), account, parent, token)
            .map_err(|e| PortError::new(PortErrorKind::Denied, "channel credentials", e.to_string()))
    }

    /// Carries out a request that an adapter built.
    pub async fn call(&self, request: HttpRequest, limits: CallLimits) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let answer = self.http.call(http::Request::from_parts(parts, Bytes::from(body)), limits).await?;
        let (parts, body) = answer.into_parts();
        Ok(http::Response::from_parts(parts, body.to_vec()))
    }
}
