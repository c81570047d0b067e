//! Everything that a function's handler is made from.

use std::sync::{Arc, OnceLock};

use aws_config::SdkConfig;
use colibri_app::ports::{Bus, Clock, Http, Identity, Ids, Invoke, KeyVault, Metrics, Push, Queue, Scheduler};
use lambda_runtime::Error;

use crate::clients;
use crate::emf::Emf;
use crate::needs::Need;
use crate::ports::bus::EventBridgeBus;
use crate::ports::http::OutsideHttp;
use crate::ports::identity::{CognitoIdentity, Pool};
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
    tables: OnceLock<aws_sdk_dynamodb::Client>,
    buckets: OnceLock<aws_sdk_s3::Client>,
}

impl World {
    pub(crate) async fn new(settings: Settings, needs: &[Need]) -> Result<Self, Error> {
        let provider = needs.contains(&Need::WhatsApp).then(|| settings.whatsapp());
        Ok(Self {
            http: Arc::new(OutsideHttp::new(provider.as_ref())?),
            emf: Arc::new(Emf::new(settings.stage())),
            sdk: clients::sdk().await,
            settings,
            tables: OnceLock::new(),
            buckets: OnceLock::new(),
        })
    }

    pub(crate) fn emf(&self) -> &Emf {
        &self.emf
    }

    /// The checked settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Client of the table's service, and the table's name.
    #[track_caller]
    pub fn table(&self) -> (aws_sdk_dynamodb::Client, String) {
        let client = self.tables.get_or_init(|| aws_sdk_dynamodb::Client::new(&self.sdk));
        (client.clone(), self.settings.value("TABLE_NAME").to_owned())
    }

    /// Client of the bucket's service, and the bucket's name.
    #[track_caller]
    pub fn bucket(&self) -> (aws_sdk_s3::Client, String) {
        let client = self.buckets.get_or_init(|| aws_sdk_s3::Client::new(&self.sdk));
        (client.clone(), self.settings.value("BUCKET_NAME").to_owned())
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
        EventBridgeBus::new(aws_sdk_eventbridge::Client::new(&self.sdk), self.settings.value("EVENT_BUS_NAME"))
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
        let (issuer, client_id, keys) = (value("COGNITO_ISSUER"), value("USER_POOL_CLIENT_ID"), value("JWKS_URL"));
        let tokens = TokenVerifier::new(self.http(), self.clock(), issuer, client_id, keys);
        let pool = self.settings.get("USER_POOL_ID").map(|pool| Pool {
            client: aws_sdk_cognitoidentityprovider::Client::new(&self.sdk),
            pool_id: pool.to_owned(),
            client_id: client_id.to_owned(),
        });
        Arc::new(CognitoIdentity::new(tokens, pool))
    }
}
