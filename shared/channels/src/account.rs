//! Connecting an account and looking after its health.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use colibri_domain::channel::{ChannelSource, Check, Quality};

use crate::meta::account as graph;
use crate::send::{Refusal, RefusalCode};
use crate::wire::{Endpoint, HttpRequest, HttpResponse, InvalidRequest, Refused};
use crate::{instagram, messenger, telegram, twilio, whatsapp};

/// What a person enters to connect an account.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// The provider's id of the account.
    pub account: String,
    /// The provider's id of what it belongs to.
    pub parent_account: Option<String>,
    /// The provider's app that signs deliveries.
    pub app: Option<String>,
    /// Kept encrypted.
    pub token: SecretString,
    /// Secret of the customer's own app, where he brings one. Kept encrypted.
    pub app_secret: Option<SecretString>,
}

/// A question to the provider about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The account itself: display name, number, quality, limits.
    Number,
    /// Whether the token lives and what it may do.
    Token,
    /// Whether deliveries are subscribed.
    Subscription,
    /// Subscribes deliveries.
    Subscribe,
    /// Sends deliveries of this account to our address.
    Override,
    /// Ends deliveries to our address.
    Unsubscribe,
}

/// Our webhook, where the provider has to be told.
#[derive(Debug, Clone)]
pub struct WebhookTarget {
    /// Public address.
    pub url: String,
    /// Answered in the handshake, or sent with each delivery.
    pub verify_token: SecretString,
}

/// What the provider says about an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountFacts {
    /// Address that customers write to, as people read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Name that customers see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_name: Option<String>,
    /// Opinion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Messages per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput: Option<u32>,
    /// Unique people per 24 h that may be written to first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messaging_limit: Option<u32>,
}

/// Answer to a step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StepReport {
    /// Points for the channel's page.
    pub checks: Vec<Check>,
    /// What was learnt, for [`Step::Number`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<AccountFacts>,
    /// The provider refused to answer: class `account` marks the channel, `retry` and `wait` prove nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// Reads the settings of a new channel; pointers are relative to `config`.
pub fn read_config(source: ChannelSource, config: &serde_json::Value) -> Result<AccountConfig, Vec<Refusal>> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::account::read_config(config),
        // Its account and secrets are ours to make: nothing of a provider's is entered.
        ChannelSource::Webchat => {
            Err(vec![Refusal::new("", RefusalCode::UnsupportedType, "a web chat has no provider's account")])
        }
        ChannelSource::Telegram => telegram::account::read_config(config),
        ChannelSource::Twilio => twilio::account::read_config(config),
        ChannelSource::Facebook => graph::read_config(&messenger::PRODUCT, config),
        ChannelSource::Instagram => graph::read_config(&instagram::PRODUCT, config),
    }
}

/// The member of the settings that holds the token, for pointers.
pub const fn token_field(source: ChannelSource) -> &'static str {
    match source {
        ChannelSource::WhatsappCloud | ChannelSource::Facebook | ChannelSource::Instagram => "access_token",
        ChannelSource::Telegram => "bot_token",
        ChannelSource::Twilio => "auth_token",
        // It has none.
        ChannelSource::Webchat => "",
    }
}

/// Conditions that a person has to tick before an account is connected.
pub const fn checklist(source: ChannelSource) -> &'static [&'static str] {
    match source {
        ChannelSource::WhatsappCloud => {
            &["number_not_in_app", "provider_bills_usage", "sector_allowed", "government_checked"]
        }
        ChannelSource::Facebook => {
            &["page_is_ours", "page_name_is_bot_name", "operator_is_agency", "human_agent_granted"]
        }
        ChannelSource::Instagram => {
            &["professional_account", "message_access_allowed", "human_agent_granted"]
        }
        ChannelSource::Twilio => {
            &["number_takes_texts", "sender_registered", "countries_enabled", "consent_given", "texts_billed"]
        }
        ChannelSource::Telegram | ChannelSource::Webchat => &[],
    }
}

/// The questions of a health check, in order.
pub fn check_steps(source: ChannelSource) -> &'static [Step] {
    match source {
        ChannelSource::WhatsappCloud | ChannelSource::Facebook | ChannelSource::Twilio => {
            &[Step::Number, Step::Token, Step::Subscription]
        }
        ChannelSource::Webchat => &[],
        ChannelSource::Telegram | ChannelSource::Instagram => &[Step::Number, Step::Subscription],
    }
}

/// What connecting does after the check, in order.
pub fn connect_steps(source: ChannelSource) -> &'static [Step] {
    match source {
        ChannelSource::WhatsappCloud => &[Step::Subscribe, Step::Override],
        // Where deliveries go is set in the app, once for all its accounts.
        ChannelSource::Facebook | ChannelSource::Instagram => &[Step::Subscribe],
        ChannelSource::Webchat => &[],
        ChannelSource::Telegram => &[Step::Override],
        // A person enters our address there: until then the check says that it is not ours.
        ChannelSource::Twilio => &[Step::Token, Step::Subscription],
    }
}

/// What disconnecting does before the token is forgotten, in order.
pub fn disconnect_steps(source: ChannelSource) -> &'static [Step] {
    match source {
        // A subscription belongs to the business account, whose other numbers still need it.
        // At Twilio a person has entered the address, and takes it out.
        ChannelSource::WhatsappCloud | ChannelSource::Webchat | ChannelSource::Twilio => &[],
        ChannelSource::Telegram | ChannelSource::Facebook | ChannelSource::Instagram => &[Step::Unsubscribe],
    }
}

/// Builds the request of a step; `webhook` is needed for [`Step::Override`].
pub fn request(
    source: ChannelSource,
    step: Step,
    endpoint: &Endpoint,
    webhook: Option<&WebhookTarget>,
) -> Result<HttpRequest, InvalidRequest> {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::account::request(step, endpoint, webhook),
        ChannelSource::Webchat => Err(InvalidRequest::NoProvider),
        ChannelSource::Telegram => telegram::account::request(step, endpoint, webhook),
        ChannelSource::Twilio => twilio::account::request(step, endpoint),
        ChannelSource::Facebook => graph::request(&messenger::PRODUCT, step, endpoint),
        ChannelSource::Instagram => graph::request(&instagram::PRODUCT, step, endpoint),
    }
}

/// Reads the answer to a step; `address` is where deliveries should go.
pub fn read(source: ChannelSource, step: Step, response: &HttpResponse, address: &str) -> StepReport {
    match source {
        ChannelSource::WhatsappCloud => whatsapp::account::read(step, response),
        ChannelSource::Webchat => StepReport::default(),
        ChannelSource::Telegram => telegram::account::read(step, response, address),
        ChannelSource::Twilio => twilio::account::read(step, response, address),
        ChannelSource::Facebook => graph::read(&messenger::PRODUCT, step, messenger::answered(response)),
        ChannelSource::Instagram => graph::read(&instagram::PRODUCT, step, instagram::answered(response)),
    }
}
