//! The health of a channel: what the provider says of account, token and subscription, and how long it has been
//! silent.

use std::sync::Arc;

use colibri_channels::account::{self, StepReport};
use colibri_channels::send::{Transport, transport};
use colibri_domain::channel::{Channel, ChannelError, ChannelState, Check};
use colibri_domain::failure::FailureClass;
use colibri_store::WorkspaceStore;

use crate::ports::{Clock, HttpError};
use crate::problem::Problem;
use crate::provider::{PROVIDER_LIMITS, Providers};
use crate::webhook;

/// Two days without any delivery are worth a word, in milliseconds.
const SILENT_MILLIS: i64 = 2 * 24 * 60 * 60 * 1000;

/// Checks channels.
#[allow(missing_docs)]
pub struct ChannelHealth {
    pub providers: Providers,
    pub clock: Arc<dyn Clock>,
    /// Base of webhook addresses.
    pub webhook_url: String,
}

impl ChannelHealth {
    /// Asks the provider everything, stores what was learnt and returns the channel as it is now.
    ///
    /// Only a clear refusal marks a channel as broken: an unreachable provider proves nothing.
    pub async fn check(&self, store: &WorkspaceStore, mut channel: Channel) -> Result<Channel, Problem> {
        // What is our own has nobody to ask about it.
        if channel.state == ChannelState::Disconnected || transport(channel.source) == Transport::Own {
            return Ok(channel);
        }
        let before = channel.clone();
        let now = self.clock.now();
        let endpoint = self.providers.endpoint(store, &channel).await?;
        let address = webhook::address(&self.webhook_url, &channel);
        let mut checks = Vec::new();
        let mut broken = None;
        for step in account::check_steps(channel.source) {
            let report = match account::request(channel.source, *step, &endpoint, None) {
                Ok(request) => match self.providers.call(request, PROVIDER_LIMITS).await {
                    Ok(answer) => account::read(channel.source, *step, &answer, &address),
                    Err(HttpError::NotSent(_) | HttpError::AnswerLost(_) | HttpError::Refused(_)) => {
                        return Err(Problem::unavailable(10));
                    }
                },
                Err(_) => StepReport::default(),
            };
            take_facts(&mut channel, &report);
            checks.extend(report.checks);
            broken = broken.or(report.refused.filter(|r| r.failure.class == FailureClass::Account));
        }
        let silent = channel.last_event_at.is_some_and(|at| now.since(at) > SILENT_MILLIS);
        checks.push(Check { key: "deliveries".into(), ok: !silent, detail: None });
        channel.checks = checks;
        if let Some(refused) = broken {
            channel.state = ChannelState::Error;
            let since = channel.error.as_ref().map_or(now, |e| e.at);
            channel.error =
                Some(ChannelError { reason: refused.failure.reason, code: refused.failure.code, at: since });
        } else {
            channel.state = ChannelState::Connected;
            channel.error = None;
        }
        if channel != before {
            store.put_channel(&channel, None).await?;
        }
        Ok(channel)
    }
}

fn take_facts(channel: &mut Channel, report: &StepReport) {
    let Some(facts) = report.facts.clone() else { return };
    if let Some(display) = facts.display {
        channel.display = display;
    }
    channel.verified_name = facts.verified_name.or(channel.verified_name.take());
    channel.quality = facts.quality.or(channel.quality);
    channel.throughput = facts.throughput.unwrap_or(channel.throughput);
    channel.messaging_limit = facts.messaging_limit.or(channel.messaging_limit);
}
