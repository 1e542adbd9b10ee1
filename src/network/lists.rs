//! Many short lists one behind the other: the edges of each building, the targets of each candidate.

/// Lists of numbers, 8 bytes a list and 4 a number.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Where each list ends.
    ends: Vec<usize>,
    numbers: Vec<u32>,
}

impl Lists {
    /// Adds a list.
    pub fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.numbers.extend(list);
        self.ends.push(self.numbers.len());
    }

    /// How many lists there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The list of this number; empty where there is none.
    pub fn get(&self, list: u32) -> &[u32] {
        let list = list as usize;
        let Some(end) = self.ends.get(list) else { return &[] };
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.numbers[start..*end]
    }
}

impl<L: IntoIterator<Item = u32>> FromIterator<L> for Lists {
    fn from_iter<I: IntoIterator<Item = L>>(all: I) -> Lists {
        let mut lists = Lists::default();
        all.into_iter().for_each(|list| lists.push(list));
        lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_comes_back_and_one_too_many_is_empty() {
        let lists: Lists = [vec![3, 1], vec![], vec![7]].into_iter().collect();
        assert_eq!([0, 1, 2, 3].map(|list| lists.get(list).to_vec()), [vec![3, 1], vec![], vec![7], vec![]]);
        assert_eq!((lists.len(), lists.is_empty()), (3, false));
    }
}
