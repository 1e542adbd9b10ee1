//! Who may write: one who has the token, where there is one; else a browser or program on the server's own machine.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, header};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::error::Refusal;
use crate::http::guard::is_here;
use crate::http::state::App;
use crate::store::Store;

/// What every request that changes something says of itself, where there is no token.
const OWN_HEADER: &str = "x-firemap-edit";
/// Characters a token has at least.
pub const LEAST_TOKEN: usize = 16;
/// Edits that may wait for the store at a time; beyond, one is told to come again.
const MOST_WAITING: usize = 64;

/// A secret by which one may write. It is kept as its digest and shown nowhere.
pub struct Token([u8; 32]);

impl Token {
    /// A token of visible ASCII, [`LEAST_TOKEN`] characters or more; `None` of anything else.
    pub fn new(text: &str) -> Option<Token> {
        let fits = text.len() >= LEAST_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Token(Sha256::digest(text).into()))
    }

    /// Whether a text is this token. Digests are compared, each to its end: the time it takes tells nothing.
    fn is(&self, text: &str) -> bool {
        let other: [u8; 32] = Sha256::digest(text).into();
        self.0.iter().zip(other).fold(0, |differing, (one, other)| differing | (one ^ other)) == 0
    }
}

/// Where edits go, and who may make them.
pub struct Writing {
    store: Arc<dyn Store>,
    token: Option<Token>,
    room: Arc<Semaphore>,
}

impl Writing {
    /// Edits of a store by those who have the token; without one by those on this machine.
    pub fn new(store: Arc<dyn Store>, token: Option<Token>) -> Writing {
        Writing { store, token, room: Arc::new(Semaphore::new(MOST_WAITING)) }
    }

    /// How one may write here: `token` or `here`.
    pub fn how(&self) -> &'static str {
        if self.token.is_some() { "token" } else { "here" }
    }

    /// Who asks, as the log names them; or why they may not write.
    pub fn actor(&self, parts: &Parts) -> Result<&'static str, Refusal> {
        let Some(token) = &self.token else {
            return if is_here(parts, OWN_HEADER) { Ok("local") } else { Err(Refusal::WriteElsewhere {}) };
        };
        let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(given), None) = (given.next(), given.next()) else { return Err(Refusal::TokenMissing {}) };
        let bearer = given.to_str().ok().and_then(|given| given.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match bearer {
            Some((_, text)) if token.is(text.trim()) => Ok("token"),
            Some(_) => Err(Refusal::TokenWrong {}),
            None => Err(Refusal::TokenMissing {}),
        }
    }
}

/// One who may write.
pub struct Writer {
    /// Where to.
    pub store: Arc<dyn Store>,
    /// Who, for the log.
    pub actor: &'static str,
    /// A place among those who wait for the store, where the request writes.
    pub place: Option<OwnedSemaphorePermit>,
}

impl FromRequestParts<App> for Writer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Writer, Refusal> {
        let writing = app.writing.as_ref().ok_or(Refusal::WriteOff {})?;
        let actor = writing.actor(parts)?;
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let place = if reads { None } else { Some(writing.room.clone().try_acquire_owned()) };
        let place = place.transpose().map_err(|_| Refusal::WriteBusy {})?;
        Ok(Writer { store: writing.store.clone(), actor, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_can_stand_in_a_header() {
        for text in ["", "short", "fifteen-chars-1", "sixteen chars-12", "sixteen-chärs-12", "sixteen-chars-1\n"] {
            assert!(Token::new(text).is_none(), "{text:?}");
        }
        let token = Token::new("sixteen-chars-12").unwrap();
        assert!(token.is("sixteen-chars-12"));
        for text in ["", "sixteen-chars-1", "sixteen-chars-13", "sixteen-chars-12 "] {
            assert!(!token.is(text), "{text:?}");
        }
    }
}
