//! Edits that are not done, with what the client needs to mend them: which edit, which field, what is there now.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::http::error::Refusal;
use crate::model::{Lang, Speak};
use crate::report::feature;
use crate::store::{EditError, Present, StoreError};

crate::sentences! {
    /// Why edits are not done.
    pub enum EditRefusal {
        /// None, or too many.
        Count { count: usize, most: usize }
            "edit_count",
            "一次应有 1 到 {most} 项修改，这里有 {count} 项。请分批提交。",
            "A request holds 1 to {most} edits, and this one holds {count}. Send them in several.";
        /// A layer that does not exist.
        NoLayer { name: String }
            "no_such_layer",
            "没有名为 {name} 的图层；图层列表见 /api/model。",
            "There is no layer {name}; the layers are listed at /api/model.";
        /// A change of nothing.
        Nothing {}
            "edit_empty",
            "这项修改没有给出任何属性或几何。",
            "This edit names no property and no geometry.";
        /// A number that was never given.
        NoFeature { layer: &'static str, id: u64 }
            "no_such_feature",
            "{layer} 图层中没有编号为 {id} 的要素。",
            "There is no feature {id} in layer {layer}.";
        /// Someone was quicker.
        Conflict { count: usize }
            "edit_conflict",
            "其中 {count} 个要素已被他人修改或删除，未保存任何内容。请查看现状后重试。",
            "{count} of these features were changed or taken away meanwhile; nothing was kept. Look at them as they are now and try again.";
        /// The batch cannot be undone.
        NotUndoable {}
            "undo_unknown",
            "没有可撤销的这批修改：只能撤销自己所做、且之后未再改动的修改。",
            "There is no such batch to undo: only what one has done oneself, and nothing has changed since, can be undone.";
        /// The key of another request.
        KeyUsed {}
            "idempotency_key_used",
            "此 Idempotency-Key 已用于另一个请求。请为不同的请求使用不同的键。",
            "This Idempotency-Key stands for another request. Use a new key for a new request.";
    }
}

/// What is wrong with an edit.
#[derive(Debug)]
pub struct Problem {
    edit: Option<usize>,
    field: Option<String>,
    code: &'static str,
    zh: String,
    en: String,
}

impl Problem {
    /// Of the edit of a place in the request, from 0, and of a field or `geometry`.
    pub fn new(edit: usize, field: Option<&str>, why: &dyn Speak) -> Problem {
        let field = field.map(str::to_owned);
        Problem { edit: Some(edit), field, code: why.code(), zh: why.say(Lang::Zh), en: why.say(Lang::En) }
    }

    /// None, or too many.
    pub fn count(count: usize, most: usize) -> Problem {
        Problem { edit: None, ..Problem::new(0, None, &EditRefusal::Count { count, most }) }
    }

    /// A layer that does not exist.
    pub fn no_layer(edit: usize, name: &str) -> Problem {
        Problem::new(edit, Some("layer"), &EditRefusal::NoLayer { name: name.chars().take(40).collect() })
    }

    /// A change of nothing.
    pub fn nothing(edit: usize) -> Problem {
        Problem::new(edit, None, &EditRefusal::Nothing {})
    }

    fn told(&self, lang: Lang) -> ProblemTold {
        let message = lang.pick(&self.zh, &self.en).to_owned();
        ProblemTold { code: self.code.to_owned(), message, edit: self.edit, field: self.field.clone() }
    }
}

/// What is wrong with an edit, in the reader's language.
#[derive(Serialize, ToSchema)]
pub struct ProblemTold {
    /// A word that a program can match on.
    code: String,
    message: String,
    /// The place of the edit in the request, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<usize>,
    /// The field, `geometry` or `layer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

/// Edits that cannot be done as they are asked for.
#[derive(Serialize, ToSchema)]
pub struct ProblemsTold {
    /// The first problem.
    error: ProblemTold,
    /// All problems, at most 100.
    problems: Vec<ProblemTold>,
}

/// Features that are not as the client expected.
#[derive(Serialize, ToSchema)]
pub struct ConflictTold {
    error: ProblemTold,
    /// Each as it is now, with its `revision`; `{"layer", "id", "gone": true}` of one that is off the map.
    #[schema(value_type = Vec<Object>)]
    present: Vec<Value>,
}

/// The answer to edits that are wrong.
pub fn wrong(problems: &[Problem], lang: Lang) -> Response {
    let all: Vec<ProblemTold> = problems.iter().map(|problem| problem.told(lang)).collect();
    let Some(first) = problems.first() else { return Refusal::Fault {}.into_response() };
    let told = ProblemsTold { error: first.told(lang), problems: all };
    spoken(StatusCode::UNPROCESSABLE_ENTITY, Json(told))
}

/// The answer to edits that the store has not done. `is_single` where the address names the feature.
pub fn undone(error: EditError, is_single: bool, lang: Lang) -> Response {
    let plain = |refusal: &EditRefusal| ProblemTold {
        code: refusal.code().to_owned(),
        message: refusal.say(lang),
        edit: None,
        field: None,
    };
    match error {
        EditError::Conflict(present) => {
            let error = plain(&EditRefusal::Conflict { count: present.len() });
            let present = present.iter().map(present_told).collect();
            spoken(StatusCode::PRECONDITION_FAILED, Json(ConflictTold { error, present }))
        }
        EditError::NoSuchBatch => {
            let told = ConflictTold { error: plain(&EditRefusal::NotUndoable {}), present: Vec::new() };
            spoken(StatusCode::PRECONDITION_FAILED, Json(told))
        }
        EditError::NoSuchFeature { layer, id, .. } if is_single => {
            Refusal::NoSuchFeature { layer: layer.name().to_owned(), id: id.0 }.into_response()
        }
        EditError::NoSuchFeature { edit, layer, id } => {
            wrong(&[Problem::new(edit, Some("id"), &EditRefusal::NoFeature { layer: layer.name(), id: id.0 })], lang)
        }
        EditError::KeyUsed => wrong(&[Problem { edit: None, ..Problem::new(0, None, &EditRefusal::KeyUsed {}) }], lang),
        EditError::Unsupported => Refusal::WriteOff {}.into_response(),
        EditError::Store(StoreError::Busy { .. }) => Refusal::WriteBusy {}.into_response(),
        EditError::Store(error) => {
            tracing::error!(%error, "edits could not be written");
            let refusal = match error {
                StoreError::DiskFull { .. } => Refusal::DiskFull {},
                _ => Refusal::WriteLost {},
            };
            refusal.into_response()
        }
    }
}

fn present_told(present: &Present) -> Value {
    match &present.row {
        Some((row, revision)) => {
            let mut told = feature(row.into());
            told.insert("revision".to_owned(), json!(revision.0));
            Value::Object(told)
        }
        None => json!({"layer": present.layer.name(), "id": present.id.0, "gone": true}),
    }
}

fn spoken(status: StatusCode, body: impl IntoResponse) -> Response {
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}
