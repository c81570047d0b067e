//! Connecting accounts of providers and looking after their health.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_channels::account::{self, AccountConfig, AccountFacts, Step, StepReport};
use colibri_channels::capabilities;
use colibri_channels::webhook::{Proof, proof};
use colibri_domain::audit::{AuditAction, AuditEntry};
use colibri_domain::channel::{Channel, ChannelError, ChannelSource, ChannelState, Check, ReadReceipts};
use colibri_domain::failure::{FailureClass, FailureReason};
use colibri_domain::people::Right;
use colibri_domain::{ChannelId, Millis};
use colibri_store::{ChannelSecrets, Store};
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::audit::deed;
use super::gate::{Caller, Gate, Member, Resource};
use super::me::checked_name;
use super::route::{Access, Call, Route};
use super::workspace::ChannelView;
use crate::channel_health::ChannelHealth;
use crate::channel_hooks::Hooks;
use crate::http::Response;
use crate::ports::{Clock, Ids, Invoke};
use crate::problem::{FieldProblem, Problem};
use crate::provider::Providers;
use crate::settings::{InstallationKey, MetaApps};
use crate::webhook::{address, channel_secret};

const fn route(
    method: Method,
    path: &'static str,
    operation: &'static str,
    right: Right,
    body: Option<&'static str>,
    status: u16,
    answer: Option<&'static str>,
) -> Route {
    Route {
        function: "api-channels",
        method,
        path,
        operation,
        access: Access::Member(Some(right)),
        body,
        status,
        answer,
        query: &[],
    }
}

/// Routes of this resource.
pub const ROUTES: &[Route] = &[
    route(
        Method::GET,
        "/console/{workspace}/channels",
        "listChannels",
        Right::ContactRead,
        None,
        200,
        Some("ChannelList"),
    ),
    route(
        Method::POST,
        "/console/{workspace}/channels",
        "connectChannel",
        Right::ChannelWrite,
        Some("ConnectRequest"),
        201,
        Some("ConnectAnswer"),
    ),
    route(
        Method::GET,
        "/console/{workspace}/channels/{channel}/setup",
        "getChannelSetup",
        Right::ChannelWrite,
        None,
        200,
        Some("ChannelSetup"),
    ),
    route(
        Method::POST,
        "/console/{workspace}/channels/{channel}/check",
        "checkChannel",
        Right::ChannelWrite,
        None,
        200,
        Some("ChannelAnswer"),
    ),
    route(
        Method::PATCH,
        "/console/{workspace}/channels/{channel}",
        "updateChannel",
        Right::ChannelWrite,
        Some("ChannelPatch"),
        200,
        Some("ChannelAnswer"),
    ),
    route(
        Method::DELETE,
        "/console/{workspace}/channels/{channel}",
        "disconnectChannel",
        Right::ChannelDelete,
        None,
        200,
        Some("ChannelAnswer"),
    ),
];

/// Channels of the workspace.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ChannelList {
    pub items: Vec<ChannelView>,
}

/// One channel.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ChannelAnswer {
    pub channel: ChannelView,
}

/// A channel to connect.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectRequest {
    /// Provider.
    pub source: ChannelSource,
    /// What people will call it.
    pub name: String,
    /// The provider's ids and token, see the connect screen.
    #[schema(value_type = Object)]
    pub config: serde_json::Value,
    /// Conditions that were ticked.
    #[serde(default)]
    pub checklist: Vec<String>,
}

/// What to change.
#[derive(Deserialize, Serialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct ChannelPatch {
    pub name: Option<String>,
    pub read_receipts: Option<ReadReceipts>,
}

/// What to enter at the provider.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ChannelSetup {
    pub webhook_url: String,
    /// Absent where nobody has to enter one: the provider's app is the installation's own, or we tell the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_token: Option<String>,
}

/// A connected channel and what is left to do.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ConnectAnswer {
    pub channel: ChannelView,
    pub setup: ChannelSetup,
}

/// The resource.
#[allow(missing_docs)]
pub struct ChannelsResource {
    pub store: Store,
    pub gate: Arc<Gate>,
    pub providers: Providers,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub invoke: Arc<dyn Invoke>,
    /// Base of webhook addresses.
    pub webhook_url: String,
    /// The installation's own apps with their verify tokens.
    pub apps: MetaApps,
    /// What secrets of deliveries follow from.
    pub key: InstallationKey,
}

#[async_trait]
impl Resource for ChannelsResource {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn answer(&self, call: Call, caller: Caller) -> Result<Response, Problem> {
        let member = caller.member()?;
        match call.operation {
            "listChannels" => {
                let settings = member.store.settings().await?.ok_or_else(Problem::not_found)?;
                let items = settings.channels.into_iter().map(ChannelView::from).collect();
                Ok(Response::json(StatusCode::OK, &ChannelList { items }))
            }
            "connectChannel" => self.connect(&call, &member).await,
            operation if operation.ends_with("Webchat") => self.webchat(&call, &member).await,
            _ => self.one(&call, &member).await,
        }
    }
}

impl ChannelsResource {
    async fn one(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let id: ChannelId = call.id("channel")?;
        let settings = member.store.settings().await?.ok_or_else(Problem::not_found)?;
        let mut channel =
            settings.channels.into_iter().find(|c| c.id == id).ok_or_else(Problem::not_found)?;
        match call.operation {
            "getChannelSetup" => {
                return Ok(Response::json(StatusCode::OK, &self.setup(member, &channel).await?));
            }
            "checkChannel" => {
                let health = ChannelHealth {
                    providers: self.providers.clone(),
                    clock: Arc::clone(&self.clock),
                    webhook_url: self.webhook_url.clone(),
                };
                channel = health.check(&member.store, channel).await?;
            }
            "updateChannel" => {
                let patch: ChannelPatch = call.body()?;
                if let Some(name) = patch.name {
                    channel.name = required_name(&name)?;
                }
                if let Some(receipts) = patch.read_receipts {
                    channel.read_receipts = receipts;
                }
                member.store.put_channel(&channel, None).await?;
            }
            "disconnectChannel" => {
                self.hooks().unsubscribe(&member.store, &channel).await;
                channel.state = ChannelState::Disconnected;
                channel.error = None;
                member.store.put_channel(&channel, None).await?;
                member.store.delete_channel_secrets(&channel.id).await?;
                self.store.installation().release_account(&channel).await?;
                self.note(call, member, AuditAction::ChannelDisconnected, &channel).await?;
            }
            _ => return Err(Problem::not_found()),
        }
        self.gate.forget_settings(&member.workspace().id);
        Ok(Response::json(StatusCode::OK, &ChannelAnswer { channel: channel.into() }))
    }

    /// What is told of a channel in the audit log: its name, never how it is reached.
    pub(super) async fn note(
        &self,
        call: &Call,
        member: &Member,
        action: AuditAction,
        channel: &Channel,
    ) -> Result<(), Problem> {
        let deed = deed(&*self.ids, &*self.clock, &member.user, call, action);
        let target = Some(channel.id.to_string());
        let entry = AuditEntry { target, target_name: channel.name.clone(), ..deed };
        Ok(member.store.audit(&entry).await?)
    }

    async fn connect(&self, call: &Call, member: &Member) -> Result<Response, Problem> {
        let body: ConnectRequest = call.body()?;
        let name = required_name(&body.name)?;
        if body.source == ChannelSource::Webchat {
            return self.connect_webchat(call, &body.config, name, member).await;
        }
        ticked(body.source, &body.checklist)?;
        let config = account::read_config(body.source, &body.config).map_err(config_problem)?;
        let (facts, report) = self.ask(body.source, &config).await?;
        let now = self.clock.now();
        let existing =
            member.settings.channels.iter().find(|c| c.source == body.source && c.account == config.account);
        let id = existing.map_or_else(|| ChannelId::from_unique(&self.ids.unique()), |c| c.id.clone());
        let mut channel = channel(member, &body, &config, name, id, facts, report, now);
        self.can_be_proven(&channel, &config)?;
        let scope = member.workspace().id.as_str();
        let token = self.providers.vault.seal(scope, &config.token).await?;
        let app = match (&config.app, &config.app_secret) {
            (Some(app), Some(secret)) => Some(self.customer_app(app, secret).await?),
            _ => None,
        };
        // The directory first: an account that belongs to another workspace is refused before anything is stored.
        self.store.installation().claim_account(&channel, app.as_ref()).await.map_err(|error| match error
            .kind
        {
            colibri_store::StoreErrorKind::Conflict => {
                Problem::conflict("account_taken", "This account is connected to another workspace.")
            }
            _ => error.into(),
        })?;
        member.store.put_channel(&channel, Some(&ChannelSecrets { token })).await?;
        self.note(call, member, AuditAction::ChannelConnected, &channel).await?;
        self.gate.forget_settings(&member.workspace().id);
        let setup = self.setup(member, &channel).await?;
        let checks = self.subscribe(&channel, &config, &setup).await;
        if !checks.is_empty() {
            channel.checks.extend(checks);
            member.store.put_channel(&channel, None).await?;
        }
        if capabilities(channel.source).templates {
            let job = serde_json::json!({ "workspace_id": member.workspace().id, "channel_id": channel.id });
            self.invoke.start("template-sync", &job.to_string()).await?;
        }
        Ok(Response::json(StatusCode::CREATED, &ConnectAnswer { channel: channel.into(), setup }))
    }

    /// Asks the provider about the account before anything is stored: a wrong token is told at once.
    async fn ask(
        &self,
        source: ChannelSource,
        config: &AccountConfig,
    ) -> Result<(AccountFacts, StepReport), Problem> {
        let endpoint = self.providers.endpoint_with(
            source,
            &config.account,
            config.parent_account.as_deref(),
            config.token.clone(),
        )?;
        let request = account::request(source, Step::Number, &endpoint, None)
            .map_err(|e| Problem::invalid("/config", "invalid_value", e.to_string()))?;
        let answer = self.providers.call(request, crate::provider::PROVIDER_LIMITS).await;
        let answer = answer.map_err(|_| Problem::unavailable(5))?;
        let mut report = account::read(source, Step::Number, &answer, "");
        if let Some(refused) = report.refused.take() {
            let pointer = if refused.failure.reason == FailureReason::TokenInvalid {
                format!("/config/{}", account::token_field(source))
            } else {
                "/config".to_owned()
            };
            let mut problem = Problem::refused("provider_refused", "The provider refused this account.");
            problem.errors.push(FieldProblem {
                pointer,
                code: serde_json::to_value(refused.failure.reason)
                    .ok()
                    .and_then(|v| v.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                detail: refused.failure.provider_text.unwrap_or_default(),
            });
            return Err(problem);
        }
        Ok((report.facts.take().unwrap_or_default(), report))
    }

    /// Refuses an account whose deliveries nothing could prove.
    fn can_be_proven(&self, channel: &Channel, config: &AccountConfig) -> Result<(), Problem> {
        match proof(channel.source) {
            Proof::App => {
                let own = config.app.as_deref().is_some_and(|app| self.apps.verify_token(app).is_some());
                if own || config.app_secret.is_some() {
                    return Ok(());
                }
                let detail = "the secret of your own Meta app signs its deliveries";
                Err(Problem::invalid("/config/app_secret", "required", detail))
            }
            Proof::Account => Ok(()),
            Proof::Channel if channel_secret(&self.key, &channel.id).is_some() => Ok(()),
            Proof::Channel => Err(Problem::conflict(
                "installation_key_missing",
                "This installation has no key of its own: set its parameter InstallationKey.",
            )),
        }
    }

    fn hooks(&self) -> Hooks<'_> {
        Hooks {
            store: &self.store,
            providers: &self.providers,
            apps: &self.apps,
            key: &self.key,
            webhook_url: &self.webhook_url,
        }
    }

    /// Tells the provider to deliver to us. Best effort: what it refused is shown with the channel.
    async fn subscribe(&self, channel: &Channel, config: &AccountConfig, setup: &ChannelSetup) -> Vec<Check> {
        let endpoint = self.providers.endpoint_with(
            channel.source,
            &config.account,
            config.parent_account.as_deref(),
            config.token.clone(),
        );
        let target = self.hooks().target(channel, setup.verify_token.clone());
        let (Ok(endpoint), Some(target)) = (endpoint, target) else { return Vec::new() };
        self.hooks().subscribe(channel, &endpoint, &target).await
    }

    async fn customer_app(
        &self,
        app: &str,
        secret: &SecretString,
    ) -> Result<colibri_store::ProviderApp, Problem> {
        let known = self.store.installation().provider_app(app).await?;
        let verify_token = match known {
            Some(known) => known.verify_token,
            None => self.providers.vault.seal("installation", &SecretString::from(self.ids.secret())).await?,
        };
        let secret = self.providers.vault.seal("installation", secret).await?;
        Ok(colibri_store::ProviderApp { id: app.to_owned(), secret, verify_token })
    }

    pub(super) async fn setup(&self, _member: &Member, channel: &Channel) -> Result<ChannelSetup, Problem> {
        let verify_token = self.hooks().customers_token(channel).await?;
        Ok(ChannelSetup { webhook_url: address(&self.webhook_url, channel), verify_token })
    }
}

/// Every condition of the channel has to be ticked.
fn ticked(source: ChannelSource, given: &[String]) -> Result<(), Problem> {
    match account::checklist(source).iter().find(|point| !given.iter().any(|c| c == *point)) {
        Some(point) => {
            Err(Problem::invalid("/checklist", "required", format!("{point} must be confirmed first")))
        }
        None => Ok(()),
    }
}

fn required_name(name: &str) -> Result<String, Problem> {
    let name = checked_name("/name", name)?;
    if name.is_empty() { Err(Problem::invalid("/name", "required", "a name")) } else { Ok(name) }
}

#[allow(clippy::too_many_arguments)]
fn channel(
    member: &Member,
    body: &ConnectRequest,
    config: &AccountConfig,
    name: String,
    id: ChannelId,
    facts: AccountFacts,
    report: StepReport,
    now: Millis,
) -> Channel {
    let broken = report.refused.as_ref().filter(|r| r.failure.class == FailureClass::Account);
    Channel {
        id,
        workspace_id: member.workspace().id.clone(),
        source: body.source,
        name,
        state: if broken.is_some() { ChannelState::Error } else { ChannelState::Connected },
        account: config.account.clone(),
        parent_account: config.parent_account.clone(),
        app: config.app.clone(),
        display: facts.display.unwrap_or_else(|| config.account.clone()),
        verified_name: facts.verified_name,
        quality: facts.quality,
        throughput: facts.throughput.unwrap_or(80),
        messaging_limit: facts.messaging_limit,
        error: broken.map(|r| ChannelError {
            reason: r.failure.reason,
            code: r.failure.code.clone(),
            at: now,
        }),
        last_event_at: None,
        checks: report.checks,
        read_receipts: ReadReceipts::default(),
        created_at: now,
        checklist: body.checklist.clone(),
        webchat: None,
    }
}

pub(super) fn config_problem(refusals: Vec<colibri_channels::send::Refusal>) -> Problem {
    let mut problem =
        Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "The request has invalid values.");
    for refusal in refusals {
        problem.errors.push(FieldProblem {
            pointer: format!("/config{}", refusal.pointer),
            code: serde_json::to_value(refusal.code)
                .ok()
                .and_then(|c| c.as_str().map(str::to_owned))
                .unwrap_or_default(),
            detail: refusal.detail,
        });
    }
    problem
}
