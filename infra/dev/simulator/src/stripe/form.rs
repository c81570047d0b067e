//! Bodies of forms, as browsers and the installation send them.

use std::collections::BTreeMap;

/// Names and values; of a name that comes twice the last one.
pub fn read(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut out) = (text.bytes(), Vec::with_capacity(text.len()));
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                let code = std::str::from_utf8(&hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                out.push(code.unwrap_or(b'?'));
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_and_letters_with_accents() {
        let read = read("metadata%5Bcharge%5D=first-1&name=Colibr%C3%AD+1&empty=&odd=%zz");
        let value = |name: &str| read.get(name).map(String::as_str);
        assert_eq!(value("metadata[charge]"), Some("first-1"));
        assert_eq!(value("name"), Some("Colibrí 1"));
        assert_eq!((value("empty"), value("odd")), (Some(""), Some("?")));
    }
}
