//! Deliveries: one signed form each, and never a second time by itself.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use tokio::sync::oneshot;

use super::{NAME, Twilio};
use crate::callback::{self, Outgoing};
use crate::fault::{Fault, Flaw, Place, WEBHOOK};
use crate::journal::Attempt;
use crate::sync::lock;

const HEADER: &str = "x-twilio-signature";

/// Names and values in the order of the form.
pub type Form = Vec<(String, String)>;

impl Twilio {
    /// Posts a form to an address; the receivers get the outcomes.
    pub fn deliver(
        &self,
        url: &str,
        line: &str,
        customer: &str,
        kind: &str,
        form: &Form,
    ) -> Vec<oneshot::Receiver<Attempt>> {
        if url.is_empty() {
            return Vec::new();
        }
        // What stands behind the fragment are settings for the provider itself.
        let url = url.split('#').next().unwrap_or_default();
        let faults = self.sim.faults().take(&Place {
            provider: NAME.to_owned(),
            operation: WEBHOOK.to_owned(),
            line: Some(line.to_owned()),
            customer: Some(customer.to_owned()),
            message_type: Some(kind.to_owned()),
        });
        let (mut copies, mut delay, mut flaw) = (1, Duration::ZERO, Flaw::Good);
        for fault in &faults {
            match fault {
                Fault::Delay { ms } => delay = Duration::from_millis(*ms),
                Fault::Duplicate { copies: wanted } => copies = *wanted,
                Fault::Signature { flaw: wanted } => flaw = *wanted,
                Fault::Reorder => delay = Duration::from_secs(2),
                Fault::Drop => copies = 0,
                _ => {}
            }
        }
        let token = lock(&self.state).config.auth_token.clone();
        let mut headers =
            vec![("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
        headers.extend(proof(&sign(&token, url, form), flaw));
        let out = Outgoing {
            provider: NAME.to_owned(),
            subject: kind.to_owned(),
            url: url.to_owned(),
            headers,
            body: form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish().into(),
            redeliver: false,
        };
        (0..copies).map(|_| callback::deliver(&self.sim, out.clone(), delay).1).collect()
    }
}

/// The address and everything in the form, by name.
fn sign(token: &str, url: &str, form: &Form) -> String {
    let mut sorted: Vec<_> = form.iter().collect();
    sorted.sort();
    sorted.dedup();
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else { return String::new() };
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The header, as wrong as wanted.
fn proof(signature: &str, flaw: Flaw) -> Option<(String, String)> {
    let value = match flaw {
        Flaw::Missing => return None,
        Flaw::Good => signature.to_owned(),
        Flaw::Empty => String::new(),
        Flaw::Truncated => signature.chars().take(signature.len().saturating_sub(8)).collect(),
        Flaw::UpperCase => signature.to_uppercase(),
        Flaw::Bad | Flaw::Unprefixed | Flaw::OtherSecret => signature.chars().rev().collect(),
    };
    Some((HEADER.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn signs_as_the_provider_does() {
        let form = [
            ("MessageSid", "SM00000000000000000000000000000001"),
            ("AccountSid", "AC00000000000000000000000000000001"),
            ("From", "+15005550006"),
            ("To", "+15005550009"),
            ("Body", "Olá & tchau = 1+1 "),
            ("NumMedia", "0"),
            ("MediaUrl0", ""),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let url = "https://crm.example.test/hooks/twilio/ch_7?tenant=t1";
        assert_eq!(sign("tw-token-1", url, &form), "qphYjadppGbDA2TUrVlcAQJQFu8=");
    }
}
