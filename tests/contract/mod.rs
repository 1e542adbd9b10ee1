//! What every store must do with edits of single features and with its past.

use std::collections::BTreeMap;

use firemap::model::{Attributes, Feature, FeatureId, Layer, Place, Shape, Value, building, hydrant};
use firemap::store::{
    Aborted, Batch, Change, Drawn, EDITED, Edit, EditError, EditReceipt, EditTask, Edits, Happened, Once, Present,
    Revision, Row, Span, Store, Write,
};
use proptest::prelude::*;

const NOW: Revision = Revision(u64::MAX);

fn at(x: i32, y: i32) -> Drawn {
    Drawn { shape: Shape::point(Place { lon: 1_065_000_000 + x, lat: 295_000_000 + y }), flaw: None }
}

fn well(x: i32, state: u8) -> Edit {
    let mut values = vec![None; Layer::Hydrant.fields().len()];
    values[hydrant::STATE] = Some(Value::Choice(state));
    let attributes = Attributes::pack(Layer::Hydrant, &values);
    Edit::Create { layer: Layer::Hydrant, drawn: at(x, 0), attributes }
}

fn set_state(id: u64, expected: Option<Revision>, state: Option<u8>) -> Edit {
    let values = vec![(hydrant::STATE, state.map(Value::Choice))];
    Edit::Change { layer: Layer::Hydrant, id: FeatureId(id), expected, values, drawn: None }
}

fn retire(id: u64, expected: Option<Revision>) -> Edit {
    Edit::Retire { layer: Layer::Hydrant, id: FeatureId(id), expected }
}

fn edit_as(store: &dyn Store, actor: &str, edits: &[Edit]) -> Result<EditReceipt, EditError> {
    store.edit(Edits { actor: actor.to_owned(), task: EditTask::Edits(edits.to_vec()), once: None })
}

fn edit(store: &dyn Store, edits: &[Edit]) -> EditReceipt {
    edit_as(store, "one", edits).unwrap()
}

fn undo(store: &dyn Store, actor: &str, of: Revision) -> Result<EditReceipt, EditError> {
    store.edit(Edits { actor: actor.to_owned(), task: EditTask::Undo(of), once: None })
}

fn rows(store: &dyn Store) -> BTreeMap<u64, Feature> {
    store.rows().unwrap().1.into_iter().map(|row| (row.id.0, row.feature)).collect()
}

fn state(feature: &Feature) -> Option<u8> {
    match feature.attributes.as_ref().unpack(Layer::Hydrant)[hydrant::STATE] {
        Some(Value::Choice(nth)) => Some(nth),
        _ => None,
    }
}

pub fn edits_change_what_they_name_and_nothing_else(store: &dyn Store) {
    let made = edit(store, &[well(0, 0), well(50, 0)]);
    assert_eq!(made.features.iter().map(|edited| edited.id.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        store.revisions(&[(Layer::Hydrant, FeatureId(1)), (Layer::Hydrant, FeatureId(9))], NOW).unwrap(),
        [Some(made.features[0].revision), None]
    );
    let before = rows(store);
    assert_eq!(&*before[&1].source, EDITED);
    assert_ne!(before[&1].source_key, before[&2].source_key);
    let name = (hydrant::NAME, Some(Value::Text("甲".into())));
    let layer = Layer::Hydrant;
    let renamed = Edit::Change { layer, id: FeatureId(2), expected: None, values: vec![name], drawn: Some(at(7, 7)) };
    let done = edit(store, &[set_state(1, Some(made.features[0].revision), Some(1)), renamed]);
    let after = rows(store);
    assert_eq!(state(&after[&1]), Some(1));
    assert_eq!(after[&1].shape, before[&1].shape);
    assert_eq!((state(&after[&2]), &after[&2].shape), (Some(0), &at(7, 7).shape));
    assert_eq!(after[&2].attributes.as_ref().text(layer, hydrant::NAME), Some("甲"));
    assert_eq!(after[&2].source_key, before[&2].source_key);
    let again = edit(store, &[set_state(1, Some(done.features[0].revision), Some(1))]);
    assert_eq!(again.revision, done.revision, "what is the same is no change");
    assert_eq!(again.features[0].revision, done.features[0].revision);
    edit(store, &[set_state(1, None, None), retire(2, Some(done.features[1].revision))]);
    let last = rows(store);
    assert_eq!((last.len(), state(&last[&1])), (1, None));
    assert_eq!(edit(store, &[well(0, 0)]).features[0].id, FeatureId(3), "a number is never given twice");
}

pub fn edits_that_expect_something_else_change_nothing_and_tell_what_is_there(store: &dyn Store) {
    let made = edit(store, &[well(0, 0), well(50, 0), well(90, 0)]);
    let seen = made.features[0].revision;
    let moved = edit(store, &[set_state(1, Some(seen), Some(1)), retire(3, None)]);
    let before = rows(store);
    let late =
        [set_state(2, None, Some(2)), set_state(1, Some(seen), Some(2)), retire(3, Some(made.features[2].revision))];
    let Err(EditError::Conflict(present)) = edit_as(store, "two", &late) else { panic!("it was not expected so") };
    assert_eq!(rows(store), before);
    let now = Row { id: FeatureId(1), feature: before[&1].clone() };
    assert_eq!(
        present,
        [
            Present { layer: Layer::Hydrant, id: FeatureId(1), row: Some((now, moved.features[0].revision)) },
            Present { layer: Layer::Hydrant, id: FeatureId(3), row: None },
        ]
    );
    let none = EditError::NoSuchFeature { edit: 1, layer: Layer::Hydrant, id: FeatureId(77) };
    assert_eq!(edit_as(store, "two", &[well(1, 1), set_state(77, None, None)]), Err(none));
    let twice = edit_as(store, "two", &[retire(2, None), set_state(2, None, None)]);
    assert!(matches!(twice, Err(EditError::Conflict(_))), "{twice:?}");
    assert_eq!(rows(store), before);
    assert_eq!(store.rows().unwrap().0.revision, moved.revision);
}

pub fn the_same_request_is_done_once(store: &dyn Store) {
    let keyed = |actor: &str, key: &str, digest: &str, edits: &[Edit]| {
        let once = Some(Once { key: key.to_owned(), digest: digest.to_owned() });
        store.edit(Edits { actor: actor.to_owned(), task: EditTask::Edits(edits.to_vec()), once })
    };
    let first = keyed("one", "k", "d", &[well(0, 0)]).unwrap();
    edit(store, &[well(9, 9)]);
    assert_eq!(keyed("one", "k", "d", &[well(0, 0)]).unwrap(), first);
    assert_eq!(rows(store).len(), 2);
    assert_eq!(keyed("one", "k", "other", &[well(0, 0)]), Err(EditError::KeyUsed));
    assert!(keyed("two", "k", "d", &[well(5, 5)]).unwrap().revision > first.revision, "a key is its actor's own");
    let none = keyed("one", "j", "d", &[set_state(1, None, Some(0))]).unwrap();
    edit(store, &[set_state(1, None, Some(2))]);
    assert_eq!(keyed("one", "j", "d", &[set_state(1, None, Some(0))]).unwrap(), none);
    assert_eq!(state(&rows(store)[&1]), Some(2), "what changed nothing the first time changes nothing the second");
}

pub fn a_batch_is_undone_by_who_made_it_while_nothing_came_after(store: &dyn Store) {
    let mut first = rows(store);
    let made = edit(store, &[well(0, 0), well(50, 0)]);
    first.clone_from(&rows(store));
    let batch = edit(store, &[set_state(1, None, Some(1)), retire(2, None), well(70, 2), set_state(1, None, Some(2))]);
    let done = rows(store);
    assert_eq!(undo(store, "two", batch.revision), Err(EditError::NoSuchBatch));
    assert_eq!(undo(store, "one", Revision(batch.revision.0 - 1)), Err(EditError::NoSuchBatch));
    let undone = undo(store, "one", batch.revision).unwrap();
    assert_eq!(rows(store), first, "all is as it was, under the numbers it had");
    assert_eq!(undone.features.iter().map(|edited| edited.id.0).collect::<Vec<_>>(), [1, 2, 3]);
    let Err(EditError::Conflict(present)) = undo(store, "one", batch.revision) else { panic!("it was undone before") };
    assert_eq!(present.len(), 3);
    undo(store, "one", undone.revision).unwrap();
    assert_eq!(rows(store), done, "an undoing is undone in its turn");
    edit(store, &[set_state(1, None, Some(0))]);
    let later = undo(store, "one", made.revision);
    assert!(matches!(later, Err(EditError::Conflict(present)) if present.len() == 2));
}

pub fn what_edits_do_not_name_stays_in_the_row(store: &dyn Store) {
    let mut values = vec![None; Layer::Building.fields().len()];
    values[building::NAME] = Some(Value::Text("东塔".into()));
    let (contact, _) = Layer::Building.field("contact").unwrap();
    values[contact] = Some(Value::Text("secret".into()));
    let ring =
        [(0, 0), (50, 0), (50, 50)].map(|(x, y)| Place { lon: 1_065_000_000 + x, lat: 295_000_000 + y }).to_vec();
    let house = Feature {
        layer: Layer::Building,
        source: "survey".into(),
        source_key: "a".into(),
        shape: Shape::polygons([vec![ring]]).unwrap(),
        flaw: None,
        attributes: Attributes::pack(Layer::Building, &values),
        extra: None,
        origin: firemap::model::Origin { file: "survey.csv".into(), row: 7 },
    };
    let mut writes = [Ok::<Write, Aborted>(Write::Put(house.clone()))].into_iter();
    store.commit(Batch { actor: "import", sources: vec![], writes: &mut writes, dry_run: false, watch: None }).unwrap();
    let change = |ix: usize, value: Option<Value>| Edit::Change {
        layer: Layer::Building,
        id: FeatureId(1),
        expected: None,
        values: vec![(ix, value)],
        drawn: None,
    };
    let renamed = edit(store, &[change(building::NAME, None)]);
    values[building::NAME] = None;
    assert_eq!(rows(store)[&1], Feature { attributes: Attributes::pack(Layer::Building, &values), ..house.clone() });
    undo(store, "one", renamed.revision).unwrap();
    assert_eq!(rows(store)[&1], house);
}

pub fn history_tells_each_entry_with_what_was_before(store: &dyn Store) {
    let made = edit(store, &[well(0, 0), well(50, 0)]);
    let first = rows(store);
    let changed = edit_as(store, "two", &[set_state(1, None, Some(1))]).unwrap();
    let then = rows(store);
    let gone = edit(store, &[retire(1, None), well(90, 0)]);
    let of = |id| Span { of: Some((Layer::Hydrant, Some(FeatureId(id)))), most: 99, ..Span::default() };
    let told = store.history(&of(1)).unwrap();
    let entry = |nth: usize| (told[nth].revision, told[nth].actor.as_str(), &told[nth].happened);
    assert_eq!(told.len(), 3);
    assert_eq!(entry(0), (gone.features[0].revision, "one", &Happened::Gone(Some(Box::new(then[&1].clone())))));
    assert_eq!(entry(1), (changed.revision, "two", &Happened::Changed(Some(Box::new(first[&1].clone())))));
    assert_eq!(entry(2), (made.features[0].revision, "one", &Happened::Added));
    assert!(told[0].time.starts_with("20") && told[0].time.ends_with('Z'), "{}", told[0].time);
    let span = Span { after: made.revision, until: Some(changed.revision), most: 99, of: None };
    assert_eq!(store.history(&span).unwrap().len(), 1);
    assert_eq!(store.history(&Span { most: 2, ..Span::default() }).unwrap().len(), 2);
    assert_eq!(store.revision_at("2000-01-01T00:00:00.000Z").unwrap(), Revision(0));
    assert_eq!(store.revision_at("9999-01-01T00:00:00.000Z").unwrap(), gone.revision);
    assert_eq!(store.time_of(gone.revision).unwrap().as_deref(), Some(&*told[0].time));
}

pub fn a_batch_is_of_one_moment(store: &dyn Store) {
    let time = |revision| store.time_of(revision).unwrap().unwrap();
    let many: Vec<Edit> = (0..600).map(|x| well(x, 0)).collect();
    let first = edit(store, &[well(0, 0)]).revision;
    let made = edit(store, &many).revision;
    std::thread::sleep(std::time::Duration::from_millis(2));
    let all = rows(store).into_values().map(|mut row| {
        row.attributes = Attributes::pack(Layer::Hydrant, &vec![None; Layer::Hydrant.fields().len()]);
        Ok::<Write, Aborted>(Write::Put(row))
    });
    let mut all = all.collect::<Vec<_>>().into_iter();
    store.commit(Batch { actor: "import", sources: vec![], writes: &mut all, dry_run: false, watch: None }).unwrap();
    let head = store.rows().unwrap().0.revision;
    for (before, last) in [(first, made), (made, head)] {
        assert!(before < last);
        assert!((before.0 + 1..=last.0).all(|revision| time(Revision(revision)) == time(last)));
        assert_eq!(store.revision_at(&time(last)).unwrap(), last);
    }
}

/// Random edits by number of few hydrants; most name one that may be there.
pub fn any_edits() -> impl Strategy<Value = Vec<Vec<(u8, u64, u8)>>> {
    proptest::collection::vec(proptest::collection::vec((0..4_u8, 1..8_u64, 0..3_u8), 1..5), 1..12)
}

/// Whatever is edited and undone, the rows are those of a plain list; and the past is the rows that were.
pub fn the_past_is_what_was(store: &dyn Store, batches: Vec<Vec<(u8, u64, u8)>>) {
    let mut past = vec![(store.rows().unwrap().0.revision, rows(store))];
    for batch in batches {
        let present = rows(store);
        let edits: Vec<Edit> = batch
            .into_iter()
            .filter(|(what, id, _)| *what == 0 || present.contains_key(id))
            .map(|(what, id, state)| match what {
                0 => well(i32::from(state) * 10, state),
                1 => retire(id, None),
                _ => set_state(id, None, Some(state)),
            })
            .collect();
        match edit_as(store, "one", &edits) {
            Ok(receipt) => past.push((receipt.revision, rows(store))),
            Err(EditError::Conflict(_)) => assert_eq!(rows(store), present),
            Err(error) => panic!("{error}"),
        }
    }
    let (head, now) = past.last().cloned().unwrap();
    for (later, then) in past.iter().enumerate() {
        for (from, of) in &past[later..] {
            let mut back = of.clone();
            let changes = store.past(then.0, *from).unwrap();
            assert_eq!(changes.snapshot.revision, then.0);
            for change in changes.rows {
                match change {
                    Change::Put(row) => drop(back.insert(row.id.0, row.feature)),
                    Change::Gone(_, id) => drop(back.remove(&id.0)),
                }
            }
            assert_eq!(&back, &then.1, "{:?} from {from:?}", then.0);
        }
    }
    assert_eq!(store.rows().unwrap().0.revision, head);
    assert_eq!(rows(store), now);
    assert!(store.past(Revision(head.0 + 1), head).is_err(), "what is yet to come is not told");
}
