//! Mail by SES. One signed request: the SDK for it would bring a hundred more.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::SdkConfig;
use bytes::Bytes;
use colibri_app::ports::{CallLimits, Http, Mail, MailMessage, PortError, PortErrorKind, Trust};
use serde_json::json;

const OP: &str = "mail";
/// Stands for "no address is set up".
const NONE: &str = "none";
const LIMITS: CallLimits =
    CallLimits { timeout: Duration::from_secs(10), max_bytes: 64 * 1024, trust: Trust::Provider };

/// Sends from one verified address.
pub struct SesMail {
    sdk: SdkConfig,
    http: Arc<dyn Http>,
    from: String,
}

impl SesMail {
    /// `from` is an address that SES has verified, or `none`.
    pub fn new(sdk: &SdkConfig, http: Arc<dyn Http>, from: &str) -> Self {
        Self { sdk: sdk.clone(), http, from: from.to_owned() }
    }

    // Requests are signed with the time of the machine, as the SDK does.
    #[allow(clippy::disallowed_methods)]
    async fn request(&self, body: Bytes) -> Result<http::Request<Bytes>, PortError> {
        let fault =
            |error: &dyn std::fmt::Display| PortError::new(PortErrorKind::Unavailable, OP, error.to_string());
        let region = self.sdk.region().map_or("us-east-1", |region| region.as_ref());
        let base = match self.sdk.endpoint_url() {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://email.{region}.amazonaws.com"),
        };
        let provider = self.sdk.credentials_provider().ok_or_else(|| fault(&"no credentials"))?;
        let identity = provider.provide_credentials().await.map_err(|error| fault(&error))?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("ses")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| fault(&error))?
            .into();
        let url = format!("{base}/v2/email/outbound-emails");
        let headers = [("content-type", "application/json")];
        let signable = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(&body))
            .map_err(|error| fault(&error))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| fault(&error))?.into_parts();
        let mut request = http::Request::post(&url)
            .header("content-type", "application/json")
            .body(body.clone())
            .map_err(|error| fault(&error))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// What SES takes.
fn body(from: &str, message: &MailMessage) -> Bytes {
    let part = |text: &str| json!({ "Data": text, "Charset": "UTF-8" });
    let request = json!({
        "FromEmailAddress": from,
        "Destination": { "ToAddresses": [message.to] },
        "Content": { "Simple": {
            "Subject": part(&message.subject),
            "Body": { "Text": part(&message.text), "Html": part(&message.html) },
            "Headers": [{ "Name": "Auto-Submitted", "Value": "auto-generated" }],
        } },
    });
    Bytes::from(request.to_string())
}

#[async_trait]
impl Mail for SesMail {
    async fn send(&self, message: &MailMessage) -> Result<(), PortError> {
        if self.from == NONE {
            return Err(PortError::new(PortErrorKind::Denied, OP, "no address is set up"));
        }
        let request = self.request(body(&self.from, message)).await?;
        let answer = self.http.call(request, LIMITS).await;
        let answer =
            answer.map_err(|error| PortError::new(PortErrorKind::Unavailable, OP, error.to_string()))?;
        let kind = match answer.status().as_u16() {
            200..=299 => return Ok(()),
            429 => PortErrorKind::Throttled,
            400..=499 => PortErrorKind::Denied,
            _ => PortErrorKind::Unavailable,
        };
        Err(PortError::new(kind, OP, answer.status().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_both_forms() {
        let message = MailMessage {
            to: "ana@ejemplo.example".into(),
            subject: "¿?".into(),
            text: "a".into(),
            html: "<p>a</p>".into(),
        };
        let body: serde_json::Value =
            serde_json::from_slice(&super::body("chat@ceibo.example", &message)).unwrap();
        assert_eq!(body["Destination"]["ToAddresses"][0], "ana@ejemplo.example");
        assert_eq!(body["Content"]["Simple"]["Subject"]["Data"], "¿?");
        assert_eq!(body["Content"]["Simple"]["Body"]["Html"]["Data"], "<p>a</p>");
    }
}
