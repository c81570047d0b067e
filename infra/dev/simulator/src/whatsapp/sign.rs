//! Bytes and signature of a webhook, the way Meta makes them.

use std::fmt::Write;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::fault::Flaw;

/// Header that carries the signature.
pub const HEADER: &str = "x-hub-signature-256";

/// JSON with everything outside ASCII as `\uXXXX` and each `/` as `\/`.
pub fn escaped(value: &Value) -> Bytes {
    let plain = value.to_string();
    let mut escaped = String::with_capacity(plain.len() + plain.len() / 8);
    let mut units = [0_u16; 2];
    for letter in plain.chars() {
        match letter {
            '/' => escaped.push_str("\\/"),
            letter if letter.is_ascii() => escaped.push(letter),
            letter => {
                for unit in letter.encode_utf16(&mut units) {
                    // Writing to a String cannot fail.
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
        }
    }
    Bytes::from(escaped)
}

/// `sha256=` and the HMAC of the bytes under the app secret.
pub fn signature(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length, so the fallback is never reached.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Headers of a delivery, with the signature as good or as wrong as asked for.
pub fn headers(secret: &str, body: &[u8], flaw: Flaw) -> Vec<(String, String)> {
    let good = signature(secret, body);
    let value = match flaw {
        Flaw::Good => good,
        Flaw::Bad => {
            let last = if good.ends_with('0') { '1' } else { '0' };
            format!("{}{last}", &good[..good.len() - 1])
        }
        Flaw::Missing => return Vec::new(),
        Flaw::Truncated => good[..good.len() - 8].to_owned(),
        Flaw::UpperCase => format!("sha256={}", good["sha256=".len()..].to_uppercase()),
        Flaw::Unprefixed => good["sha256=".len()..].to_owned(),
        Flaw::OtherSecret => signature("another-app-secret", body),
        Flaw::Empty => String::new(),
    };
    vec![(HEADER.to_owned(), value)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SECRET: &str = "meta-app-secret-1";

    #[test]
    fn signs_the_bytes_as_they_are() {
        assert_eq!(
            signature(SECRET, br#"{"object":"whatsapp_business_account","entry":[]}"#),
            "sha256=591c61d5cd8d82edc4fb053624ca097fc176aaec975b0f10930eeac6416f14ae"
        );
        assert_eq!(
            signature(SECRET, br#"{"object":"page","t":"caf\u00e9 \ud83d\ude00 a\/b"}"#),
            "sha256=79c5219dc9732eb46c483d64f47a6408d6ec6befaa69001cf66906b35eea87d4"
        );
    }

    #[test]
    fn escapes_as_the_vector_does() {
        let body = escaped(&json!({"object": "page", "t": "café 😀 a/b"}));
        assert_eq!(&body[..], br#"{"object":"page","t":"caf\u00e9 \ud83d\ude00 a\/b"}"#);
        assert_ne!(
            signature(SECRET, "{\"object\":\"page\",\"t\":\"café 😀 a/b\"}".as_bytes()),
            signature(SECRET, &body)
        );
    }

    #[test]
    fn every_flaw_differs_from_the_good_header() {
        let good = headers(SECRET, b"{}", Flaw::Good);
        let flaws = [
            Flaw::Bad,
            Flaw::Missing,
            Flaw::Truncated,
            Flaw::UpperCase,
            Flaw::Unprefixed,
            Flaw::OtherSecret,
            Flaw::Empty,
        ];
        for flaw in flaws {
            assert_ne!(headers(SECRET, b"{}", flaw), good, "{flaw:?}");
        }
    }
}
