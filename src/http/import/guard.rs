//! Who may import: a page of this server, in a browser on this machine. Until there are accounts nobody else may.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::desk::Desk;
use crate::http::error::Refusal;
use crate::http::guard::is_here;
use crate::http::state::App;

/// What every request that changes something says of itself.
const OWN_HEADER: &str = "x-firemap-import";

/// One who may import.
pub struct Local(pub Arc<Desk>);

impl FromRequestParts<App> for Local {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Local, Refusal> {
        let desk = app.import.clone().ok_or(Refusal::ImportOff {})?;
        if is_here(parts, OWN_HEADER) { Ok(Local(desk)) } else { Err(Refusal::ImportElsewhere {}) }
    }
}
