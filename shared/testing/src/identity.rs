//! A user pool in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use colibri_app::ports::{AccessClaims, Identity, IdentityError, SignIn, Tokens};
use colibri_domain::Millis;
use secrecy::{ExposeSecret, SecretString};

use crate::{locked, role};

/// Access tokens are `access:<subject>:<issued at in ms>`, refresh tokens `refresh:<subject>`, codes `123456`. Time
/// begins at 0 and goes on by a second whenever somebody is signed out everywhere; what he holds from then on ends with
/// that time: `refresh:<subject>:1000`.
#[derive(Debug, Clone, Default)]
pub struct FakeIdentity(Arc<Mutex<BTreeMap<String, Person>>>);

#[derive(Debug, Clone)]
struct Person {
    subject: String,
    password: String,
    must_change: bool,
    signed_out: bool,
    since: Millis,
}

impl Person {
    fn tokens(&self) -> Tokens {
        let since = if self.since.0 == 0 { String::new() } else { format!(":{}", self.since.0) };
        Tokens {
            access: SecretString::from(FakeIdentity::token(&self.subject, self.since)),
            refresh: Some(SecretString::from(format!("refresh:{}{since}", self.subject))),
            expires_in: 900,
        }
    }

    fn holds(&self, refresh: &SecretString) -> bool {
        self.tokens().refresh.is_some_and(|own| own.expose_secret() == refresh.expose_secret())
    }
}

impl FakeIdentity {
    /// Adds somebody.
    pub fn add(&self, email: &str, password: &str, subject: &str, must_change: bool) {
        let person = Person {
            subject: subject.to_owned(),
            password: password.to_owned(),
            must_change,
            signed_out: false,
            since: Millis(0),
        };
        locked(&self.0).insert(email.to_owned(), person);
    }

    /// A token that is accepted.
    pub fn token(subject: &str, issued_at: Millis) -> String {
        format!("access:{subject}:{}", issued_at.0)
    }

    /// Does something with whom an access token belongs to, unless he was signed out since.
    fn of_session<T>(
        &self,
        access: &SecretString,
        act: impl FnOnce(&mut Person) -> Result<T, IdentityError>,
    ) -> Result<T, IdentityError> {
        let claims = claims(access.expose_secret()).ok_or(IdentityError::Ended)?;
        let mut people = locked(&self.0);
        let mut people = people.values_mut();
        let known = people.find(|p| p.subject == claims.subject && claims.issued_at >= p.since);
        act(known.ok_or(IdentityError::Ended)?)
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
        Ok(person.tokens())
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
        Ok(SignIn::Done(person.tokens()))
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
        let people = locked(&self.0);
        let known = people.values().find(|p| p.holds(refresh) && !p.signed_out);
        Ok(Tokens { refresh: None, ..known.ok_or(IdentityError::Ended)?.tokens() })
    }

    async fn sign_out(&self, refresh: &SecretString) -> Result<(), IdentityError> {
        role::port("Identity::sign_out", "");
        for person in locked(&self.0).values_mut().filter(|p| p.holds(refresh)) {
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

    async fn change_password(
        &self,
        access: &SecretString,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(), IdentityError> {
        role::port("Identity::change_password", "");
        self.of_session(access, |person| {
            if person.password != old.expose_secret() {
                return Err(IdentityError::Wrong);
            }
            if new.expose_secret().len() < 8 {
                return Err(IdentityError::WeakPassword);
            }
            new.expose_secret().clone_into(&mut person.password);
            Ok(())
        })
    }

    async fn sign_out_everywhere(&self, access: &SecretString) -> Result<(), IdentityError> {
        role::port("Identity::sign_out_everywhere", "");
        self.of_session(access, |person| {
            person.since = Millis(person.since.0 + 1_000);
            Ok(())
        })
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
        claims(access).ok_or(IdentityError::Ended)
    }
}

fn claims(access: &str) -> Option<AccessClaims> {
    let (subject, at) = access.strip_prefix("access:")?.split_once(':')?;
    Some(AccessClaims { subject: subject.to_owned(), issued_at: Millis(at.parse().ok()?) })
}
