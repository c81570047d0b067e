//! Envelope encryption: a data key per scope, wrapped by the installation's KMS key, AES-256-GCM for the secret.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as B64;
use colibri_app::ports::{KeyVault, PortError, PortErrorKind};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::port_error;

/// How long an unwrapped data key stays in memory.
const KEEP: Duration = Duration::from_mins(5);
/// Most data keys in memory.
const MOST: usize = 1000;
/// Name of the value that binds a data key to its scope.
const CONTEXT: &str = "scope";
/// Format of sealed text: version, wrapped data key, nonce and ciphertext.
const VERSION: &str = "1";

struct Kept {
    key: Arc<LessSafeKey>,
    wrapped: String,
    since: Instant,
}

/// Seals and opens with data keys wrapped by one KMS key.
pub struct KmsVault {
    client: aws_sdk_kms::Client,
    key_id: String,
    /// By scope for sealing, by scope and wrapped key for opening.
    keys: Mutex<HashMap<(String, Option<String>), Kept>>,
}

impl KmsVault {
    /// With the KMS key by its id or ARN.
    pub fn new(client: aws_sdk_kms::Client, key_id: &str) -> Self {
        Self { client, key_id: key_id.to_owned(), keys: Mutex::new(HashMap::new()) }
    }

    async fn kept(&self, slot: &(String, Option<String>)) -> Option<(Arc<LessSafeKey>, String)> {
        let keys = self.keys.lock().await;
        keys.get(slot)
            .filter(|kept| kept.since.elapsed() < KEEP)
            .map(|kept| (kept.key.clone(), kept.wrapped.clone()))
    }

    async fn keep(&self, slot: (String, Option<String>), key: &Arc<LessSafeKey>, wrapped: &str) {
        let mut keys = self.keys.lock().await;
        if keys.len() >= MOST {
            keys.retain(|_, kept| kept.since.elapsed() < KEEP);
        }
        if keys.len() < MOST {
            keys.insert(slot, Kept { key: key.clone(), wrapped: wrapped.to_owned(), since: Instant::now() });
        }
    }

    async fn sealing_key(&self, scope: &str) -> Result<(Arc<LessSafeKey>, String), PortError> {
        let slot = (scope.to_owned(), None);
        if let Some(kept) = self.kept(&slot).await {
            return Ok(kept);
        }
        let call = self
            .client
            .generate_data_key()
            .key_id(&self.key_id)
            .key_spec(DataKeySpec::Aes256)
            .encryption_context(CONTEXT, scope);
        let made = call.send().await.map_err(|error| port_error("vault.seal", &error))?;
        let (Some(plain), Some(wrapped)) = (made.plaintext, made.ciphertext_blob) else {
            return Err(corrupt("vault.seal"));
        };
        let key = data_key(plain.as_ref(), "vault.seal")?;
        let wrapped = B64.encode(wrapped);
        self.keep(slot, &key, &wrapped).await;
        Ok((key, wrapped))
    }

    async fn opening_key(&self, scope: &str, wrapped: &str) -> Result<Arc<LessSafeKey>, PortError> {
        const OP: &str = "vault.open";
        let slot = (scope.to_owned(), Some(wrapped.to_owned()));
        if let Some((key, _)) = self.kept(&slot).await {
            return Ok(key);
        }
        let blob = Blob::new(B64.decode(wrapped).map_err(|_| corrupt(OP))?);
        let call = self
            .client
            .decrypt()
            .key_id(&self.key_id)
            .ciphertext_blob(blob)
            .encryption_context(CONTEXT, scope);
        let opened = call.send().await.map_err(|error| port_error(OP, &error))?;
        let key = data_key(opened.plaintext.ok_or_else(|| corrupt(OP))?.as_ref(), OP)?;
        self.keep(slot, &key, wrapped).await;
        Ok(key)
    }
}

#[async_trait]
impl KeyVault for KmsVault {
    async fn seal(&self, scope: &str, secret: &SecretString) -> Result<String, PortError> {
        let (key, wrapped) = self.sealing_key(scope).await?;
        Ok(format!("{VERSION}.{wrapped}.{}", seal_with(&key, scope, secret)?))
    }

    async fn open(&self, scope: &str, sealed: &str) -> Result<SecretString, PortError> {
        let mut parts = sealed.split('.');
        let (Some(VERSION), Some(wrapped), Some(text), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(corrupt("vault.open"));
        };
        let key = self.opening_key(scope, wrapped).await?;
        open_with(&key, scope, text)
    }
}

fn corrupt(op: &'static str) -> PortError {
    PortError::new(PortErrorKind::Corrupt, op, "not readable")
}

fn data_key(plain: &[u8], op: &'static str) -> Result<Arc<LessSafeKey>, PortError> {
    let key = UnboundKey::new(&AES_256_GCM, plain).map_err(|_| corrupt(op))?;
    Ok(Arc::new(LessSafeKey::new(key)))
}

fn seal_with(key: &LessSafeKey, scope: &str, secret: &SecretString) -> Result<String, PortError> {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut text = secret.expose_secret().as_bytes().to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(scope.as_bytes()), &mut text)
        .map_err(|_| corrupt("vault.seal"))?;
    Ok(B64.encode([nonce.as_slice(), &text].concat()))
}

fn open_with(key: &LessSafeKey, scope: &str, sealed: &str) -> Result<SecretString, PortError> {
    const OP: &str = "vault.open";
    let bytes = B64.decode(sealed).map_err(|_| corrupt(OP))?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or_else(|| corrupt(OP))?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| corrupt(OP))?;
    let mut text = text.to_vec();
    let plain = key.open_in_place(nonce, Aad::from(scope.as_bytes()), &mut text).map_err(|_| corrupt(OP))?;
    std::str::from_utf8(plain).map(SecretString::from).map_err(|_| corrupt(OP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_own_scope_only() {
        let key = data_key(&[7; 32], "test").unwrap();
        let sealed = seal_with(&key, "W#one", &"token".into()).unwrap();
        assert_ne!(sealed, seal_with(&key, "W#one", &"token".into()).unwrap());
        assert_eq!(open_with(&key, "W#one", &sealed).unwrap().expose_secret(), "token");
        assert!(open_with(&key, "W#two", &sealed).is_err());
        assert!(open_with(&key, "W#one", "AAAA").is_err());
        assert!(!sealed.contains("token"));
    }
}
