//! A user pool in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use colibri_app::ports::{AccessClaims, Identity, IdentityError, SignIn, Tokens};
use colibri_domain::Millis;
use secrecy::{ExposeSecret, SecretString};

use crate::{locked, role};

/// Access tokens are `access:<subject>:<issued at in ms>`, refresh tokens `refresh:<subject>`, codes `123456`.
#[derive(Debug, Clone, Default)]
pub struct FakeIdentity(Arc<Mutex<BTreeMap<String, Person>>>);

#[derive(Debug, Clone)]
struct Person {
    subject: String,
    password: String,
    must_change: bool,
    signed_out: bool,
}

impl FakeIdentity {
    /// Adds somebody.
    pub fn add(&self, email: &str, password: &str, subject: &str, must_change: bool) {
        let person = Person {
            subject: subject.to_owned(),
            password: password.to_owned(),
            must_change,
            signed_out: false,
        };
        locked(&self.0).insert(email.to_owned(), person);
    }

    /// A token that is accepted.
    pub fn token(subject: &str, issued_at: Millis) -> String {
        format!("access:{subject}:{}", issued_at.0)
    }

    fn tokens(subject: &str) -> Tokens {
        Tokens {
            access: SecretString::from(Self::token(subject, Millis(0))),
            refresh: Some(SecretString::from(format!("refresh:{subject}"))),
            expires_in: 900,
        }
    }

    fn set_password(
        &self,
        email: &str,
        password: &SecretString,
        wrong: IdentityError,
    ) -> Result<Tokens, IdentityError> {
        if password.expose_secret().len() < 8 {
            return Err(IdentityError::WeakPassword);
        }
        let mut people = locked(&self.0);
        let person = people.get_mut(email).ok_or(wrong)?;
        password.expose_secret().clone_into(&mut person.password);
        person.must_change = false;
        Ok(Self::tokens(&person.subject))
    }
}

#[async_trait]
impl Identity for FakeIdentity {
    async fn sign_in(&self, email: &str, password: &SecretString) -> Result<SignIn, IdentityError> {
        role::port("Identity::sign_in", "");
        let mut people = locked(&self.0);
        let person = people
            .get_mut(email)
            .filter(|p| p.password == password.expose_secret())
            .ok_or(IdentityError::Wrong)?;
        if person.must_change {
            return Ok(SignIn::NewPassword { session: format!("session:{email}") });
        }
        person.signed_out = false;
        Ok(SignIn::Done(Self::tokens(&person.subject)))
    }

    async fn new_password(
        &self,
        email: &str,
        session: &str,
        password: &SecretString,
    ) -> Result<Tokens, IdentityError> {
        role::port("Identity::new_password", "");
        if session != format!("session:{email}") {
            return Err(IdentityError::Ended);
        }
        self.set_password(email, password, IdentityError::Ended)
    }

    async fn refresh(&self, refresh: &SecretString) -> Result<Tokens, IdentityError> {
        role::port("Identity::refresh", "");
        let subject = refresh.expose_secret().strip_prefix("refresh:").ok_or(IdentityError::Ended)?;
        let people = locked(&self.0);
        let known =
            people.values().find(|p| p.subject == subject && !p.signed_out).ok_or(IdentityError::Ended)?;
        Ok(Tokens { refresh: None, ..Self::tokens(&known.subject) })
    }

    async fn sign_out(&self, refresh: &SecretString) -> Result<(), IdentityError> {
        role::port("Identity::sign_out", "");
        let subject = refresh.expose_secret().strip_prefix("refresh:").unwrap_or_default();
        for person in locked(&self.0).values_mut().filter(|p| p.subject == subject) {
            person.signed_out = true;
        }
        Ok(())
    }

    async fn forgot(&self, _email: &str) -> Result<(), IdentityError> {
        role::port("Identity::forgot", "");
        Ok(())
    }

    async fn reset(&self, email: &str, code: &str, password: &SecretString) -> Result<(), IdentityError> {
        role::port("Identity::reset", "");
        if code != "123456" {
            return Err(IdentityError::WrongCode);
        }
        self.set_password(email, password, IdentityError::WrongCode).map(|_| ())
    }

    async fn create(&self, email: &str, password: &SecretString) -> Result<String, IdentityError> {
        role::port("Identity::create", "");
        if password.expose_secret().len() < 8 {
            return Err(IdentityError::WeakPassword);
        }
        let known = locked(&self.0).get(email).map(|person| person.subject.clone());
        let subject = known.unwrap_or_else(|| format!("sub-{}", email.split('@').next().unwrap_or_default()));
        self.add(email, password.expose_secret(), &subject, false);
        Ok(subject)
    }

    async fn verify(&self, access: &str) -> Result<AccessClaims, IdentityError> {
        role::port("Identity::verify", "");
        let mut parts = access.splitn(3, ':');
        match (parts.next(), parts.next(), parts.next().and_then(|at| at.parse().ok())) {
            (Some("access"), Some(subject), Some(at)) => {
                Ok(AccessClaims { subject: subject.to_owned(), issued_at: Millis(at) })
            }
            _ => Err(IdentityError::Ended),
        }
    }
}
