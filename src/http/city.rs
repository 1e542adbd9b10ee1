//! The city at a glance, its declarations and its rules.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Json;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::error::{Asked, Refusal, RefusalBody};
use super::past::AtWish;
use super::state::App;
use crate::analysis::{Covered, Grade};
use crate::city::City;
use crate::model::{FieldType, GeometryKind, Layer};
use crate::report::{Built, NotAssessed, Sound, sound, whole_built};
use crate::rules::Rule;

/// A layer and how much is in it.
#[derive(Serialize, ToSchema)]
struct LayerCount {
    layer: &'static str,
    zh: &'static str,
    en: &'static str,
    count: usize,
}

/// A source of features.
#[derive(Serialize, ToSchema)]
struct SourceTold {
    name: String,
    attribution: String,
    demo: bool,
}

/// Buildings by class of coverage.
#[derive(Serialize, ToSchema)]
struct ByCoverage {
    whole: i64,
    part: i64,
    not: i64,
    unknown: i64,
    not_assessed: i64,
}

/// Something at each grade.
#[derive(Serialize, ToSchema)]
struct ByGrade<T> {
    nominal: T,
    serviceable: T,
    verified: T,
}

/// Residents known, and those in buildings covered whole, `null` where coverage is not assessed.
#[derive(Serialize, ToSchema)]
struct Residents {
    known: i64,
    covered: Option<ByGrade<i64>>,
}

/// The figures of the strip.
#[derive(Serialize, ToSchema)]
pub struct Figures {
    buildings: i64,
    hydrants: usize,
    areas: usize,
    by_grade: ByGrade<ByCoverage>,
    residents: Option<Residents>,
    built: Option<Built>,
    sound: Sound,
}

/// The pack of rules in use.
#[derive(Serialize, ToSchema)]
struct PackTold {
    id: String,
    title_zh: String,
    title_en: String,
    /// Why the pack's radii make no coverage; `null` where they do.
    not_assessed: Option<NotAssessed>,
}

/// The city at a glance.
#[derive(Serialize, ToSchema)]
pub struct CityTold {
    revision: u64,
    /// The id of the last event of `/api/live`. Where it is another than before, tiles may be, and all that is asked for
    /// from now on is as that event told, or newer.
    told: String,
    /// When it was last known to be what the store holds (RFC 3339).
    as_of: Option<String>,
    /// Whether the store may hold something newer that cannot be read now.
    stale: bool,
    day: String,
    zone: String,
    demo: bool,
    bounds: Option<[f64; 4]>,
    layers: Vec<LayerCount>,
    sources: Vec<SourceTold>,
    rules: PackTold,
    /// The limit of the rule that a map names first.
    radius_m: f64,
    /// The circle that counts buildings around a hydrant; `null` where no rule of the pack has one.
    circle_m: Option<f64>,
    figures: Figures,
}

/// How long the answer waits for maps to go on to the present city, at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// The city at a glance
#[utoipa::path(get, path = "/api/city", tag = "city", params(AtWish),
    responses((status = 200, body = CityTold), (status = 202, body = RefusalBody), (status = 503, body = RefusalBody)))]
pub async fn city(State(app): State<App>, Asked(Query(wish)): Asked<Query<AtWish>>) -> Result<Json<CityTold>, Refusal> {
    let age = app.age();
    // Who has edited and looks here instead of at the stream is told of that.
    app.maps_follow(PATIENCE).await?;
    let last = app.live().hub().told();
    let city = app.city_of(&wish).await?;
    app.ask_of(city, move |city| told(city, last, age)).await.map(Json)
}

fn told(city: &City, told: String, (as_of, stale): (Option<String>, bool)) -> CityTold {
    let bounds = city.bounds().map(|bounds| {
        [bounds.min.lon_degrees(), bounds.min.lat_degrees(), bounds.max.lon_degrees(), bounds.max.lat_degrees()]
    });
    let layers = Layer::ALL.map(|layer| {
        let def = layer.def();
        LayerCount { layer: def.name, zh: def.zh, en: def.en, count: city.layer(layer).count() }
    });
    let sources = city.sources().iter().map(|source| SourceTold {
        name: source.name.to_string(),
        attribution: source.attribution.clone(),
        demo: source.demo,
    });
    let pack = city.pack();
    CityTold {
        revision: city.revision().0,
        told,
        as_of,
        stale,
        day: city.day().to_string(),
        zone: city.zone().to_owned(),
        demo: city.is_demo(),
        bounds,
        layers: layers.into(),
        sources: sources.collect(),
        rules: PackTold {
            id: pack.id.clone(),
            title_zh: pack.zh.clone(),
            title_en: pack.en.clone(),
            not_assessed: city.rules().unassessed().map(NotAssessed::from),
        },
        radius_m: city.rules().leading_radius().value,
        circle_m: city.rules().leading_circle().map(|circle| circle.value),
        figures: figures(city),
    }
}

/// The figures of a city.
pub fn figures(city: &City) -> Figures {
    let whole = city.results().whole();
    let by_coverage = |grade| {
        let count = |covered| whole.sum(grade, covered, 0);
        ByCoverage {
            whole: count(Covered::Whole),
            part: count(Covered::Part),
            not: count(Covered::Not),
            unknown: count(Covered::Unknown),
            not_assessed: count(Covered::NotAssessed),
        }
    };
    let assessed = city.rules().unassessed().is_none();
    let residents = |grade| whole.sum(grade, Covered::Whole, 2);
    Figures {
        buildings: whole.buildings,
        hydrants: city.layer(Layer::Hydrant).count(),
        areas: city.layer(Layer::Area).count(),
        by_grade: by_grade(by_coverage),
        residents: (whole.residents_known > 0)
            .then(|| Residents { known: whole.residents, covered: assessed.then(|| by_grade(residents)) }),
        built: whole_built(city),
        sound: sound(whole),
    }
}

fn by_grade<T>(of: impl Fn(Grade) -> T) -> ByGrade<T> {
    ByGrade { nominal: of(Grade::Nominal), serviceable: of(Grade::Serviceable), verified: of(Grade::Verified) }
}

/// The layers and their public fields
///
/// Names, types, units, vocabularies and labels in Chinese and English.
#[utoipa::path(get, path = "/api/model", tag = "city", responses((status = 200, body = Object)))]
pub async fn model() -> Json<Value> {
    let layers = Layer::ALL.map(|layer| {
        let def = layer.def();
        let fields = def.fields.iter().filter(|field| field.is_public()).map(|field| {
            let choices = field.choices().iter().map(|word| json!({"code": word.code, "zh": word.zh, "en": word.en}));
            json!({
                "name": field.name, "zh": field.zh, "en": field.en, "unit": field.unit,
                "type": type_name(field.ty), "choices": choices.collect::<Vec<_>>(),
            })
        });
        let geometry = match def.geometry {
            GeometryKind::Point => "point",
            GeometryKind::Line => "line",
            GeometryKind::Polygon => "polygon",
        };
        json!({"name": def.name, "zh": def.zh, "en": def.en, "geometry": geometry, "fields": fields.collect::<Vec<_>>()})
    });
    Json(json!({ "layers": layers }))
}

/// The name of a type in the API.
pub fn type_name(ty: FieldType) -> &'static str {
    match ty {
        FieldType::Text => "text",
        FieldType::Integer(..) => "integer",
        FieldType::Real(..) => "number",
        FieldType::Bool => "bool",
        FieldType::Date => "date",
        FieldType::Instant => "instant",
        FieldType::Choice(_) => "choice",
    }
}

/// The rules in use
///
/// Every rule of the active pack with value, clause, edition, span and certainty; what results do not come from says
/// why in `not_assessed`, and `silent` names what the pack says nothing of.
#[utoipa::path(get, path = "/api/rules", tag = "city", responses((status = 200, body = Object), (status = 503, body = RefusalBody)))]
pub async fn rules(State(app): State<App>) -> Result<Json<Value>, Refusal> {
    let city = app.city()?;
    let pack = city.pack();
    let told = |rule: &Rule| {
        let mut told = json!(rule);
        told["not_assessed"] = json!(rule.unassessed().map(NotAssessed::from));
        told
    };
    let rules: Vec<Value> = pack.rules.iter().map(told).collect();
    Ok(Json(json!({
        "id": pack.id, "title_zh": pack.zh, "title_en": pack.en, "counts": pack.counts, "silent": pack.silent,
        "rules": rules,
    })))
}
