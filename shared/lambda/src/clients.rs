//! SDK configuration: one HTTP client with one TLS stack for all services, warm for the life of the process.
//!
//! Lambda hands region and credentials of a function's role over in its environment. The SDK's own loader would
//! look for them in profiles, web identities, containers and instances besides, with a client for each of them in
//! every archive.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// Looks a variable of the environment up.
type Lookup = fn(&str) -> Option<String>;

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Region, credentials and addresses from the environment that Lambda sets.
///
/// Whoever starts a function with an address of its own sets `AWS_ENDPOINT_URL`, or `AWS_ENDPOINT_URL_DYNAMODB` and
/// the like for one service, as with every SDK.
pub fn sdk() -> SdkConfig {
    from(environment)
}

fn from(lookup: Lookup) -> SdkConfig {
    let http =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    // An attempt longer than this has lost its connection; the SDK repeats it on a new one.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(6))
        .build();
    let mut sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts)
        .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
        .time_source(aws_smithy_async::time::SystemTimeSource::new())
        .service_config(Addresses(lookup));
    sdk.set_region(lookup("AWS_REGION").or_else(|| lookup("AWS_DEFAULT_REGION")).map(Region::new));
    sdk.set_endpoint_url(lookup("AWS_ENDPOINT_URL"));
    sdk.set_credentials_provider(credentials(lookup).map(SharedCredentialsProvider::new));
    sdk.build()
}

/// The role's keys. They hold longer than Lambda keeps a process.
fn credentials(lookup: Lookup) -> Option<Credentials> {
    Some(Credentials::new(
        lookup("AWS_ACCESS_KEY_ID")?,
        lookup("AWS_SECRET_ACCESS_KEY")?,
        lookup("AWS_SESSION_TOKEN"),
        None,
        "environment",
    ))
}

/// Settings of one service, such as `AWS_ENDPOINT_URL_DYNAMODB`.
#[derive(Debug)]
struct Addresses(Lookup);

impl LoadServiceConfig for Addresses {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        self.0(&format!("{}_{service}", key.env()))
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::ProvideCredentials as _;

    use super::*;

    fn lambda(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "sa-east-1",
            "AWS_ACCESS_KEY_ID" => "AKID",
            "AWS_SECRET_ACCESS_KEY" => "secret",
            "AWS_SESSION_TOKEN" => "session",
            "AWS_ENDPOINT_URL" => "http://127.0.0.1:4566",
            "AWS_ENDPOINT_URL_DYNAMODB" => "http://127.0.0.1:8000",
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" => "http://127.0.0.1:9000",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[tokio::test]
    async fn region_and_the_roles_keys_come_from_the_environment() {
        let sdk = from(lambda);
        assert_eq!(sdk.region().map(AsRef::as_ref), Some("sa-east-1"));
        let keys = sdk.credentials_provider().unwrap().provide_credentials().await.unwrap();
        assert_eq!((keys.access_key_id(), keys.secret_access_key()), ("AKID", "secret"));
        assert_eq!(keys.session_token(), Some("session"));
        assert_eq!(keys.expiry(), None);
    }

    #[test]
    fn a_service_may_have_an_address_of_its_own() {
        let sdk = from(lambda);
        assert_eq!(sdk.endpoint_url(), Some("http://127.0.0.1:4566"));
        let service = |id| {
            let key =
                ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url");
            sdk.service_config().unwrap().load_config(key.build().unwrap())
        };
        assert_eq!(service("DynamoDB").as_deref(), Some("http://127.0.0.1:8000"));
        assert_eq!(service("Cognito Identity Provider").as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(service("S3"), None);
    }

    #[test]
    fn without_keys_nothing_is_signed_with_wrong_ones() {
        let sdk = from(|name| lambda(name).filter(|_| name != "AWS_SECRET_ACCESS_KEY"));
        assert!(sdk.credentials_provider().is_none());
    }
}
