//! Page tokens: where the next page begins, signed for one workspace and one list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{StoreError, StoreErrorKind};

/// What signs page tokens. Any stable text of the installation: a token gives no right, it only must not be forged.
#[derive(Clone)]
pub(crate) struct CursorKey(String);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey")
    }
}

const MAC: usize = 16;

impl CursorKey {
    /// Takes the signing text.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    fn mac(&self, scope: &str, body: &str) -> Option<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok()?;
        mac.update(scope.as_bytes());
        mac.update(&[0]);
        mac.update(body.as_bytes());
        Some(mac.finalize().into_bytes()[..MAC].to_vec())
    }

    /// A token for a place in a list; `scope` names workspace, list and filter.
    pub(crate) fn seal(&self, scope: &str, place: &str) -> String {
        let body = format!("1{place}");
        let mut bytes = self.mac(scope, &body).unwrap_or_default();
        bytes.extend_from_slice(body.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place of a token made for this scope.
    pub(crate) fn open(&self, scope: &str, token: &str) -> Result<String, StoreError> {
        use subtle_eq::constant_time_eq;
        let invalid = || StoreError::new(StoreErrorKind::CursorInvalid, "cursor", "not a token of this list");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let (mac, body) = bytes.split_at_checked(MAC).ok_or_else(invalid)?;
        let body = std::str::from_utf8(body).map_err(|_| invalid())?;
        let expected = self.mac(scope, body).ok_or_else(invalid)?;
        if !constant_time_eq(&expected, mac) {
            return Err(invalid());
        }
        body.strip_prefix('1').map(str::to_owned).ok_or_else(invalid)
    }
}

mod subtle_eq {
    /// Compares without telling by time where two values differ.
    pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
        a.len() == b.len() && a.iter().zip(b).fold(0, |different, (x, y)| different | (x ^ y)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_bound_to_their_list() {
        let key = CursorKey::new("k");
        let token = key.seal("ws_1/inbox/all", "W#1#x");
        assert_eq!(key.open("ws_1/inbox/all", &token).unwrap(), "W#1#x");
        assert_eq!(key.open("ws_2/inbox/all", &token).unwrap_err().kind, StoreErrorKind::CursorInvalid);
        assert!(key.open("ws_1/inbox/all", &token[1..]).is_err());
        assert!(key.open("ws_1/inbox/all", "").is_err());
        assert!(CursorKey::new("other").open("ws_1/inbox/all", &token).is_err());
    }
}
