//! Mails of the installation to people about their accounts, in Spanish and English.

use colibri_domain::invitation::Invitation;

use crate::ports::MailMessage;

struct Words {
    subject: &'static str,
    body: &'static str,
    button: &'static str,
    why: &'static str,
}

const INVITATION: [Words; 2] = [
    Words {
        subject: "{who} le invita a {where} en Colibri",
        body: "{who} le invita a atender las conversaciones de {where} en Colibri.",
        button: "Aceptar la invitación",
        why: "La invitación vale 7 días y solo para esta dirección. Si no la esperaba, no haga nada.",
    },
    Words {
        subject: "{who} invites you to {where} on Colibri",
        body: "{who} invites you to answer the conversations of {where} on Colibri.",
        button: "Accept the invitation",
        why: "The invitation works for 7 days and for this address only. If you did not expect it, do nothing.",
    },
];

const SIGN_UP: [Words; 2] = [
    Words {
        subject: "Confirme su correo para usar Colibri",
        body: "Alguien quiere abrir una cuenta de Colibri con esta dirección.",
        button: "Confirmar el correo y continuar",
        why: "El enlace vale una hora y una sola vez. Si no fue usted, no haga nada.",
    },
    Words {
        subject: "Confirm your e-mail to use Colibri",
        body: "Somebody wants to open a Colibri account with this address.",
        button: "Confirm the e-mail and continue",
        why: "The link works for one hour and once. If it was not you, do nothing.",
    },
];

const KNOWN: [Words; 2] = [
    Words {
        subject: "Usted ya tiene una cuenta de Colibri",
        body: "Alguien quiso abrir una cuenta de Colibri con esta dirección, pero ya existe una.",
        button: "Iniciar sesión",
        why: "Si olvidó su contraseña, puede cambiarla en la página de inicio de sesión. Si no fue usted, no haga nada.",
    },
    Words {
        subject: "You already have a Colibri account",
        body: "Somebody wanted to open a Colibri account with this address, but there is one already.",
        button: "Sign in",
        why: "If you forgot your password, you can change it on the sign-in page. If it was not you, do nothing.",
    },
];

/// The invitation with its link.
pub fn invitation(invitation: &Invitation, workspace: &str, link: &str) -> MailMessage {
    let fill = |text: &str| {
        let (who, place) = (one_line(&invitation.invited_by_name), one_line(workspace));
        text.replace("{who}", &who).replace("{where}", &place)
    };
    letter(&invitation.email, words(&INVITATION, &invitation.locale), &invitation.locale, fill, link)
}

/// The link that proves an address.
pub fn sign_up(email: &str, locale: &str, link: &str) -> MailMessage {
    letter(email, words(&SIGN_UP, locale), locale, str::to_owned, link)
}

/// What somebody gets who signs up a second time.
pub fn known(email: &str, locale: &str, link: &str) -> MailMessage {
    letter(email, words(&KNOWN, locale), locale, str::to_owned, link)
}

fn words<'a>(both: &'a [Words; 2], locale: &str) -> &'a Words {
    &both[usize::from(locale == "en")]
}

/// What people typed cannot add lines to a mail's head.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn letter(to: &str, words: &Words, locale: &str, fill: impl Fn(&str) -> String, link: &str) -> MailMessage {
    let (subject, body) = (fill(words.subject), fill(words.body));
    let text = format!("{body}\n\n{}:\n{link}\n\n{}\n", words.button, words.why);
    let html = format!(
        "<!doctype html><html lang=\"{}\"><body style=\"font-family:sans-serif;color:#14191f\"><p>{}</p>\
         <p><a href=\"{}\">{}</a></p><p style=\"color:#586471;font-size:13px\">{}</p></body></html>",
        if locale == "en" { "en" } else { "es" },
        escape(&body),
        escape(link),
        escape(words.button),
        escape(words.why),
    );
    MailMessage { to: to.to_owned(), subject, text, html }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_people_typed_is_markup_or_a_header() {
        let waiting = Invitation {
            id: "in_1".into(),
            email: "eva@ceibo.example".into(),
            place: serde_json::from_str(r#"{"role":"agent"}"#).unwrap(),
            locale: "es".into(),
            invited_by: colibri_domain::UserId::from_unique("1"),
            invited_by_name: "Alba\r\nBcc: todos@ceibo.example".into(),
            created_at: colibri_domain::Millis(0),
            expires_at: colibri_domain::Millis(1),
            token_hash: String::new(),
        };
        let mail = invitation(&waiting, "<b>Ceibo</b>", "https://console.example/join#t");
        assert!(!mail.subject.contains(['\r', '\n']));
        assert!(mail.html.contains("&lt;b&gt;Ceibo") && !mail.html.contains("<b>Ceibo"));
        assert!(mail.text.contains("https://console.example/join#t"));
        assert_eq!(sign_up("a@b.example", "en", "l").subject, "Confirm your e-mail to use Colibri");
    }
}
