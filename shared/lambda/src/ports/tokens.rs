//! Checks access tokens against the public keys of the user pool.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use bytes::Bytes;
use colibri_app::ports::{
    AccessClaims, CallLimits, Clock, Http, IdentityError, PortError, PortErrorKind, Trust,
};
use colibri_domain::Seconds;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

const OP: &str = "tokens.verify";
/// Keys are asked for again at most this often when a token names an unknown one.
const ASK_AGAIN: Duration = Duration::from_mins(1);

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    iss: String,
    client_id: String,
    token_use: String,
    exp: i64,
    iat: i64,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: String,
    n: String,
    e: String,
}

#[derive(Default)]
struct Cache {
    keys: HashMap<String, Arc<RsaPublicKeyComponents<Vec<u8>>>>,
    asked: Option<Instant>,
}

/// Checks tokens of one client of one user pool.
pub struct TokenVerifier {
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    issuer: String,
    client_id: String,
    key_set_url: String,
    cache: Mutex<Cache>,
}

impl TokenVerifier {
    /// For tokens that `issuer` made for `client_id`, signed by a key that `key_set_url` lists.
    pub fn new(
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
        issuer: &str,
        client_id: &str,
        key_set_url: &str,
    ) -> Self {
        let text = str::to_owned;
        Self {
            http,
            clock,
            issuer: text(issuer),
            client_id: text(client_id),
            key_set_url: text(key_set_url),
            cache: Mutex::default(),
        }
    }

    /// Whose token it is; anything wrong with it counts as an ended session.
    pub async fn verify(&self, token: &str) -> Result<AccessClaims, IdentityError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(IdentityError::Ended)?;
        let (header, claims) = signed.split_once('.').ok_or(IdentityError::Ended)?;
        let header_bytes = decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header_bytes).map_err(|_| IdentityError::Ended)?;
        if header.alg != "RS256" {
            return Err(IdentityError::Ended);
        }
        let key = self.key(header.kid).await?.ok_or(IdentityError::Ended)?;
        key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature)?)
            .map_err(|_| IdentityError::Ended)?;
        let claims: Claims = parse(claims)?;
        let legal =
            claims.iss == self.issuer && claims.client_id == self.client_id && claims.token_use == "access";
        if !legal || claims.exp <= self.clock.now().seconds().0 {
            return Err(IdentityError::Ended);
        }
        Ok(AccessClaims { subject: claims.sub, issued_at: Seconds(claims.iat).millis() })
    }

    async fn key(&self, kid: &str) -> Result<Option<Arc<RsaPublicKeyComponents<Vec<u8>>>>, PortError> {
        let mut cache = self.cache.lock().await;
        let recent = cache.asked.is_some_and(|asked| asked.elapsed() < ASK_AGAIN);
        if !cache.keys.contains_key(kid) && !recent {
            cache.keys = self.fetch().await?;
            cache.asked = Some(Instant::now());
        }
        Ok(cache.keys.get(kid).cloned())
    }

    async fn fetch(&self) -> Result<HashMap<String, Arc<RsaPublicKeyComponents<Vec<u8>>>>, PortError> {
        let fault = |detail: &str| PortError::new(PortErrorKind::Unavailable, OP, detail);
        let request =
            http::Request::get(&self.key_set_url).body(Bytes::new()).map_err(|_| fault("address"))?;
        let limits =
            CallLimits { timeout: Duration::from_secs(5), max_bytes: 65_536, trust: Trust::Provider };
        let answer = self.http.call(request, limits).await.map_err(|error| fault(&error.to_string()))?;
        let set: KeySet = serde_json::from_slice(answer.body()).map_err(|_| fault("key set"))?;
        let key = |jwk: Jwk| {
            Some((
                jwk.kid,
                Arc::new(RsaPublicKeyComponents { n: B64.decode(jwk.n).ok()?, e: B64.decode(jwk.e).ok()? }),
            ))
        };
        Ok(set.keys.into_iter().filter_map(key).collect())
    }
}

fn decode(text: &str) -> Result<Vec<u8>, IdentityError> {
    B64.decode(text).map_err(|_| IdentityError::Ended)
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, IdentityError> {
    serde_json::from_slice(&decode(text)?).map_err(|_| IdentityError::Ended)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use colibri_app::ports::HttpError;
    use colibri_domain::Millis;
    use serde_json::Value;

    use super::*;

    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Millis {
            Seconds(self.0).millis()
        }
    }

    struct Keys(String, AtomicUsize);

    #[async_trait]
    impl Http for Keys {
        async fn call(
            &self,
            _: http::Request<Bytes>,
            _: CallLimits,
        ) -> Result<http::Response<Bytes>, HttpError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok(http::Response::new(self.0.clone().into()))
        }
    }

    /// Tokens signed once, their private keys thrown away; they run from 1,700,000,000 to 1,700,000,900.
    fn fixtures() -> Value {
        serde_json::from_str(include_str!("fixtures/tokens.json")).unwrap()
    }

    fn verifier(now: i64) -> (TokenVerifier, Arc<Keys>) {
        let keys = Arc::new(Keys(fixtures()["key_set"].to_string(), AtomicUsize::new(0)));
        let issuer = "https://issuer.example/pool";
        (
            TokenVerifier::new(
                keys.clone(),
                Arc::new(At(now)),
                issuer,
                "console",
                "https://issuer.example/keys",
            ),
            keys,
        )
    }

    #[tokio::test]
    async fn a_good_token_names_its_user_until_it_expires() {
        let fixtures = fixtures();
        let good = fixtures["good"].as_str().unwrap();
        let (verifier_now, keys) = verifier(1_700_000_899);
        let claims = verifier_now.verify(good).await.unwrap();
        assert_eq!((claims.subject.as_str(), claims.issued_at), ("7a1d3c", Millis(1_700_000_000_000)));
        verifier_now.verify(good).await.unwrap();
        assert_eq!(keys.1.load(Ordering::Relaxed), 1, "keys are fetched once");
        assert_eq!(verifier(1_700_000_900).0.verify(good).await, Err(IdentityError::Ended));
    }

    #[tokio::test]
    async fn anything_else_is_an_ended_session() {
        let (verifier, keys) = verifier(1_700_000_100);
        for (name, token) in fixtures()["bad"].as_object().unwrap() {
            assert_eq!(verifier.verify(token.as_str().unwrap()).await, Err(IdentityError::Ended), "{name}");
        }
        assert_eq!(
            keys.1.load(Ordering::Relaxed),
            1,
            "unknown keys do not let anyone make us ask again and again"
        );
    }
}
