//! Dynamic variables in texts: `$contact.firstname`, or `{{$contact.firstname|"amigo"}}` with what stands in where
//! there is no value.
//!
//! A text never goes out with an unresolved variable in it: where there is neither value nor fallback, nothing stands
//! there, and the name is reported.

/// Longest name of a variable, in characters.
const NAME_CHARS: usize = 80;

/// A text with its variables replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolved {
    /// The text.
    pub text: String,
    /// Names that had neither value nor fallback, in the order of their first use.
    pub missing: Vec<String>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    Variable { name: &'a str, fallback: Option<String> },
}

/// Where variables begin with these words; anything else after a `$` is text, such as a price.
const SCOPES: [&str; 3] = ["contact.", "assignee.", "system."];

/// Length of the variable's name at the beginning of a text behind its `$`; 0 where there is none.
fn name_length(text: &str) -> usize {
    if !SCOPES.iter().any(|scope| text.starts_with(scope)) {
        return 0;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
    // A sentence's full stop is not part of the name.
    let name = text[..end].trim_end_matches('.');
    if name.split('.').count() == 2 && name.len() <= NAME_CHARS && !name.ends_with('.') {
        name.len()
    } else {
        0
    }
}

/// `{{$name|"fallback"}}` at the beginning of a text: the piece and its length.
fn braced(text: &str) -> Option<(Piece<'_>, usize)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find("}}")?;
    let (name, fallback) = match inner[..end].split_once('|') {
        Some((name, fallback)) => (name, Some(fallback.trim())),
        None => (&inner[..end], None),
    };
    let name = name.trim().strip_prefix('$')?;
    if name.is_empty() || name_length(name) != name.len() {
        return None;
    }
    let fallback = match fallback {
        Some(quoted) => Some(quoted.strip_prefix('"')?.strip_suffix('"')?.replace("\\\"", "\"")),
        None => None,
    };
    Some((Piece::Variable { name, fallback }, end + 4))
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let piece = if rest.starts_with("{{") {
            braced(rest)
        } else if let Some(name) = rest.strip_prefix('$') {
            let length = name_length(name);
            (length > 0).then(|| (Piece::Variable { name: &name[..length], fallback: None }, length + 1))
        } else {
            None
        };
        match piece {
            Some((piece, length)) => {
                if begin < at {
                    found.push(Piece::Plain(&text[begin..at]));
                }
                found.push(piece);
                at += length;
                begin = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    if begin < text.len() {
        found.push(Piece::Plain(&text[begin..]));
    }
    found
}

/// Replaces every variable by its value; `value` answers `None` where there is none.
pub fn resolve(text: &str, value: impl Fn(&str) -> Option<String>) -> Resolved {
    let mut resolved = Resolved::default();
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => resolved.text.push_str(plain),
            Piece::Variable { name, fallback } => {
                match value(name).filter(|value| !value.is_empty()).or(fallback) {
                    Some(value) => resolved.text.push_str(&value),
                    None if resolved.missing.iter().any(|known| known == name) => {}
                    None => resolved.missing.push(name.to_owned()),
                }
            }
        }
    }
    resolved
}

/// Names of all variables of a text, each once.
pub fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in pieces(text) {
        if let Piece::Variable { name, .. } = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "contact.firstname" => Some("Ana".into()),
            "contact.city" => Some("Quito".into()),
            "contact.empty" => Some(String::new()),
            "contact.sly" => Some("$contact.city".into()),
            _ => None,
        }
    }

    #[test]
    fn variables_become_their_values() {
        for (text, wanted, missing) in [
            ("Hola $contact.firstname, ¿sigue en $contact.city?", "Hola Ana, ¿sigue en Quito?", vec![]),
            ("Escribo a $contact.firstname.", "Escribo a Ana.", vec![]),
            ("{{$contact.firstname}}ta", "Anata", vec![]),
            (r#"Hola {{$contact.lastname|"amigo"}}"#, "Hola amigo", vec![]),
            (r#"Hola {{ $contact.empty | "\"usted\"" }}"#, "Hola \"usted\"", vec![]),
            ("$contact.phone y $contact.phone", " y ", vec!["contact.phone"]),
            ("Cuesta $15.00, o $contact", "Cuesta $15.00, o $contact", vec![]),
            ("{{$contact.city|quito}} {{x}} {{", "{{Quito|quito}} {{x}} {{", vec![]),
            ("$contact.sly", "$contact.city", vec![]),
        ] {
            let resolved = resolve(text, known);
            assert_eq!(
                (resolved.text.as_str(), resolved.missing),
                (wanted, missing.iter().map(|&m: &&str| m.to_owned()).collect()),
                "{text}"
            );
        }
        assert_eq!(
            names("$contact.city {{$system.current_date|\"hoy\"}} $contact.city"),
            ["contact.city", "system.current_date"]
        );
    }

    proptest! {
        #[test]
        fn a_text_without_variables_stays_as_it_is(text in "[^$]{0,60}") {
            prop_assert_eq!(resolve(&text, known).text, text);
        }

        #[test]
        fn any_text_is_taken(text in r#"[${}|"a.contact\\é ]{0,80}"#) {
            let _ = resolve(&text, known);
        }
    }
}
