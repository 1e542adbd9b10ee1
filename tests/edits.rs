//! Edits as clients make them: who may, what is refused and why, and that the next look shows them.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod served;

use firemap::model::{Attributes, Feature, FieldType, Layer, Origin, Place, Shape, Value};
use firemap::store::{Aborted, Batch, Happened, Span, Store, Write};
use serde_json::{Value as Json, json};
use served::{Server, TOKEN, building, change, hydrant, retire};

const LON: f64 = 106.5;
const LAT: f64 = 29.5;

#[tokio::test]
async fn what_is_edited_is_there_at_the_next_look() {
    let server = Server::new();
    let made = server.edit(json!([hydrant(LON, LAT, json!({"state": "in_service", "pressure_mpa": 0.3}))])).await;
    assert_eq!(made["features"], json!([{"layer": "hydrant", "id": 1, "revision": made["revision"]}]));
    let told = server.here("GET", "/api/features/hydrant/1", Json::Null).await;
    assert_eq!(told.body["revision"], made["revision"]);
    assert_eq!(told.headers["etag"].to_str().unwrap(), format!("\"{}\"", made["revision"]));
    assert_eq!(told.body["properties"], json!({"state": "in_service", "pressure_mpa": 0.3}));
    assert_eq!((told.body["source"].as_str(), told.body["source_key"].as_str()), (Some("edited"), Some("fid/1")));
    server
        .edit(json!([change(
            "hydrant",
            1,
            made["revision"].as_u64(),
            json!({"state": "out_of_service", "pressure_mpa": null})
        )]))
        .await;
    let told = server.get("/api/features/hydrant/1").await;
    assert_eq!(told["properties"], json!({"state": "out_of_service"}));
    assert_eq!(told["geometry"]["coordinates"], json!([LON, LAT]));
    server.edit(json!([retire("hydrant", 1, told["revision"].as_u64())])).await;
    assert_eq!(server.here("GET", "/api/features/hydrant/1", Json::Null).await.status, 404);
    let next = server.edit(json!([hydrant(LON, LAT, json!({}))])).await;
    assert_eq!(next["features"][0]["id"], 2, "a number is never used again");
    assert_eq!(server.get("/api/features/hydrant").await["features"][0]["revision"], next["revision"]);
}

#[tokio::test]
async fn an_edit_changes_what_is_worked_out_from_it() {
    let server = Server::new();
    let good = json!({"kind": "municipal", "state": "in_service", "pressure_mpa": 0.3});
    server.edit(json!([hydrant(LON, LAT, good), building(LON + 0.0005, LAT, json!({}))])).await;
    let covered = async || server.get("/api/city").await["figures"]["by_grade"]["serviceable"]["whole"].as_i64();
    assert_eq!(covered().await, Some(1));
    let closed = server.edit(json!([change("hydrant", 1, None, json!({"state": "out_of_service"}))])).await;
    assert_eq!(covered().await, Some(0));
    let undone = server.here("POST", "/api/edits/undo", json!({"revision": closed["revision"]})).await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert_eq!(covered().await, Some(1));
}

#[tokio::test]
async fn one_feature_is_changed_and_taken_away_by_its_address() {
    let server = Server::new();
    let made = server.edit(json!([hydrant(LON, LAT, json!({"state": "in_service"}))])).await;
    let (path, tag) = ("/api/features/hydrant/1", format!("\"{}\"", made["revision"]));
    let closed = json!({"properties": {"state": "obstructed"}});
    let done = server.here_with("PATCH", path, &[("if-match", &tag)], closed.clone()).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.headers["etag"].to_str().unwrap(), format!("\"{}\"", done.body["features"][0]["revision"]));
    let late = server.here_with("PATCH", path, &[("if-match", &tag)], closed.clone()).await;
    assert_eq!((late.status, late.body["error"]["code"].as_str()), (412, Some("edit_conflict")));
    assert_eq!(late.body["present"][0]["properties"]["state"], "obstructed");
    assert_eq!(late.body["present"][0]["revision"], done.body["revision"]);
    for odd in ["17", "W/\"17\"", "\"x\"", ""] {
        assert_eq!(server.here_with("PATCH", path, &[("if-match", odd)], closed.clone()).await.status, 400, "{odd}");
    }
    let moved = json!({"geometry": {"type": "Point", "coordinates": [LON + 0.001, LAT]}});
    assert_eq!(server.here_with("PATCH", path, &[("if-match", "*")], moved).await.status, 200);
    assert_eq!(server.get(path).await["geometry"]["coordinates"], json!([LON + 0.001, LAT]));
    assert_eq!(server.here_with("DELETE", path, &[("if-match", &tag)], Json::Null).await.status, 412);
    assert_eq!(server.here("DELETE", path, Json::Null).await.status, 200);
    let gone = server.here("PATCH", path, closed.clone()).await;
    assert_eq!((gone.status, &gone.body["present"]), (412, &json!([{"layer": "hydrant", "id": 1, "gone": true}])));
    assert_eq!(server.here("PATCH", "/api/features/hydrant/9", closed.clone()).await.status, 404);
    assert_eq!(server.here("PATCH", "/api/features/nothing/1", closed).await.status, 404);
}

#[tokio::test]
async fn a_batch_is_done_whole_or_not_at_all() {
    let server = Server::new();
    let made = server.edit(json!([hydrant(LON, LAT, json!({})), hydrant(LON + 0.01, LAT, json!({}))])).await;
    let seen = |nth: usize| made["features"][nth]["revision"].as_u64();
    server.edit(json!([change("hydrant", 1, None, json!({"state": "obstructed"}))])).await;
    let edits =
        [change("hydrant", 2, seen(1), json!({"name": "乙"})), change("hydrant", 1, seen(0), json!({"name": "甲"}))];
    let late = server.here("POST", "/api/edits", json!({"edits": edits})).await;
    assert_eq!((late.status, late.body["present"].as_array().map(Vec::len)), (412, Some(1)));
    assert_eq!(late.body["present"][0]["id"], 1);
    assert_eq!(server.get("/api/features/hydrant/2").await["properties"], json!({}));
    let unknown = json!({"edits": [hydrant(LON, LAT, json!({})), retire("hydrant", 77, None)]});
    let unknown = server.here("POST", "/api/edits", unknown).await;
    assert_eq!((unknown.status, &unknown.body["error"]["edit"]), (422, &json!(1)), "{}", unknown.body);
    assert_eq!(server.get("/api/features/hydrant").await["features"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn each_problem_is_told_with_its_edit_and_field() {
    let server = Server::new();
    let bad = json!({"edits": [
        hydrant(LON, LAT, json!({"state": "purple", "pressure_mpa": 999, "nothing": 1})),
        building(LON, LAT, json!({"care_residents": 5, "contact": "x"})),
        hydrant(0.0, 0.0, json!({})),
        hydrant(LAT + 200.0, LON, json!({})),
        {"create": {"layer": "road", "geometry": {"type": "Point", "coordinates": [LON, LAT]}, "properties": {}}},
        {"create": {"layer": "castle", "geometry": null}},
        {"change": {"layer": "hydrant", "id": 1}},
    ]});
    let told = server.here_with("POST", "/api/edits", &[("accept-language", "zh")], bad).await;
    assert_eq!(told.status, 422, "{}", told.body);
    let problems: Vec<(u64, String, String)> = told.body["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
            (problem["edit"].as_u64().unwrap(), text("field"), text("code"))
        })
        .collect();
    let expected = [
        (0, "state", "value_unfit"),
        (0, "pressure_mpa", "value_unfit"),
        (0, "nothing", "no_such_field"),
        (1, "care_residents", "no_such_field"),
        (1, "contact", "no_such_field"),
        (2, "geometry", "null_island"),
        (3, "geometry", "off_earth"),
        (4, "geometry", "not_a_line"),
        (5, "layer", "no_such_layer"),
        (6, "", "edit_empty"),
    ];
    assert_eq!(problems, expected.map(|(edit, field, code)| (edit, field.to_owned(), code.to_owned())));
    assert_eq!(told.body["error"], told.body["problems"][0]);
    assert!(told.body["error"]["message"].as_str().unwrap().contains("应为以下之一"), "{}", told.body["error"]);
    assert_eq!(server.store.rows().unwrap().1.len(), 0);
    for (body, status) in
        [("{", 400), ("[]", 400), ("{\"edits\":[]}", 422), ("{\"edits\":[{\"drop\":{}}]}", 400), ("", 400)]
    {
        let told = server.send("127.0.0.1:1", "POST", "/api/edits", &served::HERE, body).await;
        assert_eq!(told.status, status, "{body}: {}", told.body);
    }
    let many: Vec<Json> = (0..1001).map(|_| hydrant(LON, LAT, json!({}))).collect();
    assert_eq!(server.here("POST", "/api/edits", json!({"edits": many})).await.status, 422);
    let large = "x".repeat((4 << 20) + 1);
    assert_eq!(server.send("127.0.0.1:1", "POST", "/api/edits", &served::HERE, &large).await.status, 413);
}

#[tokio::test]
async fn the_same_request_is_done_once() {
    let server = Server::new();
    let edits = json!({"edits": [hydrant(LON, LAT, json!({}))]});
    let keyed = async |key: &str, edits: &Json| {
        server.here_with("POST", "/api/edits", &[("idempotency-key", key)], edits.clone()).await
    };
    let first = keyed("k-1", &edits).await;
    let again = keyed("k-1", &edits).await;
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.body, again.body);
    let other = keyed("k-1", &json!({"edits": [hydrant(LON, LAT, json!({"name": "甲"}))]})).await;
    assert_eq!((other.status, other.body["error"]["code"].as_str()), (422, Some("idempotency_key_used")));
    assert_eq!(keyed("k-2", &edits).await.body["features"][0]["id"], 2);
    for odd in ["", " ", "a b", &"x".repeat(65)] {
        assert_eq!(keyed(odd, &edits).await.status, 400, "{odd}");
    }
    assert_eq!(server.store.rows().unwrap().1.len(), 2);
}

#[tokio::test]
async fn without_a_token_only_this_machine_may_write() {
    let server = Server::new();
    let body = json!({"edits": [hydrant(LON, LAT, json!({}))]}).to_string();
    let own = ("x-firemap-edit", "1");
    for (peer, headers) in [
        ("192.0.2.7:1", vec![("host", "127.0.0.1"), own]),
        ("127.0.0.1:1", vec![("host", "map.test"), own]),
        ("127.0.0.1:1", vec![("host", "localhost")]),
        ("127.0.0.1:1", vec![("host", "localhost"), own, ("origin", "http://map.test")]),
        ("127.0.0.1:1", vec![("host", "localhost"), own, ("x-forwarded-for", "192.0.2.7")]),
        ("127.0.0.1:1", vec![("host", "localhost"), ("x-firemap-import", "1")]),
    ] {
        let told = server.send(peer, "POST", "/api/edits", &headers, &body).await;
        assert_eq!((told.status, told.body["code"].as_str()), (403, Some("write_elsewhere")), "{headers:?}");
        for (method, path) in
            [("PATCH", "/api/features/hydrant/1"), ("DELETE", "/api/features/hydrant/1"), ("POST", "/api/edits/undo")]
        {
            assert_eq!(server.send(peer, method, path, &headers, &body).await.status, 403, "{method} {headers:?}");
        }
    }
    assert_eq!(server.store.rows().unwrap().1.len(), 0);
    let may = async |peer: &str, host: &str| server.send(peer, "GET", "/api/writing", &[("host", host)], "").await.body;
    assert_eq!(may("127.0.0.1:1", "localhost").await, json!({"may": true, "how": "here"}));
    assert_eq!(may("192.0.2.7:1", "localhost").await, json!({"may": false, "how": "here"}));
}

#[tokio::test]
async fn with_a_token_one_may_write_from_anywhere_and_nobody_without_it() {
    let server = Server::with_token();
    let body = json!({"edits": [hydrant(LON, LAT, json!({}))]}).to_string();
    let send = async |authorization: &[(&str, &str)]| {
        let headers: Vec<(&str, &str)> = served::HERE.iter().chain(authorization).copied().collect();
        server.send("127.0.0.1:1", "POST", "/api/edits", &headers, &body).await
    };
    let right = format!("Bearer {TOKEN}");
    for (given, code) in [
        (vec![], "token_missing"),
        (vec![("authorization", TOKEN)], "token_missing"),
        (vec![("authorization", "Basic eDp5")], "token_missing"),
        (vec![("authorization", "Bearer wrong-token-of-length")], "token_wrong"),
        (vec![("authorization", "Bearer a-token-of-enough-lengt")], "token_wrong"),
        (vec![("authorization", &*right), ("authorization", &*right)], "token_missing"),
    ] {
        let told = send(&given).await;
        assert_eq!((told.status, told.body["code"].as_str()), (401, Some(code)), "{given:?}");
        assert_eq!(told.headers["www-authenticate"], "Bearer realm=\"firemap\"");
        assert!(!told.body.to_string().contains("token-of"), "a token is said by nobody");
    }
    let far = server.send("192.0.2.7:1", "POST", "/api/edits", &[("authorization", &right)], &body).await;
    assert_eq!(far.status, 200, "{}", far.body);
    let may =
        async |headers: &[(&str, &str)]| server.send("192.0.2.7:1", "GET", "/api/writing", headers, "").await.body;
    assert_eq!(may(&[("authorization", &right)]).await, json!({"may": true, "how": "token"}));
    assert_eq!(may(&[]).await, json!({"may": false, "how": "token"}));
}

#[tokio::test]
async fn only_ones_own_last_edit_is_undone() {
    let server = Server::new();
    let made = server.edit(json!([hydrant(LON, LAT, json!({})), hydrant(LON + 0.01, LAT, json!({}))])).await;
    let later = server.edit(json!([change("hydrant", 2, None, json!({"name": "乙"}))])).await;
    let undo = async |of: &Json| server.here("POST", "/api/edits/undo", json!({"revision": of["revision"]})).await;
    let late = undo(&made).await;
    assert_eq!((late.status, late.body["present"][0]["id"].as_u64()), (412, Some(2)), "{}", late.body);
    let done = undo(&later).await;
    assert_eq!(done.status, 200);
    assert_eq!(undo(&later).await.status, 412, "it was undone");
    let never = server.here("POST", "/api/edits/undo", json!({"revision": 999_999})).await;
    assert_eq!((never.status, never.body["error"]["code"].as_str()), (412, Some("undo_unknown")));
    assert_eq!(undo(&done.body).await.status, 200, "an undoing can be undone");
    assert_eq!(server.get("/api/features/hydrant/2").await["properties"]["name"], "乙");
}

/// A building with a marker in every restricted field and beside the fields.
fn secretive() -> Feature {
    let value = |field: &firemap::model::Field| match field.ty {
        FieldType::Text if !field.is_public() => Some(Value::Text("marker-4711".into())),
        FieldType::Integer(..) if !field.is_public() => Some(Value::Integer(47_110_815)),
        _ => None,
    };
    let values: Vec<Option<Value>> = Layer::Building.fields().iter().map(value).collect();
    let ring = [(0, 0), (3000, 0), (3000, 3000)].map(|(x, y)| Place { lon: 1_065_000_000 + x, lat: 295_000_000 + y });
    Feature {
        layer: Layer::Building,
        source: "test".into(),
        source_key: "1".into(),
        shape: Shape::polygons([vec![ring.to_vec()]]).unwrap(),
        flaw: None,
        attributes: Attributes::pack(Layer::Building, &values),
        extra: Some("{\"备注\":\"marker-4711\"}".to_owned()),
        origin: Origin { file: "town.csv".into(), row: 1 },
    }
}

#[tokio::test]
async fn what_is_restricted_stays_in_the_row_and_leaves_by_no_answer() {
    let server = Server::new();
    let mut writes = [Ok::<Write, Aborted>(Write::Put(secretive()))].into_iter();
    let batch = Batch { actor: "import", sources: vec![], writes: &mut writes, dry_run: false, watch: None };
    let imported = server.store.commit(batch).unwrap();
    server.live.wait_for(imported.revision, std::time::Duration::from_secs(20));
    let changed = server.edit(json!([change("building", 1, None, json!({"name": "东塔"}))])).await;
    let late = change("building", 1, Some(imported.revision.0), json!({"name": "西塔"}));
    let answers = [
        server.here("POST", "/api/edits", json!({"edits": [late]})).await.body,
        server.get("/api/features/building/1").await,
        server.here("POST", "/api/edits/undo", json!({"revision": changed["revision"]})).await.body,
        server.here("POST", "/api/edits/undo", json!({"revision": changed["revision"]})).await.body,
        server.here("DELETE", "/api/features/building/1", Json::Null).await.body,
    ];
    for answer in answers {
        let text = answer.to_string();
        assert!(!text.contains("marker-4711") && !text.contains("47110815"), "{text}");
    }
    let entries = server.store.history(&Span { most: 9, ..Span::default() }).unwrap();
    let (contact, _) = Layer::Building.field("contact").unwrap();
    let kept = entries.iter().filter(|entry| match &entry.happened {
        Happened::Changed(Some(before)) | Happened::Gone(Some(before)) => {
            before.attributes.as_ref().text(Layer::Building, contact) == Some("marker-4711")
        }
        _ => false,
    });
    assert_eq!(kept.count(), 3, "an edit of something else leaves restricted fields where they are");
}
