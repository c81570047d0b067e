//! Keeps secrets out of what is stored, logged or shown.

/// Longest provider text kept, in characters.
pub const PROVIDER_TEXT_CHARS: usize = 500;

const MASK: &str = "[redacted]";

/// What is followed by a secret, in any case.
const MARKS: &[&str] = &[
    "bearer ",
    "access_token=",
    "input_token=",
    "appsecret_proof=",
    "client_secret=",
    "\"access_token\":\"",
];

/// A provider's text without secrets: those given, what looks like an access token, and what follows a word that
/// announces one. Control characters become spaces; at most [`PROVIDER_TEXT_CHARS`] characters.
pub fn redact(text: &str, secrets: &[&str]) -> String {
    let mut text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        text = text.replace(secret, MASK);
    }
    for mark in MARKS {
        text = mask_after(&text, mark);
    }
    text = mask_tokens(&text);
    text.chars().take(PROVIDER_TEXT_CHARS).collect()
}

fn is_secret_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'|' | b'%' | b'~' | b'+' | b'/')
}

fn mask_after(text: &str, mark: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(offset) = lower[at..].find(mark) {
        let start = at + offset + mark.len();
        let length = text[start..].bytes().take_while(|b| is_secret_byte(*b)).count();
        out.push_str(&text[at..start]);
        if length > 0 {
            out.push_str(MASK);
        }
        at = start + length;
    }
    out.push_str(&text[at..]);
    out
}

/// Access tokens of Meta begin with `EAA`.
fn mask_tokens(text: &str) -> String {
    const SHORTEST: usize = 20;
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(offset) = text[at..].find("EAA") {
        let start = at + offset;
        let length = text[start..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        out.push_str(&text[at..start]);
        out.push_str(if length >= SHORTEST { MASK } else { &text[start..start + length] });
        at = start + length;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_survive() {
        let token = "EAAB0123456789abcdefghijklmn";
        let cases = [
            (format!("Invalid token {token} used"), "Invalid token [redacted] used"),
            ("call /x?access_token=abc%7Cdef&y=1".to_owned(), "call /x?access_token=[redacted]&y=1"),
            ("Authorization: Bearer s3cr3t.x, bad".to_owned(), "Authorization: Bearer [redacted], bad"),
            ("key hunter22 refused".to_owned(), "key [redacted] refused"),
            ("EAA is a word, EAAx too".to_owned(), "EAA is a word, EAAx too"),
            ("one\ntwo\u{0}".to_owned(), "one two "),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(&text, &["hunter22"]), expected);
        }
        assert_eq!(redact(&"ñ".repeat(900), &[]).chars().count(), PROVIDER_TEXT_CHARS);
    }
}
