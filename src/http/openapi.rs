//! The description of the API: paths from the handlers, properties of features from the model's declarations.

use axum::response::Json;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::city::type_name;
use crate::model::{Field, Layer};

/// Title and words of the description; the router adds the paths.
#[derive(OpenApi)]
#[openapi(info(
    title = "firemap",
    description = "A town's hydrants, buildings, roads and stations on one map. Distances in metres, places in EPSG:4326, longitude first. Errors are {code, message}."
))]
pub struct Described;

/// The description as JSON, with a schema of the public properties of each layer.
pub fn openapi(described: &utoipa::openapi::OpenApi) -> Value {
    let mut told = serde_json::to_value(described).unwrap_or_default();
    for layer in Layer::ALL {
        let public = layer.fields().iter().filter(|field| field.is_public());
        let properties: Map<String, Value> = public.map(|field| (field.name.to_owned(), schema(field))).collect();
        let named = format!("{}_properties", layer.name());
        told["components"]["schemas"][named] =
            json!({"type": "object", "description": layer.def().zh, "properties": properties});
    }
    told
}

fn schema(field: &Field) -> Value {
    let title = format!("{} / {}", field.zh, field.en);
    let mut told = match type_name(field.ty) {
        "integer" => json!({"type": "integer"}),
        "number" => json!({"type": "number"}),
        "bool" => json!({"type": "boolean"}),
        "date" => json!({"type": "string", "format": "date"}),
        "instant" => json!({"type": "string", "format": "date-time"}),
        _ => json!({"type": "string"}),
    };
    if !field.choices().is_empty() {
        told["enum"] = field.choices().iter().map(|choice| json!(choice.code)).collect();
    }
    if !field.unit.is_empty() {
        told["x-unit"] = json!(field.unit);
    }
    told["title"] = json!(title);
    told
}

/// Serves a description that was made once.
pub async fn serve(described: Value) -> Json<Value> {
    Json(described)
}
