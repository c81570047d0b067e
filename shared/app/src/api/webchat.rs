//! Web chats: made, set up, and looked for on the site that should carry them.

use std::time::Duration;

use bytes::Bytes;
use colibri_channels::send::Refusal;
use colibri_channels::webchat::identity::Secrets;
use colibri_channels::webchat::install::{Installed, find};
use colibri_channels::webchat::settings;
use colibri_domain::audit::AuditAction;
use colibri_domain::channel::{Channel, ChannelSource, ChannelState, ReadReceipts};
use colibri_domain::people::Right;
use colibri_domain::webchat::WebchatSettings;
use colibri_domain::{ChannelId, Millis};
use colibri_store::ChannelSecrets;
use http::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::channels::{ChannelsResource, ConnectAnswer, config_problem};
use super::gate::Member;
use super::route::{Access, Call, Route};
use crate::http::Response;
use crate::ports::{CallLimits, Trust};
use crate::problem::Problem;
use crate::webchat::{chat_url, secrets};

const fn route(
    method: Method,
    path: &'static str,
    operation: &'static str,
    body: Option<&'static str>,
    answer: Option<&'static str>,
) -> Route {
    Route {
        function: "api-channels",
        method,
        path,
        operation,
        access: Access::Member(Some(Right::ChannelWrite)),
        body,
        status: 200,
        answer,
        query: &[],
    }
}

const CHAT: &str = "/console/{workspace}/channels/{channel}/webchat";
const IDENTITY: &str = "/console/{workspace}/channels/{channel}/webchat/identity";
const INSTALL: &str = "/console/{workspace}/channels/{channel}/webchat/install-check";

/// Routes of web chats, answered with the channels.
pub const ROUTES: &[Route] = &[
    route(Method::GET, CHAT, "getWebchat", None, Some("WebchatAnswer")),
    route(Method::PATCH, CHAT, "updateWebchat", Some("WebchatSettings"), Some("WebchatAnswer")),
    route(Method::GET, IDENTITY, "getIdentityOfWebchat", None, Some("WebchatIdentity")),
    route(Method::POST, IDENTITY, "renewIdentityOfWebchat", None, Some("WebchatIdentity")),
    route(Method::POST, INSTALL, "checkInstallOfWebchat", Some("InstallCheckRequest"), Some("InstallCheck")),
];

/// A chat with what goes into the site.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WebchatAnswer {
    /// As it is set.
    pub settings: WebchatSettings,
    /// Base of the addresses that pages call.
    pub base_url: String,
    /// The script.
    pub script_url: String,
    /// One tag for the end of every page.
    pub snippet: String,
}

/// What a site signs the ids of its users with.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WebchatIdentity {
    /// Belongs on the site's server and into no page.
    pub secret: String,
}

/// Where to look.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallCheckRequest {
    /// A public page of the site.
    pub url: String,
}

/// What was found there.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InstallCheck {
    /// The page carries this chat.
    pub found: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<NotInstalled>,
    /// When.
    pub checked_at: Millis,
}

/// Why a page does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum NotInstalled {
    NotFound,
    OtherChannel,
    Unreachable,
    NotHtml,
    InvalidUrl,
}

/// 5 s and 1 MiB; the guard looks at every hop.
const LOOK: CallLimits =
    CallLimits { timeout: Duration::from_secs(5), max_bytes: 1024 * 1024, trust: Trust::Untrusted };

impl ChannelsResource {
    pub(super) async fn connect_webchat(
        &self,
        call: &Call,
        config: &serde_json::Value,
        name: String,
        member: &Member,
    ) -> Result<Response, Problem> {
        let mut settings = read_settings(&WebchatSettings::default(), config).map_err(config_problem)?;
        if settings.title.is_empty() {
            settings.title.clone_from(&name);
            settings = settings::check(settings).map_err(config_problem)?;
        }
        let now = self.clock.now();
        let key = self.ids.unique();
        let channel = Channel {
            id: ChannelId::from_unique(&self.ids.unique()),
            workspace_id: member.workspace().id.clone(),
            source: ChannelSource::Webchat,
            name,
            state: ChannelState::Connected,
            account: key,
            parent_account: None,
            app: None,
            display: settings.allowed_origins.first().cloned().unwrap_or_else(|| settings.title.clone()),
            verified_name: None,
            quality: None,
            throughput: 1_000,
            messaging_limit: None,
            error: None,
            last_event_at: None,
            checks: Vec::new(),
            read_receipts: ReadReceipts::default(),
            created_at: now,
            checklist: Vec::new(),
            webchat: Some(settings),
        };
        let new = Secrets {
            session: SecretString::from(self.ids.secret()),
            identity: SecretString::from(self.ids.secret()),
        };
        let token = self.providers.vault.seal(member.workspace().id.as_str(), &new.text()).await?;
        self.store.installation().claim_account(&channel, None).await?;
        member.store.put_channel(&channel, Some(&ChannelSecrets { token })).await?;
        self.note(call, member, AuditAction::ChannelConnected, &channel).await?;
        self.gate.forget_settings(&member.workspace().id);
        let setup = self.setup(member, &channel).await?;
        Ok(Response::json(StatusCode::CREATED, &ConnectAnswer { channel: channel.into(), setup }))
    }

    pub(super) async fn webchat(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let id: ChannelId = call.id("channel")?;
        let mut channel = member.store.channel(&id).await?.ok_or_else(Problem::not_found)?;
        let Some(current) = channel.webchat.clone() else { return Err(Problem::not_found()) };
        match call.operation {
            "updateWebchat" => {
                let patch: serde_json::Value = call.body()?;
                let settings = read_settings(&current, &patch).map_err(problem)?;
                if let Some(site) = settings.allowed_origins.first() {
                    channel.display.clone_from(site);
                }
                channel.webchat = Some(settings);
                member.store.put_channel(&channel, None).await?;
                self.gate.forget_settings(&member.workspace().id);
            }
            "getIdentityOfWebchat" | "renewIdentityOfWebchat" => {
                return self.identity(call.operation == "renewIdentityOfWebchat", &channel, member).await;
            }
            "checkInstallOfWebchat" => {
                let asked: InstallCheckRequest = call.body()?;
                let script = script_url(&self.webhook_url, &channel);
                let reason = self.look(&asked.url, &script).await.err();
                let check = InstallCheck { found: reason.is_none(), reason, checked_at: self.clock.now() };
                return Ok(Response::json(StatusCode::OK, &check));
            }
            _ => {}
        }
        let script_url = script_url(&self.webhook_url, &channel);
        let answer = WebchatAnswer {
            settings: channel.webchat.unwrap_or_default(),
            base_url: chat_url(&self.webhook_url, &channel.account),
            snippet: format!("<script async src=\"{script_url}\"></script>"),
            script_url,
        };
        Ok(Response::json(StatusCode::OK, &answer))
    }

    /// Shows or renews the secret; what was signed with an old one counts for nothing.
    async fn identity(&self, renew: bool, channel: &Channel, member: &Member) -> Result<Response, Problem> {
        let vault = &*self.providers.vault;
        let known = secrets(&member.store, vault, &channel.id).await?;
        let mut known = known.ok_or_else(|| {
            Problem::conflict("disconnected", "A disconnected chat has no secret. Connect a new one.")
        })?;
        if renew {
            known.identity = SecretString::from(self.ids.secret());
            let token = vault.seal(member.store.id.as_str(), &known.text()).await?;
            member.store.put_channel(channel, Some(&ChannelSecrets { token })).await?;
        }
        let answer = WebchatIdentity { secret: known.identity.expose_secret().to_owned() };
        Ok(Response::json(StatusCode::OK, &answer))
    }

    /// Looks at a page from outside, as any visitor would; says nothing about what else there is.
    async fn look(&self, url: &str, script: &str) -> Result<(), NotInstalled> {
        let text = url.trim();
        let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = url::Url::parse(&url).map_err(|_| NotInstalled::InvalidUrl)?;
        let request = http::Request::get(url.as_str())
            .header(http::header::ACCEPT, "text/html")
            .body(Bytes::new())
            .map_err(|_| NotInstalled::InvalidUrl)?;
        let answer = self.providers.http.call(request, LOOK).await.map_err(|_| NotInstalled::Unreachable)?;
        if !answer.status().is_success() {
            return Err(NotInstalled::Unreachable);
        }
        let kind = answer.headers().get(http::header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        if kind.is_some_and(|kind| !kind.contains("html")) {
            return Err(NotInstalled::NotHtml);
        }
        match find(&String::from_utf8_lossy(answer.body()), script) {
            Installed::Found => Ok(()),
            Installed::OtherChannel => Err(NotInstalled::OtherChannel),
            Installed::NotFound => Err(NotInstalled::NotFound),
        }
    }
}

fn script_url(base_url: &str, channel: &Channel) -> String {
    format!("{}/widget.js", chat_url(base_url, &channel.account))
}

/// Settings with some of them changed; pointers of refusals are into the settings.
fn read_settings(
    current: &WebchatSettings,
    patch: &serde_json::Value,
) -> Result<WebchatSettings, Vec<Refusal>> {
    let mut merged = serde_json::to_value(current).unwrap_or_default();
    if let (Some(all), Some(some)) = (merged.as_object_mut(), patch.as_object()) {
        for (name, value) in some {
            all.insert(name.clone(), value.clone());
        }
    }
    let settings = serde_path_to_error::deserialize::<_, WebchatSettings>(merged)
        .map_err(|error| vec![settings::unreadable(&error.path().to_string(), &error.inner().to_string())])?;
    settings::check(settings)
}

fn problem(refusals: Vec<Refusal>) -> Problem {
    let mut problem = config_problem(refusals);
    for error in &mut problem.errors {
        error.pointer = error.pointer.trim_start_matches("/config").to_owned();
    }
    problem
}
