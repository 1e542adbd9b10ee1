//! Refusals: the one place where a reason becomes a status, and a body `{code, message}` in the reader's language.

use axum::extract::FromRequestParts;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
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
        /// More viewers listen than can be told.
        TooManyStreams { most: usize }
            "live_full",
            "实时连接已达上限（{most} 个），请稍候再试；地图照常可用，刷新即可看到最新内容。",
            "There are {most} live connections already. Try again in a while; the map works without, load it again to see what is new.";
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
            "{path} 不支持这种请求方法。接口说明见 /api/openapi.json。",
            "{path} does not answer this method. The API is described at /api/openapi.json.";
        /// Import over the network is switched off.
        ImportOff {}
            "import_off",
            "此服务器不接受网页导入（以 --read-only 启动，或没有可用的临时文件夹）。请在服务器上运行：firemap import 文件…",
            "This server takes no files (it was started with --read-only, or has no folder for them). On the server run: firemap import FILE…";
        /// Import is for a browser on the server's own machine.
        ImportElsewhere {}
            "import_elsewhere",
            "网页导入目前只能在服务器本机的浏览器中使用（地址为 localhost 或 127.0.0.1）。请到服务器上打开地图，或在服务器上运行：firemap import 文件…",
            "For now files can only be imported in a browser on the server's own machine (at localhost or 127.0.0.1). Open the map there, or on the server run: firemap import FILE…";
        /// Another import is under way.
        ImportBusy {}
            "import_busy",
            "另一项导入正在进行，请等它完成后再试。",
            "Another import is under way. Try again when it is done.";
        /// An import that was forgotten, or never was.
        NoSuchImport {}
            "no_such_import",
            "这次导入的文件已清除（闲置一小时，或服务器已重启）。请重新拖入文件。",
            "The files of this import are gone (an hour went by, or the server was started again). Drop them once more.";
        /// No row was rejected.
        NoRejects {}
            "no_rejects",
            "这次导入没有被拒绝的行。",
            "No row of this import was rejected.";
        /// Something said about an import that cannot be.
        BadWish { zh: String, en: String }
            "bad_wish", "{zh}", "{en}";
        /// Files beyond a limit.
        TooLarge { zh: String, en: String }
            "upload_too_large", "{zh}", "{en}";
        /// Nowhere to keep files.
        NoRoom { zh: String, en: String }
            "upload_no_room", "{zh}", "{en}";
        /// A body that does not arrive.
        Slow {}
            "upload_slow",
            "文件传输中断或过慢，已放弃。请重试。",
            "The file stopped arriving and was given up. Try again.";
        /// The store is being written by another program.
        StoreBusy {}
            "store_busy",
            "数据文件正被其他程序占用写入，等待超时，未保存任何内容。请关闭其中的编辑后重试。",
            "The store is being written by another program and did not become free; nothing was kept. Finish the edit there and try again.";
        /// The store refuses.
        StoreFailed {}
            "store_failed",
            "数据文件无法写入，未保存任何内容；原因已记入服务器日志。",
            "The store could not be written and nothing was kept; the server's log has the reason.";
        /// Nothing can be edited here.
        WriteOff {}
            "write_off",
            "此服务器只读（以 --read-only 启动），不接受修改。",
            "This server takes no edits (it was started with --read-only).";
        /// Editing without a token is for the server's own machine.
        WriteElsewhere {}
            "write_elsewhere",
            "没有设置写入令牌时，只能在服务器本机修改（地址为 localhost 或 127.0.0.1，并带请求头 x-firemap-edit: 1）。请用 --write-token-file 设置令牌后启动服务器。",
            "Without a token for writing, edits can only be made on the server's own machine (at localhost or 127.0.0.1, with the header x-firemap-edit: 1). Start the server with --write-token-file to give one.";
        /// A token is asked for.
        TokenMissing {}
            "token_missing",
            "修改需要写入令牌：请在请求头中加 Authorization: Bearer 令牌。",
            "Edits need the token for writing: send the header Authorization: Bearer TOKEN.";
        /// Not the token.
        TokenWrong {}
            "token_wrong",
            "写入令牌不对。请向管理员索取。",
            "This is not the token for writing. Ask the one who runs the server for it.";
        /// The store is being written by another.
        WriteBusy {}
            "write_busy",
            "数据正被其他操作占用写入，未保存任何内容。请稍候再试。",
            "The store is being written by another and did not become free; nothing was kept. Try again in a moment.";
        /// The store has no room.
        DiskFull {}
            "disk_full",
            "数据所在的磁盘已满，未保存任何内容。请腾出空间后重试；地图仍可使用。",
            "The disk that holds the data is full and nothing was kept. Make room on it and try again; maps go on.";
        /// The store cannot be written.
        WriteLost {}
            "write_lost",
            "数据库暂时无法写入，没有得到已保存的确认；原因已记入服务器日志。请稍后核对，或用同一个 Idempotency-Key 重试（最多写入一次）。",
            "The store cannot be written now and has not said that anything was kept; the server's log has the reason. Look later, or send the same again with the same Idempotency-Key: it is done once at most.";
        /// The city of the past is being built.
        PastBuilding {}
            "past_building",
            "正在还原那时的城市，请稍候再试。",
            "The city of that moment is being built. Ask again in a moment.";
        /// A moment that is yet to come, or none.
        NoSuchMoment { zh: String, en: String }
            "no_such_moment", "{zh}", "{en}";
        /// The log does not reach back.
        PastGone { zh: String, en: String }
            "past_gone", "{zh}", "{en}";
        /// The store cannot be read.
        StoreUnread {}
            "store_unread",
            "数据库暂时无法读取；原因已记入服务器日志。地图仍可使用。",
            "The store cannot be read now; the server's log has the reason. Maps go on.";
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
            Refusal::Loading {}
            | Refusal::Busy {}
            | Refusal::TooManyStreams { .. }
            | Refusal::WriteBusy {}
            | Refusal::WriteLost {}
            | Refusal::StoreUnread {} => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::PastBuilding {} => StatusCode::ACCEPTED,
            Refusal::PastGone { .. } => StatusCode::GONE,
            Refusal::TokenMissing {} | Refusal::TokenWrong {} => StatusCode::UNAUTHORIZED,
            Refusal::WriteOff {} | Refusal::WriteElsewhere {} => StatusCode::FORBIDDEN,
            Refusal::NoSuchPage { .. }
            | Refusal::NoSuchSource { .. }
            | Refusal::TileOutside { .. }
            | Refusal::NoSuchLayer { .. }
            | Refusal::NoSuchFeature { .. }
            | Refusal::NoSuchLevel { .. }
            | Refusal::NoSuchImport {}
            | Refusal::NoSuchMoment { .. }
            | Refusal::NoRejects {} => StatusCode::NOT_FOUND,
            Refusal::TileUnreadable { .. } | Refusal::BadParameter { .. } | Refusal::BadWish { .. } => {
                StatusCode::BAD_REQUEST
            }
            Refusal::ImportOff {} | Refusal::ImportElsewhere {} => StatusCode::FORBIDDEN,
            Refusal::ImportBusy {} | Refusal::StoreBusy {} => StatusCode::CONFLICT,
            Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::NoRoom { .. } | Refusal::DiskFull {} => StatusCode::INSUFFICIENT_STORAGE,
            Refusal::Slow {} => StatusCode::REQUEST_TIMEOUT,
            Refusal::NotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Fault {} | Refusal::StoreFailed {} => StatusCode::INTERNAL_SERVER_ERROR,
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
        let (headers, fixed) = (response.headers_mut(), HeaderValue::from_static);
        match self {
            Refusal::Loading {}
            | Refusal::Busy {}
            | Refusal::TooManyStreams { .. }
            | Refusal::WriteBusy {}
            | Refusal::PastBuilding {} => {
                headers.insert(header::RETRY_AFTER, fixed("1"));
            }
            Refusal::WriteLost {} | Refusal::StoreUnread {} => {
                headers.insert(header::RETRY_AFTER, fixed("5"));
            }
            Refusal::TokenMissing {} | Refusal::TokenWrong {} => {
                headers.insert(header::WWW_AUTHENTICATE, fixed("Bearer realm=\"firemap\""));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The language a reader asks for.
pub fn lang_of(headers: &HeaderMap) -> Lang {
    headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).map_or(Lang::En, Lang::named)
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
