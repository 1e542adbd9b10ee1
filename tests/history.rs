//! What was: the history of features, the city at a moment, what differs between two; over HTTP and at the terminal.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod served;

use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value as Json, json};
use served::{Server, building, change, hydrant, retire};

const LON: f64 = 106.5;
const LAT: f64 = 29.5;

/// A town of a hydrant and the building it serves; then the hydrant is closed, renamed and taken away. The revisions.
async fn town(server: &Server) -> Vec<u64> {
    let known = json!({"kind": "municipal", "state": "in_service", "pressure_mpa": 0.3});
    let mut revisions = Vec::new();
    for edits in [
        json!([hydrant(LON, LAT, known), building(LON + 0.0005, LAT, json!({}))]),
        json!([change("hydrant", 1, None, json!({"state": "out_of_service"}))]),
        json!([change("hydrant", 1, None, json!({"name": "甲", "pressure_mpa": null}))]),
        json!([retire("hydrant", 1, None)]),
    ] {
        revisions.push(server.edit(edits).await["revision"].as_u64().unwrap());
    }
    revisions
}

#[tokio::test]
async fn the_history_of_a_feature_says_who_changed_what_from_what() {
    let server = Server::new();
    let revisions = town(&server).await;
    let told = server.get("/api/features/hydrant/1/history").await;
    let entries = told["entries"].as_array().unwrap();
    let brief: Vec<(&str, u64)> =
        entries.iter().map(|entry| (entry["what"].as_str().unwrap(), entry["revision"].as_u64().unwrap())).collect();
    assert_eq!(brief[..3], [("retired", revisions[3]), ("changed", revisions[2]), ("changed", revisions[1])]);
    assert_eq!((brief.len(), brief[3].0), (4, "added"));
    assert!(entries.iter().all(|entry| entry["actor"] == "local"));
    assert_eq!(
        entries[1]["fields"],
        json!([
            {"field": "pressure_mpa", "from": 0.3, "to": null},
            {"field": "name", "from": null, "to": "甲"},
        ])
    );
    assert_eq!(entries[1]["geometry_changed"], false);
    assert_eq!(entries[2]["fields"], json!([{"field": "state", "from": "in_service", "to": "out_of_service"}]));
    assert_eq!(entries[0]["fields"].as_array().unwrap().len(), 3, "one that is retired is told with what it said");
    let span = server.get(&format!("/api/history?after={}&until={}", revisions[0], revisions[1])).await;
    assert_eq!(span["entries"], json!([entries[2]]), "a span tells the same though much came after");
    let newest = server.get("/api/history?limit=2&layer=hydrant").await;
    assert_eq!((newest["entries"].as_array().map(Vec::len), &newest["more"]), (Some(2), &json!(true)));
    assert_eq!(server.here("GET", "/api/features/hydrant/9/history", Json::Null).await.status, 404);
    assert_eq!(server.here("GET", "/api/history?layer=castle", Json::Null).await.status, 404);
}

#[tokio::test]
async fn the_city_is_shown_as_it_was_at_a_revision_or_a_time() {
    let server = Server::new();
    let revisions = town(&server).await;
    let covered = async |at: &str| {
        let city = server.get(&format!("/api/city?at={at}")).await;
        city["figures"]["by_grade"]["serviceable"]["whole"].as_i64().unwrap()
    };
    assert_eq!(covered(&revisions[0].to_string()).await, 1);
    assert_eq!(covered(&revisions[1].to_string()).await, 0);
    let told = server.get(&format!("/api/features/hydrant/1?at={}", revisions[1])).await;
    assert_eq!((&told["revision"], &told["properties"]["state"]), (&json!(revisions[1]), &json!("out_of_service")));
    let history = server.get("/api/features/hydrant/1/history").await;
    let time = history["entries"][2]["time"].as_str().unwrap();
    assert_eq!(server.get(&format!("/api/city?at={time}")).await["revision"], revisions[1]);
    assert_eq!(server.get("/api/city?at=2020-01-01T00:00:00%2B08:00").await["figures"]["buildings"], 0);
    for (at, status, code) in [
        ((revisions[3] + 1).to_string(), 404, "no_such_moment"),
        ("2999-01-01T00:00:00Z".to_owned(), 404, "no_such_moment"),
        ("yesterday".to_owned(), 404, "no_such_moment"),
        ("-1".to_owned(), 404, "no_such_moment"),
    ] {
        let told = server.here("GET", &format!("/api/city?at={at}"), Json::Null).await;
        assert_eq!((told.status, told.body["code"].as_str()), (status, Some(code)), "{at}");
    }
}

#[tokio::test]
async fn what_differs_between_two_moments_is_told_with_the_figures_of_both() {
    let server = Server::new();
    let revisions = town(&server).await;
    let diff = server.get(&format!("/api/diff?a={}&b={}", revisions[0], revisions[2])).await;
    let covered = |side: &str| diff[side]["figures"]["by_grade"]["serviceable"]["whole"].as_i64().unwrap();
    assert_eq!((covered("a"), covered("b")), (1, 0));
    let features = diff["features"].as_array().unwrap();
    assert_eq!((features.len(), &features[0]["what"], &features[0]["id"]), (1, &json!("changed"), &json!(1)));
    assert_eq!(features[0]["fields"].as_array().unwrap().len(), 3);
    let all = server.get("/api/diff?a=0").await;
    let brief: Vec<(&str, &str)> = all["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| (feature["layer"].as_str().unwrap(), feature["what"].as_str().unwrap()))
        .collect();
    assert_eq!(brief, [("building", "added")], "what came and went is no difference");
    assert_eq!(server.here("GET", "/api/diff?a=999", Json::Null).await.status, 404);
    assert_eq!(server.here("GET", "/api/diff", Json::Null).await.status, 400);
}

#[tokio::test]
async fn a_clock_that_goes_back_leaves_the_order_of_the_log_as_it_is() {
    let server = Server::new();
    let revisions = town(&server).await;
    // The second edit as if the clock had been put back before it, and right again after it.
    let log = Connection::open(server.folder.as_ref().unwrap().path().join("town.gpkg")).unwrap();
    let sql = "update hydrant_log set time = '2020-01-01T00:00:00.000Z' where seq = ?1";
    assert_eq!(log.execute(sql, [revisions[1] as i64]).unwrap(), 1);
    drop(log);
    let history = server.get("/api/features/hydrant/1/history").await;
    let order: Vec<u64> =
        history["entries"].as_array().unwrap().iter().map(|entry| entry["revision"].as_u64().unwrap()).collect();
    assert!(order.is_sorted_by(|a, b| a > b), "{order:?}");
    let state = async |at: &str| {
        server.get(&format!("/api/features/hydrant/1?at={at}")).await["properties"]["state"].as_str().map(str::to_owned)
    };
    assert_eq!(state(&revisions[0].to_string()).await.as_deref(), Some("in_service"));
    assert_eq!(state(&revisions[1].to_string()).await.as_deref(), Some("out_of_service"));
    // Of a time the last entry counts that was written by then, by the clock it was written by.
    assert_eq!(server.get("/api/city?at=2020-06-01T00:00:00Z").await["revision"], revisions[1]);
    let later = server.edit(json!([hydrant(LON, LAT, json!({}))])).await["revision"].as_u64().unwrap();
    assert!(later > revisions[3]);
}

#[tokio::test]
async fn history_tells_a_gap_and_does_not_cross_it() {
    let server = Server::new();
    let revisions = town(&server).await;
    let path = server.folder.as_ref().unwrap().path().join("town.gpkg");
    let tool = Connection::open(&path).unwrap();
    tool.execute_batch("drop trigger building_log_update").unwrap();
    let start = std::time::Instant::now();
    let gap = loop {
        let told = server.get("/api/features/building/1/history").await;
        if told["entries"][0]["what"] == "gap" {
            break told;
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "the gap is not told: {told}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(gap["entries"][1]["what"], "added");
    assert_eq!(gap["entries"][1]["fields"], json!([]), "what it said before the gap is not known");
    let told = server.here("GET", &format!("/api/city?at={}", revisions[3]), Json::Null).await;
    assert!(matches!(told.status, 202 | 410), "{}", told.body);
    let told = loop {
        let told = server.here("GET", &format!("/api/city?at={}", revisions[3]), Json::Null).await;
        if told.status != 202 {
            break told;
        }
    };
    assert_eq!((told.status, told.body["code"].as_str()), (410, Some("past_gone")), "{}", told.body);
}

#[tokio::test]
async fn the_same_is_told_at_the_terminal() {
    let server = Server::new();
    let revisions = town(&server).await;
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firemap"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FIREMAP_")) {
            command.env_remove(name);
        }
        let folder = server.folder.as_ref().unwrap().path();
        let output =
            command.current_dir(folder).args(args).args(["--store", "town.gpkg", "--lang", "en"]).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    };
    let json = |args: &[&str]| -> Json { serde_json::from_str(&run(args).unwrap()).unwrap() };
    let told = server.get("/api/features/hydrant/1/history").await;
    assert_eq!(json(&["history", "hydrant", "1", "--format", "json"]), told["entries"]);
    let span = server.get(&format!("/api/history?after={}&until={}", revisions[0], revisions[2])).await;
    let (after, until) = (revisions[0].to_string(), revisions[2].to_string());
    assert_eq!(json(&["history", "--after", &after, "--until", &until, "--format", "json"]), span["entries"]);
    let table = run(&["history", "hydrant"]).unwrap();
    assert!(table.lines().any(|line| line.contains("state") && line.contains("in_service  out_of_service")), "{table}");
    let diff = json(&["diff", &after, &until, "--format", "json"]);
    let served = server.get(&format!("/api/diff?a={after}&b={until}")).await;
    assert_eq!(diff["features"], served["features"]);
    assert_eq!((&diff["a"]["coverage"][1]["whole"], &diff["b"]["coverage"][1]["whole"]), (&json!(1), &json!(0)));
    let table = run(&["diff", &after]).unwrap();
    assert!(table.lines().any(|line| line.starts_with("hydrants ") && line.ends_with("-1")), "{table}");
    assert!(run(&["diff", "999"]).unwrap_err().contains("There is no revision 999"));
    assert!(run(&["history", "castle"]).unwrap_err().contains("There is no layer castle"));
}
