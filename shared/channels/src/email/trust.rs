//! Whether the sender is who he claims to be, and whether a machine wrote.

use serde::{Deserialize, Serialize};

/// What DMARC (RFC 7489) says about the author's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dmarc {
    /// The domain vouches for the mail: only then is the address a proven one.
    Pass,
    /// The domain disowns it: people are warned of a forged sender.
    Fail,
    /// Nobody says either.
    #[default]
    Unknown,
}

impl Dmarc {
    /// The verdict of the mail service that took the mail in (`PASS`, `FAIL`, `GRAY`…).
    pub fn of_verdict(word: &str) -> Self {
        match word {
            "PASS" => Self::Pass,
            "FAIL" => Self::Fail,
            _ => Self::Unknown,
        }
    }

    /// Reads `Authentication-Results` (RFC 8601). `headers` are the values in the order of the mail, the newest
    /// first; only the first one that `authority` wrote counts, because anybody can write such a header into his
    /// own mail. An authority that contradicts itself says nothing.
    pub fn of_headers<'a>(headers: impl IntoIterator<Item = &'a str>, authority: &str) -> Self {
        let own = headers.into_iter().map(without_comments).find(|value| {
            let named = value.split(';').next().unwrap_or_default();
            named.split_whitespace().next().is_some_and(|name| name.eq_ignore_ascii_case(authority))
        });
        let Some(own) = own else { return Self::Unknown };
        let mut verdicts = own.split(';').skip(1).filter_map(|result| {
            let (method, verdict) = result.trim().split_once('=')?;
            let method = method.split('/').next().unwrap_or_default();
            method.trim().eq_ignore_ascii_case("dmarc").then(|| {
                match verdict.split_whitespace().next().unwrap_or_default().to_ascii_lowercase().as_str() {
                    "pass" => Self::Pass,
                    "fail" => Self::Fail,
                    _ => Self::Unknown,
                }
            })
        });
        let first = verdicts.next().unwrap_or_default();
        if verdicts.all(|other| other == first) { first } else { Self::Unknown }
    }
}

/// Comments and quoted texts may hold anything, also what looks like a verdict.
fn without_comments(value: &str) -> String {
    let (mut out, mut depth, mut in_quotes, mut escaped) =
        (String::with_capacity(value.len()), 0_u32, false, false);
    for letter in value.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match letter {
            '\\' => escaped = true,
            '"' if depth == 0 => in_quotes = !in_quotes,
            '(' if !in_quotes => depth += 1,
            ')' if !in_quotes => depth = depth.saturating_sub(1),
            _ if depth == 0 && !in_quotes => out.push(letter),
            _ => {}
        }
    }
    out
}

/// Why a mail is taken for a machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    /// Ours, come back.
    Own,
    /// An answer that a program gave: holidays, tickets.
    Reply,
    /// A program wrote.
    Generated,
    /// To the members of a list.
    List,
    /// To many.
    Bulk,
    /// The envelope names no sender: reports and the answers of programs.
    NoReturn,
}

/// The header that every mail of ours carries.
pub const OWN_MARK: &str = "X-Colibri-Message";

/// Looks for the marks of automatic mail. Nothing automatic is answered automatically, and the first such mail of
/// an unknown sender goes to quarantine.
pub fn automatic(header: impl Fn(&str) -> Option<String>) -> Option<Automatic> {
    let word = |name: &str| {
        let value = header(name)?.to_ascii_lowercase();
        let value = value.split([';', '(']).next().unwrap_or_default().trim().to_owned();
        (!value.is_empty()).then_some(value)
    };
    if word(OWN_MARK).is_some() {
        return Some(Automatic::Own);
    }
    match word("Auto-Submitted").as_deref() {
        None | Some("no") => {}
        Some("auto-replied") => return Some(Automatic::Reply),
        Some(_) => return Some(Automatic::Generated),
    }
    let precedence = word("Precedence");
    if ["X-Autoreply", "X-Autorespond"].iter().any(|name| word(name).is_some_and(|value| value != "no"))
        || precedence.as_deref() == Some("auto_reply")
    {
        return Some(Automatic::Reply);
    }
    if word("List-Id").is_some() || precedence.as_deref() == Some("list") {
        return Some(Automatic::List);
    }
    if matches!(precedence.as_deref(), Some("bulk" | "junk")) || word("List-Unsubscribe").is_some() {
        return Some(Automatic::Bulk);
    }
    (word("Return-Path").as_deref() == Some("<>")).then_some(Automatic::NoReturn)
}

/// Whether the mail's own spam filter took it for spam: the verdict of SES, or the headers of mailboxes.
pub fn spam(header: impl Fn(&str) -> Option<String>) -> bool {
    let says = |name: &str, begin: &str| {
        header(name).is_some_and(|value| value.trim().to_ascii_lowercase().starts_with(begin))
    };
    says("X-SES-Spam-Verdict", "fail")
        || says("X-Spam-Flag", "yes")
        || says("X-Spam-Status", "yes")
        || says("X-Spam", "yes")
}
