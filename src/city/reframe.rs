//! The same rows on another day or by another pack: midnight is a change like another.

use std::sync::{Arc, OnceLock};

use jiff::civil::Date;

use super::apply::MANY_HYDRANTS;
use super::edit::Edit;
use super::frame::Frame;
use super::results::Results;
use super::rows::RowRef;
use super::town::City;
use crate::model::Layer;
use crate::rules::{AccessRules, RuleError, SupplyRules};
use crate::store::Row;

impl City {
    /// The same rows on another day; an error where the pack lacks a rule on it.
    pub fn on(&self, day: Date) -> Result<City, RuleError> {
        Ok(self.reframe(Frame::new(self.frame.pack.clone(), day)?))
    }

    /// The same rows on another day or by another pack. Where the same rules hold, what hangs on hydrants follows those
    /// whose inspection ran out; scores hang on the day themselves.
    pub fn reframe(&self, frame: Frame) -> City {
        let is_same_pack = Arc::ptr_eq(&frame.pack, &self.frame.pack);
        if frame.day == self.frame.day && is_same_pack {
            return self.clone();
        }
        if is_same_pack && frame.rules == self.frame.rules {
            return self.on_day(frame);
        }
        let results = Results::new(&self.layers, &frame);
        let network = if frame.pack.travel == self.frame.pack.travel { self.network.clone() } else { Arc::default() };
        City {
            frame,
            results,
            network,
            street_need: Arc::default(),
            ground: Arc::default(),
            risk: Arc::default(),
            ..self.clone()
        }
    }

    /// On another day on which the same rules of water hold.
    fn on_day(&self, frame: Frame) -> City {
        let hydrants = self.layer(Layer::Hydrant);
        let aged = |(slot, row): &(u32, RowRef<'_>)| self.results.waters.point(*slot) != Some(&frame.judge(*row));
        let aged: Vec<(u32, Option<Row>)> =
            hydrants.iter().filter(aged).map(|(slot, row)| (slot, Some(row.to_owned()))).collect();
        let (old_day, day) = (self.frame.day, frame.day);
        let mut next = City { frame, risk: Arc::default(), ..self.clone() };
        if aged.len() > MANY_HYDRANTS {
            next.results = Results::new(&next.layers, &next.frame);
            next.ground = Arc::default();
            return next;
        }
        let touched = next.results.follow(&next.layers, &next.frame, &aged, &[]);
        let mut changed: Vec<Vec<(u32, Option<Row>)>> = Layer::ALL.iter().map(|_| Vec::new()).collect();
        changed[Layer::Hydrant as usize] = aged;
        let edit = Edit { before: self, after: &next, changed: &changed };
        let followed = self.ground.get().and_then(|ground| Some(ground.follow(&edit, touched)?.0));
        let ground = followed.map(|mut ground| {
            let pack = self.pack();
            if AccessRules::on(pack, old_day) != AccessRules::on(pack, day) {
                (ground.reaching, ground.breaches) = Default::default();
            }
            if SupplyRules::on(pack, old_day) != SupplyRules::on(pack, day) {
                ground.supplies = Arc::default();
            }
            OnceLock::from(ground)
        });
        next.ground = Arc::new(ground.unwrap_or_default());
        next
    }
}
