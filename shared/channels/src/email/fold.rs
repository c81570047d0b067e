//! Splits a text into what the person wrote now and what follows: his signature and the history that he quotes.

use serde::{Deserialize, Serialize};

/// A text in two parts; together they are the whole text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// For the bubble.
    pub written: String,
    /// Signature and quoted history, shown on request; empty where there is none.
    pub folded: String,
}

/// Most lines over which mail programs spread "On … wrote:".
const INTRODUCTION_LINES: usize = 3;
/// Longest such introduction, in bytes: longer is prose that ends in a colon.
const INTRODUCTION_BYTES: usize = 300;

/// How mail programs begin and end the line above a quotation, in Spanish, English and Portuguese.
const INTRODUCTIONS: &[(&str, &[&str])] =
    &[("el ", &["escribió:", "escribio:"]), ("on ", &["wrote:"]), ("em ", &["escreveu:"])];

/// Lines, without their dashes, that announce a whole mail below.
const SEPARATORS: &[&str] = &[
    "mensaje original",
    "original message",
    "mensagem original",
    "mensaje reenviado",
    "forwarded message",
    "mensagem encaminhada",
];

/// First and following labels of the block of headers that Outlook puts above a quotation.
const HEADER_BLOCKS: &[(&str, &[&str])] =
    &[("de:", &["enviado:", "enviado el:", "fecha:", "enviada em:"]), ("from:", &["sent:", "date:"])];

/// What mail programs of phones put below a text by themselves.
const PHONE_SIGNATURES: &[&str] = &[
    "enviado desde mi ",
    "enviado desde outlook",
    "sent from my ",
    "get outlook for ",
    "obtener outlook para ",
];

/// Splits a text. A mail that would keep no words of its own (a bare forward, an answer below the quotation) is not
/// folded.
pub fn fold(text: &str) -> Folded {
    let lines: Vec<(usize, &str)> = offsets(text);
    for (place, (offset, line)) in lines.iter().enumerate() {
        if !begins_fold(&lines[place..], line) {
            continue;
        }
        let (written, folded) = text.split_at(*offset);
        if written.trim().is_empty() || (quoted(line) && answered_below(&lines[place..])) {
            break;
        }
        return Folded { written: written.trim_end().to_owned(), folded: folded.trim_end().to_owned() };
    }
    Folded { written: text.trim_end().to_owned(), folded: String::new() }
}

fn offsets(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            (start, line.trim())
        })
        .collect()
}

fn begins_fold(rest: &[(usize, &str)], line: &str) -> bool {
    let lower = line.to_lowercase();
    line == "--"
        || quoted(line)
        || introduces(rest)
        || separates(&lower)
        || PHONE_SIGNATURES.iter().any(|mark| lower.starts_with(mark))
        || HEADER_BLOCKS.iter().any(|(first, second)| {
            lower.trim_start_matches('*').starts_with(first)
                && rest.iter().skip(1).take(2).any(|(_, next)| {
                    let next = next.to_lowercase();
                    second.iter().any(|label| next.trim_start_matches('*').starts_with(label))
                })
        })
}

fn quoted(line: &str) -> bool {
    line.starts_with('>')
}

fn separates(lower: &str) -> bool {
    let inner = lower.trim_matches(|c: char| c == '-' || c.is_whitespace());
    lower.starts_with("--") && SEPARATORS.contains(&inner)
}

/// "On … wrote:" over up to three lines, as programs wrap it.
fn introduces(rest: &[(usize, &str)]) -> bool {
    let mut joined = String::new();
    for (_, line) in rest.iter().take(INTRODUCTION_LINES) {
        if line.is_empty() {
            return false;
        }
        joined.push_str(&line.to_lowercase());
        joined.push(' ');
        if joined.len() > INTRODUCTION_BYTES {
            return false;
        }
        let seen = joined.trim_end();
        if INTRODUCTIONS.iter().any(|(begin, ends)| {
            seen.starts_with(begin)
                && seen.chars().any(|c| c.is_ascii_digit())
                && ends.iter().any(|end| seen.ends_with(end))
        }) {
            return true;
        }
    }
    false
}

/// Words of the person stand between or below quoted lines: folding would hide his answer.
fn answered_below(rest: &[(usize, &str)]) -> bool {
    rest.iter().take_while(|(_, line)| *line != "--").any(|(_, line)| !line.is_empty() && !quoted(line))
}
