//! The case tables: what the provider writes and what it means, what we mean and what we write.
//!
//! Each file of `cases/<channel>` holds cases of one kind; `covers` says which words of the provider a case shows.
//! `UPDATE_CASES=1` writes what the adapter does now into `expected`: read the difference before you keep it.

mod support;

use colibri_channels::{coverage, whatsapp};

use support::{
    Desk, INSTAGRAM, MESSENGER, TELEGRAM, TWILIO, WHATSAPP, inbound, management, outbound, pages, table,
    telegram, twilio, webhooks,
};

#[test]
fn inbound_messages() {
    table(WHATSAPP, "inbound", inbound::message);
}

#[test]
fn echoes_of_the_business_app() {
    table(WHATSAPP, "echoes", inbound::echo);
}

#[test]
fn whole_deliveries() {
    table(WHATSAPP, "deliveries", webhooks::delivery);
}

#[test]
fn other_fields() {
    table(WHATSAPP, "fields", inbound::field);
}

#[test]
fn statuses() {
    table(WHATSAPP, "statuses", inbound::status);
}

#[test]
fn signatures() {
    table(WHATSAPP, "signatures", webhooks::signature);
}

#[test]
fn handshakes() {
    table(WHATSAPP, "handshakes", webhooks::handshake);
}

#[test]
fn outbound_requests() {
    table(WHATSAPP, "outbound", outbound::request);
}

#[test]
fn refusals_and_limits() {
    table(WHATSAPP, "limits", outbound::check);
}

#[test]
fn error_codes() {
    table(WHATSAPP, "errors", outbound::error);
}

#[test]
fn answers_to_sends() {
    table(WHATSAPP, "answers", outbound::answer);
}

#[test]
fn media() {
    table(WHATSAPP, "media", management::media);
}

#[test]
fn templates() {
    table(WHATSAPP, "templates", management::templates);
}

#[test]
fn accounts() {
    table(WHATSAPP, "account", management::account);
}

#[test]
fn every_word_of_each_provider_has_a_case() {
    for desk in [WHATSAPP, TELEGRAM, MESSENGER, INSTAGRAM, TWILIO] {
        let (source, covered) = (desk.source, support::covered(desk));
        let words = coverage::coverage(source).words();
        let missing: Vec<_> = words.iter().filter(|word| !covered.contains(*word)).collect();
        assert!(missing.is_empty(), "{source:?}: no case covers {missing:?}");
        let unknown: Vec<_> = covered.iter().filter(|word| !words.contains(word)).collect();
        assert!(unknown.is_empty(), "{source:?}: cases name {unknown:?}, which nothing lists");
    }
}

mod telegram_tables {
    use super::*;

    #[test]
    fn messages() {
        table(TELEGRAM, "inbound", telegram::message);
    }

    #[test]
    fn updates() {
        table(TELEGRAM, "updates", webhooks::delivery);
    }

    #[test]
    fn secrets() {
        table(TELEGRAM, "secrets", webhooks::signature);
    }

    #[test]
    fn outbound_requests() {
        table(TELEGRAM, "outbound", outbound::request);
    }

    #[test]
    fn refusals_and_limits() {
        table(TELEGRAM, "limits", outbound::check);
    }

    #[test]
    fn refusals_of_the_provider() {
        table(TELEGRAM, "errors", outbound::answer);
    }

    #[test]
    fn answers_to_sends() {
        table(TELEGRAM, "answers", outbound::answer);
    }

    #[test]
    fn media() {
        table(TELEGRAM, "media", management::media);
    }

    #[test]
    fn accounts() {
        table(TELEGRAM, "account", management::account);
    }
}

mod twilio_tables {
    use super::*;

    #[test]
    fn messages() {
        table(TWILIO, "inbound", twilio::delivery);
    }

    #[test]
    fn reports() {
        table(TWILIO, "statuses", twilio::delivery);
    }

    #[test]
    fn signatures() {
        table(TWILIO, "signatures", webhooks::signature);
    }

    #[test]
    fn outbound_requests() {
        table(TWILIO, "outbound", outbound::request);
    }

    #[test]
    fn refusals_and_limits() {
        table(TWILIO, "limits", outbound::check);
    }

    #[test]
    fn error_codes() {
        table(TWILIO, "errors", outbound::answer);
    }

    #[test]
    fn answers_to_sends() {
        table(TWILIO, "answers", outbound::answer);
    }

    #[test]
    fn media() {
        table(TWILIO, "media", management::media);
    }

    #[test]
    fn accounts() {
        table(TWILIO, "account", management::account);
    }
}

mod pages_and_instagram {
    use super::*;

    fn both(name: &str, run: fn(&Desk, &serde_json::Value) -> serde_json::Value) {
        for desk in [MESSENGER, INSTAGRAM] {
            table(desk, name, run);
        }
    }

    #[test]
    fn events() {
        both("events", pages::event);
    }

    #[test]
    fn whole_deliveries() {
        both("deliveries", webhooks::delivery);
    }

    #[test]
    fn signatures() {
        both("signatures", webhooks::signature);
    }

    #[test]
    fn handshakes() {
        both("handshakes", webhooks::handshake);
    }

    #[test]
    fn outbound_requests() {
        both("outbound", outbound::request);
    }

    #[test]
    fn refusals_and_limits() {
        both("limits", outbound::check);
    }

    #[test]
    fn error_codes() {
        both("errors", outbound::answer);
    }

    #[test]
    fn answers_to_sends() {
        both("answers", outbound::answer);
    }

    #[test]
    fn media() {
        both("media", management::media);
    }

    #[test]
    fn accounts() {
        both("account", management::account);
    }
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
