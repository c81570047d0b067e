//! Everything that a function's handler is made from.

use std::sync::{Arc, Mutex, OnceLock};

use aws_types::SdkConfig;
use colibri_app::api::{Api, Gate, Resource};
use colibri_app::billing::payments::Payments;
use colibri_app::billing::stripe::Stripe;
use colibri_app::billing::tax_authority::PlayedAuthority;
use colibri_app::billing::{Billing, Decisions};
use colibri_app::http::HttpHandler;
use colibri_app::ports::{
    Bus, Clock, Http, Identity, Ids, Invoke, KeyVault, Mail, Metrics, Push, Queue, Scheduler,
};
use colibri_app::provider::Providers;
use colibri_app::settings::{InstallationKey, MetaApps};
use colibri_app::webchat::deliver::Visitors;
use colibri_app::webchat::limit::Limits;
use colibri_app::webchat::{VisitorApi, VisitorRoutes, Webchat};
use colibri_store::{Files, Store};
use secrecy::ExposeSecret as _;

use crate::clients;
use crate::emf::Emf;
use crate::needs::Need;
use crate::ports::bus::EventBridgeBus;
use crate::ports::http::OutsideHttp;
use crate::ports::identity::{CognitoIdentity, Pool};
use crate::ports::mail::SesMail;
use crate::ports::push::ApiGatewayPush;
use crate::ports::queue::SqsQueue;
use crate::ports::scheduler::EventScheduler;
use crate::ports::system::{SystemClock, SystemIds};
use crate::ports::tokens::TokenVerifier;
use crate::ports::vault::KmsVault;
use crate::settings::Settings;

/// The ports on AWS, made when a function first asks for them, and its settings.
///
/// Asking for a port that the function did not declare to need ends it at start.
pub struct World {
    settings: Settings,
    sdk: SdkConfig,
    http: Arc<OutsideHttp>,
    emf: Arc<Emf>,
    store: OnceLock<Store>,
    gate: OnceLock<Arc<Gate>>,
}

impl World {
    pub(crate) fn new(settings: Settings, needs: &[Need]) -> Self {
        let provider = needs.contains(&Need::Providers).then(|| settings.providers());
        Self {
            http: Arc::new(OutsideHttp::new(provider.as_ref())),
            emf: Arc::new(Emf::new(settings.stage())),
            sdk: clients::sdk(),
            settings,
            store: OnceLock::new(),
            gate: OnceLock::new(),
        }
    }

    pub(crate) fn emf(&self) -> &Emf {
        &self.emf
    }

    /// The checked settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The table.
    #[track_caller]
    pub fn store(&self) -> Store {
        let table = self.settings.value("TABLE_NAME");
        self.store.get_or_init(|| Store::new(aws_sdk_dynamodb::Client::new(&self.sdk), table)).clone()
    }

    /// The bucket.
    #[track_caller]
    pub fn files(&self) -> Files {
        Files::new(aws_sdk_s3::Client::new(&self.sdk), self.settings.value("BUCKET_NAME"))
    }

    /// The gate in front of the console's API.
    #[track_caller]
    pub fn gate(&self) -> Arc<Gate> {
        self.gate.get_or_init(|| Arc::new(Gate::new(self.store(), self.identity(), self.clock()))).clone()
    }

    /// A resource of the console's API behind its gate.
    #[track_caller]
    pub fn api<R: Resource + 'static>(&self, resource: R) -> Arc<dyn HttpHandler> {
        Arc::new(Api { gate: self.gate(), resource })
    }

    /// Everything needed to call providers on behalf of channels.
    #[track_caller]
    pub fn providers(&self) -> Providers {
        let urls = self.settings.providers().urls;
        let visitors = self.settings.get("VISITOR_SOCKET_ENDPOINT").map(|_| self.visitors());
        Providers { http: self.http(), vault: self.vault(), urls, visitors }
    }

    /// The way to visitors of web chats.
    #[track_caller]
    pub fn visitors(&self) -> Visitors {
        let base_url = self.settings.webhook_url().to_owned();
        Visitors { push: self.visitor_push(), base_url }
    }

    /// Pushes to visitors' sockets.
    #[track_caller]
    pub fn visitor_push(&self) -> Arc<dyn Push> {
        Arc::new(ApiGatewayPush::new(&self.sdk, self.settings.value("VISITOR_SOCKET_ENDPOINT")))
    }

    /// The way in for pages with a web chat.
    #[track_caller]
    pub fn webchat<R: VisitorRoutes + 'static>(&self, routes: R) -> Arc<dyn HttpHandler> {
        let webchat = Webchat {
            store: self.store(),
            vault: self.vault(),
            clock: self.clock(),
            ids: self.ids(),
            metrics: self.metrics(),
            base_url: self.settings.webhook_url().to_owned(),
            known: Mutex::default(),
            limits: Limits::default(),
        };
        Arc::new(VisitorApi { webchat, routes })
    }

    /// Mail from the installation's own address.
    #[track_caller]
    pub fn mail(&self) -> Arc<dyn Mail> {
        Arc::new(SesMail::new(&self.sdk, self.http(), self.settings.value("MAIL_FROM")))
    }

    /// The payment provider.
    #[track_caller]
    pub fn payments(&self) -> Arc<dyn Payments> {
        Arc::new(Stripe {
            http: self.http(),
            base_url: self.settings.value("STRIPE_BASE_URL").to_owned(),
            secret_key: self.settings.secret("STRIPE_SECRET_KEY"),
            webhook_secret: self.settings.secret("STRIPE_WEBHOOK_SECRET"),
            now: self.clock(),
        })
    }

    /// Decides what follows for a subscription.
    #[track_caller]
    pub fn decisions(&self) -> Decisions {
        Decisions { store: self.store(), clock: self.clock() }
    }

    /// Everything that billing is done with.
    #[track_caller]
    pub fn billing(&self) -> Billing {
        Billing {
            store: self.store(),
            files: self.files(),
            payments: self.payments(),
            authority: Arc::new(PlayedAuthority),
            mail: self.mail(),
            invoke: self.invoke(),
            clock: self.clock(),
            console_url: self.settings.console_url().to_owned(),
        }
    }

    /// Meta apps of this installation.
    ///
    /// # Panics
    /// At start, when the setting has the wrong shape.
    #[track_caller]
    pub fn meta_apps(&self) -> MetaApps {
        let apps = MetaApps::parse(self.settings.meta_apps().expose_secret());
        // The text itself must not be shown, not even the part that is wrong.
        let Ok(apps) = apps else {
            panic!("META_APPS_SECRET does not hold secret and verify_token by app id")
        };
        apps
    }

    /// The installation's own key.
    #[track_caller]
    pub fn installation_key(&self) -> InstallationKey {
        InstallationKey::new(self.settings.installation_key())
    }

    /// The time.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    /// Unique and random values.
    pub fn ids(&self) -> Arc<dyn Ids> {
        Arc::new(SystemIds)
    }

    /// Counters of the installation.
    pub fn metrics(&self) -> Arc<dyn Metrics> {
        self.emf.clone()
    }

    /// The queues that the function declared.
    pub fn queue(&self) -> Arc<dyn Queue> {
        Arc::new(SqsQueue::new(aws_sdk_sqs::Client::new(&self.sdk), &self.settings))
    }

    #[track_caller]
    fn event_bridge(&self) -> EventBridgeBus {
        EventBridgeBus::new(
            aws_sdk_eventbridge::Client::new(&self.sdk),
            self.settings.value("EVENT_BUS_NAME"),
        )
    }

    /// The event bus.
    #[track_caller]
    pub fn bus(&self) -> Arc<dyn Bus> {
        Arc::new(self.event_bridge())
    }

    /// Starts other functions.
    #[track_caller]
    pub fn invoke(&self) -> Arc<dyn Invoke> {
        Arc::new(self.event_bridge())
    }

    /// Pushes to sockets.
    #[track_caller]
    pub fn push(&self) -> Arc<dyn Push> {
        Arc::new(ApiGatewayPush::new(&self.sdk, self.settings.value("SOCKET_ENDPOINT")))
    }

    /// One-shot wake-ups.
    #[track_caller]
    pub fn scheduler(&self) -> Arc<dyn Scheduler> {
        Arc::new(EventScheduler::new(aws_sdk_scheduler::Client::new(&self.sdk), &self.settings))
    }

    /// Outside calls.
    pub fn http(&self) -> Arc<dyn Http> {
        self.http.clone()
    }

    /// Tenant credentials.
    #[track_caller]
    pub fn vault(&self) -> Arc<dyn KeyVault> {
        Arc::new(KmsVault::new(aws_sdk_kms::Client::new(&self.sdk), self.settings.value("KMS_KEY_ID")))
    }

    /// Checks tokens, and signs users in where the function declared that.
    #[track_caller]
    pub fn identity(&self) -> Arc<dyn Identity> {
        let value = |name| self.settings.value(name);
        let (issuer, client_id, keys) =
            (value("COGNITO_ISSUER"), value("USER_POOL_CLIENT_ID"), value("JWKS_URL"));
        let tokens = TokenVerifier::new(self.http(), self.clock(), issuer, client_id, keys);
        let pool = self.settings.get("USER_POOL_ID").map(|pool| Pool {
            client: aws_sdk_cognitoidentityprovider::Client::new(&self.sdk),
            id: pool.to_owned(),
            client_id: client_id.to_owned(),
        });
        Arc::new(CognitoIdentity::new(tokens, pool))
    }
}
