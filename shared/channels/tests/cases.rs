//! The case tables: what the provider writes and what it means, what we mean and what we write.
//!
//! Each file of `cases/whatsapp` holds cases of one kind; `covers` says which words of the provider a case shows.
//! `UPDATE_CASES=1` writes what the adapter does now into `expected`: read the difference before you keep it.

mod support;

use colibri_channels::{coverage, whatsapp};
use colibri_domain::channel::ChannelSource;

use support::{inbound, management, outbound, table};

#[test]
fn inbound_messages() {
    table("inbound", inbound::message);
}

#[test]
fn echoes_of_the_business_app() {
    table("echoes", inbound::echo);
}

#[test]
fn whole_deliveries() {
    table("deliveries", inbound::delivery);
}

#[test]
fn other_fields() {
    table("fields", inbound::field);
}

#[test]
fn statuses() {
    table("statuses", inbound::status);
}

#[test]
fn signatures() {
    table("signatures", inbound::signature);
}

#[test]
fn handshakes() {
    table("handshakes", inbound::handshake);
}

#[test]
fn outbound_requests() {
    table("outbound", outbound::request);
}

#[test]
fn refusals_and_limits() {
    table("limits", outbound::check);
}

#[test]
fn error_codes() {
    table("errors", outbound::error);
}

#[test]
fn answers_to_sends() {
    table("answers", outbound::answer);
}

#[test]
fn media() {
    table("media", management::media);
}

#[test]
fn templates() {
    table("templates", management::templates);
}

#[test]
fn accounts() {
    table("account", management::account);
}

#[test]
fn every_word_of_the_provider_has_a_case() {
    let covered = support::covered();
    let words = coverage::coverage(ChannelSource::WhatsappCloud).words();
    let missing: Vec<_> = words.iter().filter(|word| !covered.contains(*word)).collect();
    assert!(missing.is_empty(), "no case covers {missing:?}");
    let unknown: Vec<_> = covered.iter().filter(|word| !words.contains(word)).collect();
    assert!(unknown.is_empty(), "cases name {unknown:?}, which nothing lists");
}

#[test]
fn every_code_of_a_range_has_its_rule() {
    for rule in whatsapp::errors::RULES {
        assert!(rule.from <= rule.to);
        for code in [rule.from, rule.to] {
            assert_eq!(whatsapp::errors::rule(code), Some(rule), "two rules for {code}");
        }
    }
    assert_eq!(whatsapp::errors::rule(199), None);
    assert_eq!(whatsapp::errors::rule(300), None);
}
