//! The mail to a visitor who is no longer there: the answers that he has not seen, and the way back.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// A mail in both forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML; everything that anybody typed is escaped.
    pub html: String,
}

/// One unseen answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Who answered, if told.
    #[serde(default)]
    pub author: Option<String>,
    /// What.
    pub text: String,
}

struct Words {
    one: &'static str,
    many: &'static str,
    greeting: &'static str,
    back: &'static str,
    why: &'static str,
}

const ES: Words = Words {
    one: "Tiene una respuesta de {title}",
    many: "Tiene {n} respuestas de {title}",
    greeting: "Le respondieron en el chat de {title}:",
    back: "Continuar la conversación",
    why: "Recibe este correo porque dejó su dirección en el chat de {title}. El enlace vale 7 días y abre su \
          conversación: no lo comparta.",
};

const EN: Words = Words {
    one: "You have an answer from {title}",
    many: "You have {n} answers from {title}",
    greeting: "You were answered in the chat of {title}:",
    back: "Continue the conversation",
    why: "You receive this mail because you left your address in the chat of {title}. The link works for 7 days and \
          opens your conversation: do not share it.",
};

/// Writes the mail. `title` is the chat's, `link` leads back into the conversation.
pub fn note(language: &str, title: &str, answers: &[Answer], link: &str) -> Note {
    let words = if language == "en" { EN } else { ES };
    let one_line: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let fill =
        |text: &str| text.replace("{n}", &answers.len().to_string()).replace("{title}", one_line.trim());
    let subject = fill(if answers.len() == 1 { words.one } else { words.many });
    let (mut text, mut html) = (String::new(), String::new());
    let _ = write!(text, "{}\n\n", fill(words.greeting));
    let _ = write!(
        html,
        "<!doctype html><html lang=\"{}\"><body style=\"font-family:sans-serif;color:#1f2937\"><p>{}</p>",
        if language == "en" { "en" } else { "es" },
        escape(&fill(words.greeting))
    );
    for answer in answers {
        let author = answer.author.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
        let _ = write!(text, "{author}{}\n\n", answer.text);
        let shown = escape(&answer.text).replace('\n', "<br>");
        let _ = write!(
            html,
            "<blockquote style=\"margin:0 0 12px;padding:8px 12px;border-left:3px solid #0f766e\"><b>{}</b>{shown}</blockquote>",
            escape(&author)
        );
    }
    let _ = write!(text, "{}:\n{link}\n\n{}\n", words.back, fill(words.why));
    let _ = write!(
        html,
        "<p><a href=\"{}\">{}</a></p><p style=\"color:#6b7280;font-size:13px\">{}</p></body></html>",
        escape(link),
        escape(words.back),
        escape(&fill(words.why))
    );
    Note { subject, text, html }
}

/// Text as HTML shows it, in content and in quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
