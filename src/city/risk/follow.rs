//! Scores after an applied change, from those before it: buildings are scored again whose facts may be others, and sums
//! go by what is different.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::facts::{FactsOf, bikes_and_ports};
use super::joins::Rejoined;
use super::sums::square_sums;
use super::{RiskOf, RiskResults, fires, holding};
use crate::analysis::risk::Scorer;
use crate::city::City;
use crate::city::edit::Edit;
use crate::city::ground::GroundResults;
use crate::model::Layer;

impl RiskResults {
    /// Of the city after an edit, whose ground is there already. `touched` are the buildings whose results or own
    /// fields may be others. `None` where it cannot be followed.
    pub(in crate::city) fn follow(&self, edit: &Edit<'_>, mut touched: BTreeSet<u32>) -> Option<RiskResults> {
        let (before, after) = (edit.before, edit.after);
        let reaching = after.ground_found().and_then(GroundResults::reaching_found)?;
        let knows_hydrants = |city: &City| city.results().waters().any_counts();
        if knows_hydrants(before) != knows_hydrants(after) || before.zone() != after.zone() {
            return None;
        }
        let mut next = self.clone();
        let mut rejoined = Rejoined::default();
        next.joins.follow(edit, reaching, &mut rejoined)?;
        let mut estates = rejoined.estates;
        for (slot, old, new) in edit.rows(Layer::Building) {
            let (Some((old, new)), Some(estate)) = (old.zip(new), self.around.estate(after, slot)) else { continue };
            if bikes_and_ports(old) != bikes_and_ports(new) {
                Arc::make_mut(&mut next.around).follow(estate, old, new);
                estates.insert(estate);
            }
        }
        touched.extend(rejoined.buildings);
        for estate in estates {
            let near = after.layer(Layer::Building).slots_in(after.layer(Layer::Area).within(estate));
            touched.extend(near.into_iter().filter(|slot| self.around.estate(after, *slot) == Some(estate)));
        }
        for (dangers, city, sign) in [(rejoined.were, before, -1), (rejoined.are, after, 1)] {
            for at in dangers {
                next.whole.dangers.count(&at.danger, city.day(), sign);
                for area in holding(city, at.place).slots() {
                    next.totals.get_mut(area).dangers.count(&at.danger, city.day(), sign);
                }
            }
        }
        if !edit.leaves(&[Layer::Incident]) {
            next.fires = Arc::new(fires(after));
        }
        next.score_again(edit, touched);
        Some(next)
    }

    fn score_again(&mut self, edit: &Edit<'_>, touched: BTreeSet<u32>) {
        let (before, after) = (edit.before, edit.after);
        let (joins, around) = (self.joins.clone(), self.around.clone());
        let facts = FactsOf::new(after, &joins, &around);
        let scorer = Scorer::new(after.risk_model());
        let residents = |city: &City, slot| i64::from(city.results().weight(slot).residents.unwrap_or(0));
        for slot in touched {
            let Some(known) = facts.of(slot) else { continue };
            let was = (self.of[slot], residents(before, slot));
            let is = (RiskOf::of(&scorer.score(&known), scorer.model()), residents(after, slot));
            if was == is {
                continue;
            }
            let at = after.layer(Layer::Building).within(slot).centre();
            for ((of, residents), sign) in [(was, -1), (is, 1)] {
                self.whole.count(&of, residents, sign);
                for area in after.results().building_areas(slot).slots() {
                    self.totals.get_mut(area).count(&of, residents, sign);
                }
                self.squares.add(at, square_sums(&of, residents).map(|sum| sign * sum));
            }
            *self.of.get_mut(slot) = is.0;
        }
    }
}
