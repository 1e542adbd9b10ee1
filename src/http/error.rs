//! Refusals: the one place where a reason becomes a status, and a body `{code, message}` in the reader's language.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::{Lang, Speak};

crate::sentences! {
    /// Why a request is not answered with what it asked for.
    pub enum Refusal {
        /// There is no city yet.
        Loading {}
            "loading",
            "正在载入数据，请稍候再试。",
            "The city is still being loaded. Try again in a moment.";
        /// More is asked for than can be drawn soon.
        Busy {}
            "busy",
            "等待绘制的瓦片过多，请稍候再试。",
            "Too many tiles are waiting to be drawn. Try again in a moment.";
        /// No such address.
        NoSuchPage { path: String }
            "no_such_page",
            "没有 {path} 这个地址。接口说明见 /api/openapi.json。",
            "There is nothing at {path}. The API is described at /api/openapi.json.";
        /// Tile source unknown.
        NoSuchSource { name: String }
            "no_such_source",
            "没有名为 {name} 的瓦片源；可用的有 base、buildings、fire、areas。",
            "There is no tile source {name}; there are base, buildings, fire and areas.";
        /// Tile address is not three numbers.
        TileUnreadable { z: String, x: String, y: String }
            "tile_unreadable",
            "瓦片地址 {z}/{x}/{y} 无法识别；应为三个非负整数 z/x/y。",
            "The tile address {z}/{x}/{y} cannot be read; it is three whole numbers z/x/y.";
        /// Tile outside the pyramid.
        TileOutside { z: u32, x: u32, y: u32, last: u8 }
            "tile_outside",
            "瓦片 {z}/{x}/{y} 超出范围：z 为 0–{last}，x 与 y 为 0 至 2^z−1。",
            "Tile {z}/{x}/{y} is outside the range: z is 0 to {last}, x and y are 0 to 2^z−1.";
        /// Layer unknown.
        NoSuchLayer { name: String }
            "no_such_layer",
            "没有名为 {name} 的图层；图层列表见 /api/model。",
            "There is no layer {name}; the layers are listed at /api/model.";
        /// Feature unknown.
        NoSuchFeature { layer: String, id: u64 }
            "no_such_feature",
            "{layer} 图层中没有编号为 {id} 的要素。",
            "There is no feature {id} in layer {layer}.";
        /// Level unknown.
        NoSuchLevel { name: String }
            "no_such_level",
            "没有名为 {name} 的区划层级；可用的有 district、subdistrict、community、grid、estate、quarter、built_up。",
            "There is no level {name}; there are district, subdistrict, community, grid, estate, quarter and built_up.";
        /// A parameter that cannot be read.
        BadParameter { name: String, want: String }
            "bad_parameter",
            "参数 {name} 有误：{want}。",
            "Parameter {name} cannot be used: {want}.";
        /// The method is not served here.
        NotAllowed { path: String }
            "method_not_allowed",
            "{path} 只能读取（GET）。",
            "{path} can only be read (GET).";
        /// A fault of ours; the log has it.
        Fault {}
            "internal_fault",
            "服务器内部错误，已记入日志。",
            "Something went wrong here; it is in the server's log.";
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Loading {} | Refusal::Busy {} => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::NoSuchPage { .. }
            | Refusal::NoSuchSource { .. }
            | Refusal::TileOutside { .. }
            | Refusal::NoSuchLayer { .. }
            | Refusal::NoSuchFeature { .. }
            | Refusal::NoSuchLevel { .. } => StatusCode::NOT_FOUND,
            Refusal::TileUnreadable { .. } | Refusal::BadParameter { .. } => StatusCode::BAD_REQUEST,
            Refusal::NotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Fault {} => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A part of a request, such as `Path` or `Query`, whose refusal is ours like every other.
pub struct Asked<Part>(pub Part);

impl<State, Part> FromRequestParts<State> for Asked<Part>
where
    State: Send + Sync,
    Part: FromRequestParts<State>,
    Refusal: From<Part::Rejection>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Asked<Part>, Refusal> {
        Ok(Asked(Part::from_request_parts(parts, state).await?))
    }
}

/// A path that is not text.
impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Refusal {
        unreadable("path", &rejection.body_text())
    }
}

/// A query with a parameter that is none, or is there twice.
impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Refusal {
        unreadable("query", &rejection.body_text())
    }
}

fn unreadable(name: &str, want: &str) -> Refusal {
    Refusal::BadParameter { name: name.to_owned(), want: want.chars().take(200).collect() }
}

/// The body of a refusal.
#[derive(Serialize, ToSchema)]
pub struct RefusalBody {
    /// A word that a program can match on.
    pub code: String,
    /// The sentence, in the language of `Accept-Language`.
    pub message: String,
}

/// The status is set here; the body is written by [`speak`], which knows the reader's language.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if matches!(self, Refusal::Loading {} | Refusal::Busy {}) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The language a reader asks for.
pub fn lang_of(request: &Request) -> Lang {
    request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).map_or(Lang::En, Lang::named)
}

/// Writes the body of a refusal in a language; any other answer stays as it is.
pub fn speak(response: Response, lang: Lang) -> Response {
    let Some(refusal) = response.extensions().get::<Refusal>().cloned() else { return response };
    let body = RefusalBody { code: refusal.code().to_owned(), message: refusal.say(lang) };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    let mut spoken = (parts.status, Json(body)).into_response();
    for (name, value) in &parts.headers {
        spoken.headers_mut().entry(name).or_insert(value.clone());
    }
    spoken
}
