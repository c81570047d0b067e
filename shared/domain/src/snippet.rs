//! Snippets: prewritten answers that an agent inserts with `/`.

use serde::{Deserialize, Serialize};

use crate::ids::FileId;

/// Longest id in characters.
pub const ID_CHARS: usize = 30;
/// Longest name in characters.
pub const NAME_CHARS: usize = 100;
/// Longest text in characters, with its variables unresolved.
pub const TEXT_CHARS: usize = 2_000;
/// Most attachments.
pub const FILES: usize = 5;
/// Most snippets of a workspace.
pub const SNIPPETS: usize = 5_000;

/// A prewritten answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Snippet {
    /// What is typed after `/`; never changes.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// With variables; may be empty where there are files.
    pub text: String,
    /// Files of the workspace, in the order of sending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileId>,
    /// Grows with each change; kept beside it in the store.
    #[serde(default)]
    pub version: u64,
}

/// What is wrong with a snippet: the field, a stable code, and words for developers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Fault {
    pub field: &'static str,
    pub code: &'static str,
    pub detail: &'static str,
}

impl Snippet {
    /// Everything that is wrong with it; trims name and text.
    pub fn check(&mut self) -> Vec<Fault> {
        self.name = self.name.trim().to_owned();
        self.text = self.text.trim().replace('\0', "");
        let mut faults = Vec::new();
        let mut fault = |field, code, detail| faults.push(Fault { field, code, detail });
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if self.id.is_empty() || self.id.len() > ID_CHARS || !self.id.chars().all(letters) {
            fault("/id", "invalid_id", "1 to 30 of a-z, 0-9, _ and -");
        }
        if self.name.is_empty() || self.name.chars().count() > NAME_CHARS {
            fault("/name", "length", "1 to 100 characters");
        }
        if self.text.chars().count() > TEXT_CHARS {
            fault("/text", "length", "at most 2,000 characters");
        }
        if self.text.is_empty() && self.files.is_empty() {
            fault("/text", "empty", "a text, a file, or both");
        }
        if self.files.len() > FILES {
            fault("/files", "too_many", "at most 5 files");
        }
        if self.files.iter().enumerate().any(|(at, file)| self.files[..at].contains(file)) {
            fault("/files", "twice", "a file twice");
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(id: &str, name: &str, text: &str, files: usize) -> Snippet {
        let files = (0..files).map(|n| FileId::from_unique(&n.to_string())).collect();
        Snippet { id: id.into(), name: name.into(), text: text.into(), files, version: 0 }
    }

    #[test]
    fn every_fault_is_named_by_its_field() {
        let (long, longer) = ("x".repeat(31), "ñ".repeat(2_001));
        for (id, name, text, files, wanted) in [
            ("saludo", " Saludo ", " Hola ", 0, &[][..]),
            ("foto-1", "Foto", "", 5, &[]),
            ("", "Saludo", "Hola", 0, &["/id"]),
            ("Saludo", "Saludo", "Hola", 0, &["/id"]),
            (&long, "Saludo", "Hola", 0, &["/id"]),
            ("a b", " ", "", 0, &["/id", "/name", "/text"]),
            ("a", "a", &longer, 6, &["/text", "/files"]),
        ] {
            let mut one = snippet(id, name, text, files);
            let fields: Vec<_> = one.check().iter().map(|fault| fault.field).collect();
            assert_eq!(fields, wanted, "{id} {name}");
            assert_eq!(one.name, name.trim());
        }
    }
}
