//! Outside HTTP calls: two clients that never follow redirects by themselves, limits on time and size, the guard.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use colibri_app::ports::{CallLimits, Http, HttpError, Trust};
use reqwest::redirect::Policy;
use url::{Origin, Url};

use super::guard::{self, PublicOnly};
use crate::settings::ProviderAddresses;

/// Hops that an untrusted address may take.
const MAX_HOPS: usize = 4;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Calls providers directly and everything else through the guard.
///
/// Each client is made at its first call: reading the system's certificates takes longer than most invocations.
#[derive(Debug)]
pub struct OutsideHttp {
    trusted: OnceLock<reqwest::Client>,
    guarded: OnceLock<reqwest::Client>,
    /// Private origins that configured providers may have.
    private_origins: Vec<Origin>,
}

impl OutsideHttp {
    /// `providers` are those whose configured addresses may be private, if the settings say so.
    pub fn new(providers: Option<&ProviderAddresses>) -> Self {
        let private = providers.filter(|providers| providers.allow_private);
        let urls = private.into_iter().flat_map(|providers| providers.urls.all());
        Self {
            trusted: OnceLock::new(),
            guarded: OnceLock::new(),
            private_origins: urls.filter_map(|url| Url::parse(url).ok()).map(|url| url.origin()).collect(),
        }
    }

    /// The client for an address, or why it may not be called.
    fn client(&self, url: &Url, trust: Trust) -> Result<&reqwest::Client, HttpError> {
        let own = self.private_origins.contains(&url.origin());
        if trust == Trust::Provider || own {
            return made(&self.trusted, builder());
        }
        guard::check(url).map_err(|reason| HttpError::Refused(reason.to_owned()))?;
        made(&self.guarded, builder().dns_resolver(Arc::new(PublicOnly)))
    }

    async fn one(
        &self,
        request: http::Request<Bytes>,
        limits: CallLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let url =
            Url::parse(&request.uri().to_string()).map_err(|error| HttpError::NotSent(error.to_string()))?;
        let client = self.client(&url, limits.trust)?;
        let (head, body) = request.into_parts();
        let sent =
            client.request(head.method, url).headers(head.headers).body(body).send().await.map_err(sort)?;
        read(sent, limits.max_bytes).await
    }

    async fn hops(
        &self,
        request: http::Request<Bytes>,
        limits: CallLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let mut request = request;
        for _ in 0..=MAX_HOPS {
            let (base, again) = (request.uri().to_string(), repeatable(&request));
            let response = self.one(request, limits).await?;
            let (Trust::Untrusted, Some(again), Some(target)) =
                (limits.trust, again, location(&base, &response))
            else {
                return Ok(response);
            };
            request = redirected(again, &base, &target)?;
        }
        Err(HttpError::Refused("too many redirects".to_owned()))
    }
}

fn builder() -> reqwest::ClientBuilder {
    // Fails only where the provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(Duration::from_secs(50))
        .user_agent("Colibri")
}

fn made(
    slot: &OnceLock<reqwest::Client>,
    builder: reqwest::ClientBuilder,
) -> Result<&reqwest::Client, HttpError> {
    if let Some(client) = slot.get() {
        return Ok(client);
    }
    let client = builder.build().map_err(|error| HttpError::NotSent(without_url(error)))?;
    Ok(slot.get_or_init(|| client))
}

#[async_trait]
impl Http for OutsideHttp {
    async fn call(
        &self,
        request: http::Request<Bytes>,
        limits: CallLimits,
    ) -> Result<http::Response<Bytes>, HttpError> {
        match tokio::time::timeout(limits.timeout, self.hops(request, limits)).await {
            Ok(answer) => answer,
            Err(_) => Err(HttpError::AnswerLost("time is up".to_owned())),
        }
    }
}

/// Only reading calls follow redirects.
fn repeatable(request: &http::Request<Bytes>) -> Option<http::Request<Bytes>> {
    matches!(*request.method(), http::Method::GET | http::Method::HEAD).then(|| request.clone())
}

fn location(base: &str, response: &http::Response<Bytes>) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let target = response.headers().get(http::header::LOCATION)?.to_str().ok()?;
    Url::parse(base).ok()?.join(target).ok()
}

/// The same request at its new address; what proves who we are stays with the origin that it was meant for.
fn redirected(
    mut request: http::Request<Bytes>,
    base: &str,
    target: &Url,
) -> Result<http::Request<Bytes>, HttpError> {
    if Url::parse(base).map(|url| url.origin()).ok() != Some(target.origin()) {
        for name in [http::header::AUTHORIZATION, http::header::COOKIE, http::header::HOST] {
            request.headers_mut().remove(name);
        }
    }
    *request.uri_mut() =
        target.as_str().parse().map_err(|_| HttpError::Refused("redirect to no address".to_owned()))?;
    Ok(request)
}

async fn read(mut answer: reqwest::Response, max_bytes: u64) -> Result<http::Response<Bytes>, HttpError> {
    let too_large = || HttpError::Refused(format!("answer larger than {max_bytes} bytes"));
    if answer.content_length().is_some_and(|length| length > max_bytes) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(part) = answer.chunk().await.map_err(sort)? {
        if (body.len() + part.len()) as u64 > max_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&part);
    }
    let mut response = http::Response::new(body.freeze());
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

/// What certainly never left is told apart from what may have arrived.
fn sort(error: reqwest::Error) -> HttpError {
    if error.is_connect() || error.is_builder() {
        HttpError::NotSent(without_url(error))
    } else {
        HttpError::AnswerLost(without_url(error))
    }
}

/// Addresses carry tokens: they stay out of texts that end in logs.
fn without_url(error: reqwest::Error) -> String {
    error.without_url().to_string()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one connection after the other with the given texts.
    async fn server(answers: Vec<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for answer in answers {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        address
    }

    fn limits(trust: Trust) -> CallLimits {
        CallLimits { timeout: Duration::from_secs(10), max_bytes: 64, trust }
    }

    async fn get(http: &OutsideHttp, url: &str, trust: Trust) -> Result<http::Response<Bytes>, HttpError> {
        http.call(http::Request::get(url).body(Bytes::new()).unwrap(), limits(trust)).await
    }

    #[tokio::test]
    async fn providers_are_called_and_limits_hold() {
        let http = OutsideHttp::new(None);
        let ok =
            server(vec!["HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi".to_owned()])
                .await;
        assert_eq!(get(&http, &ok, Trust::Provider).await.unwrap().into_body(), "hi");
        let large =
            server(vec![format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(65))]).await;
        assert!(matches!(get(&http, &large, Trust::Provider).await, Err(HttpError::Refused(_))));
        let cut = server(vec!["HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhi".to_owned()]).await;
        assert!(matches!(get(&http, &cut, Trust::Provider).await, Err(HttpError::AnswerLost(_))));
        assert!(matches!(
            get(&http, "http://127.0.0.1:1/", Trust::Provider).await,
            Err(HttpError::NotSent(_))
        ));
    }

    #[tokio::test]
    async fn untrusted_addresses_reach_only_the_configured_private_origin() {
        let hop = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/secret\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned();
        let address = server(vec![hop]).await;
        let http = OutsideHttp::new(None);
        assert!(matches!(get(&http, &address, Trust::Untrusted).await, Err(HttpError::Refused(_))));
        let open = OutsideHttp::new(Some(&ProviderAddresses {
            urls: colibri_app::provider::ProviderUrls {
                whatsapp: format!("{address}/graph"),
                telegram: String::new(),
                messenger: String::new(),
                instagram: String::new(),
                twilio: String::new(),
            },
            allow_private: true,
        }));
        // The first hop is the configured provider, the redirect leads elsewhere inside.
        assert!(matches!(get(&open, &address, Trust::Untrusted).await, Err(HttpError::Refused(_))));
    }

    #[test]
    fn tokens_stay_with_their_origin() {
        let request = http::Request::get("https://a.example/x")
            .header("authorization", "Bearer t")
            .body(Bytes::new())
            .unwrap();
        let other =
            redirected(request.clone(), "https://a.example/x", &Url::parse("https://b.example/y").unwrap())
                .unwrap();
        assert!(other.headers().get("authorization").is_none());
        let same =
            redirected(request, "https://a.example/x", &Url::parse("https://a.example/y").unwrap()).unwrap();
        assert_eq!((same.uri().path(), same.headers().len()), ("/y", 1));
    }
}
