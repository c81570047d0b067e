//! E-mail: what raw mails say, what they report, who vouches for the sender; and that no mutilated mail does harm.
//!
//! `UPDATE_CASES=1` writes what the reader does now into `expected`: read the difference before you keep it.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

use std::path::PathBuf;

use colibri_channels::email::fold::fold;
use colibri_channels::email::read::{Unreadable, read};
use colibri_channels::email::trust::Dmarc;
use colibri_channels::email::{MAX_MAIL_BYTES, trust};
use proptest::prelude::*;
use serde_json::{Value, json};

fn cases(name: &str) -> (PathBuf, Vec<Value>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("cases/email/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}.json: {e}"));
    (path, serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}.json: {e}")))
}

fn table(name: &str, run: fn(&Value) -> Value) {
    let (path, mut all) = cases(name);
    assert!(!all.is_empty(), "{name}.json holds no case");
    for case in &mut all {
        let got = run(case);
        if std::env::var_os("UPDATE_CASES").is_some() {
            case["expected"] = got;
        } else {
            assert_eq!(got, case["expected"], "{name}.json: {}", case["name"]);
        }
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(path, format!("{:#}\n", Value::from(all))).unwrap();
    }
}

fn lines(case: &Value, member: &str) -> Vec<String> {
    serde_json::from_value(case[member].clone()).unwrap()
}

fn mail_case(case: &Value) -> Value {
    match read(lines(case, "mail").join("\r\n").as_bytes()) {
        Ok(mail) => json!({ "mail": mail, "quarantined": mail.quarantined() }),
        Err(why) => json!({ "unreadable": why }),
    }
}

fn dmarc_case(case: &Value) -> Value {
    let headers = lines(case, "headers");
    json!(Dmarc::of_headers(headers.iter().map(String::as_str), "mx.tienda.example"))
}

#[test]
fn mails_say_what_their_cases_expect() {
    table("mails", mail_case);
}

#[test]
fn only_our_own_authority_vouches_for_a_sender() {
    table("dmarc", dmarc_case);
    assert_eq!(Dmarc::of_verdict("PASS"), Dmarc::Pass);
    assert_eq!(Dmarc::of_verdict("FAIL"), Dmarc::Fail);
    for word in ["GRAY", "PROCESSING_FAILED", "DISABLED", "pass", ""] {
        assert_eq!(Dmarc::of_verdict(word), Dmarc::Unknown);
    }
}

#[test]
fn a_mail_above_the_limit_is_not_read() {
    assert_eq!(read(&vec![b'a'; MAX_MAIL_BYTES + 1]), Err(Unreadable::TooLarge));
}

#[test]
fn a_mail_without_id_is_known_when_it_comes_again() {
    let id = |text: &str| read(format!("From: ana@cliente.example\r\n\r\n{text}").as_bytes()).unwrap().id;
    assert_eq!(id("Hola"), id("Hola"));
    assert_ne!(id("Hola"), id("Hola."));
}

/// Each case with every line dropped, doubled, emptied, cut, nested under a boundary, or without its colon.
#[test]
fn no_mutilated_mail_panics() {
    let mut tried = 0_u32;
    for case in cases("mails").1 {
        let lines = lines(&case, "mail");
        for place in 0..lines.len() {
            for change in 0..8 {
                let mut changed = lines.clone();
                let line = changed[place].clone();
                match change {
                    0 => drop(changed.remove(place)),
                    1 => changed.insert(place, line),
                    2 => changed[place] = String::new(),
                    3 => changed[place] = line.chars().take(line.chars().count() / 2).collect(),
                    4 => changed.insert(place, "Content-Type: multipart/mixed; boundary=\"d\"".to_owned()),
                    5 => changed[place] = line.replace(':', " "),
                    6 => changed.truncate(place),
                    _ => changed[place] = line.replace("example", "\u{0}ñ<>\u{202e}"),
                }
                let _ = read(changed.join("\r\n").as_bytes());
                let _ = read(changed.join("\n").as_bytes());
                tried += 2;
            }
        }
    }
    println!("{tried} mutilated mails");
    assert!(tried > 2_000);
}

proptest! {
    #[test]
    fn folding_loses_no_word(text in "(?s)([a-zñ>:\\- ]{0,12}\n|> [a-z]{0,5}\n|-- \n|El 1 escribió:\n|Enviado desde mi X\n){0,12}") {
        let folded = fold(&text);
        let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
        let mut kept = words(&folded.written);
        kept.extend(words(&folded.folded));
        prop_assert_eq!(kept, words(&text));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes);
        let mut mail = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n".to_vec();
        mail.extend(&bytes);
        let _ = read(&mail);
    }

    #[test]
    fn nobody_else_vouches(value in "[a-z.;=() \"\\\\]{0,60}") {
        let value = format!("other.example; {value}; dmarc=pass");
        prop_assert_eq!(Dmarc::of_headers([value.as_str()], "mx.tienda.example"), Dmarc::Unknown);
    }

    #[test]
    fn marks_of_machines_are_found_in_any_case(upper in any::<bool>()) {
        let value = if upper { "AUTO-REPLIED" } else { "auto-replied" };
        let found = trust::automatic(|name| (name == "Auto-Submitted").then(|| value.to_owned()));
        prop_assert_eq!(found, Some(trust::Automatic::Reply));
    }
}
