//! Requests to and answers from providers, as values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use colibri_domain::failure::Failure;

use crate::media::Upload;

/// A request that the caller only has to carry out. Its `authorization` header is marked sensitive: printing the
/// request for debugging never shows the token.
pub type HttpRequest = http::Request<Vec<u8>>;

/// A provider's whole answer.
pub type HttpResponse = http::Response<Vec<u8>>;

/// Where and as whom we call a provider for one channel.
#[derive(Debug, Clone)]
pub struct Endpoint {
    base: Url,
    account: String,
    parent_account: Option<String>,
    token: SecretString,
}

/// Why no request can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// The base URL is not http or https, or names no host.
    #[error("the provider's base URL is not usable")]
    BaseUrl,
    /// The token has characters that no header may carry.
    #[error("the token holds characters that cannot be sent")]
    Token,
    /// The channel has no parent account, and this call needs one.
    #[error("the channel does not know its parent account")]
    NoParentAccount,
    /// The provider gave a link to a host that is not its own.
    #[error("the link does not lead to the provider")]
    ForeignHost,
    /// The channel is our own: there is nobody to call.
    #[error("this channel has no provider")]
    NoProvider,
    /// An address or header came out unusable.
    #[error("the request could not be built")]
    Malformed,
}

impl Endpoint {
    /// Takes the provider's base URL (no trailing slash needed), the provider's ids and the token.
    pub fn new(
        base_url: &str,
        account: &str,
        parent_account: Option<&str>,
        token: SecretString,
    ) -> Result<Self, InvalidRequest> {
        let base = Url::parse(base_url).map_err(|_| InvalidRequest::BaseUrl)?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(InvalidRequest::BaseUrl);
        }
        let visible = token.expose_secret().bytes().all(|b| b.is_ascii_graphic());
        if !visible || token.expose_secret().is_empty() {
            return Err(InvalidRequest::Token);
        }
        Ok(Self {
            base,
            account: account.to_owned(),
            parent_account: parent_account.map(str::to_owned),
            token,
        })
    }

    /// The provider's id of the account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The provider's id of what the account belongs to.
    pub fn parent_account(&self) -> Result<&str, InvalidRequest> {
        self.parent_account.as_deref().ok_or(InvalidRequest::NoParentAccount)
    }

    /// The base URL.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The token, for calls that must name it elsewhere than in the header.
    pub fn token(&self) -> &SecretString {
        &self.token
    }

    /// A URL under the base; segments are escaped, so that an id from outside cannot leave its place.
    pub fn url(&self, segments: &[&str]) -> Result<Url, InvalidRequest> {
        let mut url = self.base.clone();
        if segments.iter().any(|s| s.is_empty() || matches!(*s, "." | "..")) {
            return Err(InvalidRequest::Malformed);
        }
        url.path_segments_mut().map_err(|()| InvalidRequest::BaseUrl)?.pop_if_empty().extend(segments);
        Ok(url)
    }

    /// A request that proves who we are by its address.
    pub fn bare(&self, method: Method, url: &Url, body: Body) -> Result<HttpRequest, InvalidRequest> {
        let mut request = http::Request::builder().method(method).uri(url.as_str());
        if let Some(content_type) = body.content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        request.body(body.bytes).map_err(|_| InvalidRequest::Malformed)
    }

    /// A request with the bearer token.
    pub fn request(&self, method: Method, url: &Url, body: Body) -> Result<HttpRequest, InvalidRequest> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))
            .map_err(|_| InvalidRequest::Token)?;
        bearer.set_sensitive(true);
        let mut request = self.bare(method, url, body)?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        Ok(request)
    }

    /// A request with a user's name and the token as his password.
    pub fn basic(
        &self,
        user: &str,
        method: Method,
        url: &Url,
        body: Body,
    ) -> Result<HttpRequest, InvalidRequest> {
        let pair = STANDARD.encode(format!("{user}:{}", self.token.expose_secret()));
        let mut basic = HeaderValue::from_str(&format!("Basic {pair}")).map_err(|_| InvalidRequest::Token)?;
        basic.set_sensitive(true);
        let mut request = self.bare(method, url, body)?;
        request.headers_mut().insert(header::AUTHORIZATION, basic);
        Ok(request)
    }
}

/// Continues a download.
pub(crate) trait Resumed: Sized {
    /// Asks only for what comes from this byte on; from 0, for everything.
    fn resumed(self, offset: u64) -> Result<Self, InvalidRequest>;
}

impl Resumed for HttpRequest {
    fn resumed(mut self, offset: u64) -> Result<Self, InvalidRequest> {
        if offset > 0 {
            let range = HeaderValue::from_str(&format!("bytes={offset}-"));
            self.headers_mut().insert(header::RANGE, range.map_err(|_| InvalidRequest::Malformed)?);
        }
        Ok(self)
    }
}

/// The body of a request.
#[derive(Debug, Default)]
pub struct Body {
    content_type: Option<String>,
    bytes: Vec<u8>,
}

impl Body {
    /// No body.
    pub fn none() -> Self {
        Self::default()
    }

    /// JSON.
    pub fn json(value: &serde_json::Value) -> Self {
        Self { content_type: Some("application/json".to_owned()), bytes: value.to_string().into_bytes() }
    }

    /// A form, as `application/x-www-form-urlencoded`.
    pub fn urlencoded(fields: &[(&str, &str)]) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let content_type = Some("application/x-www-form-urlencoded".to_owned());
        Self { content_type, bytes: form.into_bytes() }
    }

    /// A form with a file in it, as `multipart/form-data`.
    pub fn form(fields: &[(&str, &str)], file_field: &str, file: &Upload<'_>) -> Self {
        // A digest of the content cannot occur in the content by chance, and repeats for a repetition.
        let boundary = format!("colibri-{}", &hex::encode(Sha256::digest(file.bytes))[..32]);
        let escape = |text: &str| -> String {
            text.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').collect()
        };
        let mut form = Vec::with_capacity(file.bytes.len() + 1024);
        for (field, value) in fields {
            let part = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            form.extend_from_slice(part.as_bytes());
        }
        let (name, mime_type) = (escape(file.name), escape(file.mime_type));
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{file_field}\"; filename=\"{name}\"\r\n\
             Content-Type: {mime_type}\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(file.bytes);
        form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        Self { content_type: Some(format!("multipart/form-data; boundary={boundary}")), bytes: form }
    }
}

/// How much must wait after a refusal of class `wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitScope {
    /// Only messages to this person.
    Pair,
    /// Everything from this account.
    Account,
}

/// The provider did not do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// What and why, as stored with the message.
    pub failure: Failure,
    /// Milliseconds that the provider, or its rule, wants us to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// Who has to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<WaitScope>,
    /// People should be told about the channel, even where the message itself may still go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alert: bool,
    /// The same message may go to the person's phone number instead of his scoped id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub try_phone: bool,
    /// The person is reached under this id now: the same message goes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
}

impl Refused {
    /// A refusal that concerns only this message.
    pub fn new(failure: Failure) -> Self {
        Self { failure, retry_after: None, scope: None, alert: false, try_phone: false, moved_to: None }
    }
}

/// Milliseconds of a `retry-after` header in seconds.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<i64> {
    let seconds: i64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    (seconds >= 0).then(|| seconds.min(86_400) * 1000)
}

/// A header as text.
pub(crate) fn text_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
