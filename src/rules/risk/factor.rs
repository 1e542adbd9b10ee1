//! The factors of the risk score by name, with their part and what the model says of each.

use super::{Head, RiskModel};

macro_rules! factors {
    ($($(#[$meta:meta])* $variant:ident $code:literal $part:ident $section:ident $field:ident;)+) => {
        /// A factor of the risk score, in the order in which they are told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Factor { $( $(#[$meta])* $variant ),+ }

        impl Factor {
            /// All of them.
            pub const ALL: [Factor; [$($code),+].len()] = [$(Factor::$variant),+];

            /// The word in packs and API.
            pub fn code(self) -> &'static str {
                match self { $(Factor::$variant => $code),+ }
            }

            /// The part it belongs to.
            pub fn part(self) -> Part {
                match self { $(Factor::$variant => Part::$part),+ }
            }
        }

        impl RiskModel {
            /// What the model says of a factor.
            pub fn head(&self, factor: Factor) -> Head<'_> {
                match factor { $(Factor::$variant => self.$section.$field.head()),+ }
            }
        }
    };
}

factors! {
    /// 高度类别
    HeightClass "height_class" Hazard hazard height_class;
    /// 使用性质
    Use "use" Hazard hazard usage;
    /// 建成年代与线路
    Age "age" Hazard hazard age;
    /// 外保温等级
    Insulation "insulation" Hazard hazard insulation;
    /// 电动自行车
    EBikes "e_bikes" Hazard hazard e_bikes;
    /// 液化气瓶
    Gas "gas" Hazard hazard gas;
    /// 人数
    Occupants "occupants" Exposure exposure occupants;
    /// 一对一帮扶人员: restricted, not computed.
    Care "care" Exposure exposure care;
    /// 夜间留宿
    Sleeping "sleeping" Exposure exposure sleeping;
    /// 疏散条件
    Egress "egress" Exposure exposure egress;
    /// 消防水源
    Water "water" Protection protection water;
    /// 第二水源
    SecondWater "second_water" Protection protection second_water;
    /// 微型消防站到场
    Micro "micro" Protection protection micro;
    /// 消防救援站到场
    Engine "engine" Protection protection engine;
    /// 登坡高差
    Climb "climb" Protection protection climb;
    /// 消防车通达
    Lanes "lanes" Protection protection lanes;
    /// 登高操作场地
    LadderField "ladder_field" Protection protection ladder_field;
    /// 消防设施
    Systems "systems" Protection protection systems;
    /// 物联感知
    Iot "iot" Protection protection iot;
    /// 未销号隐患
    Open "open" Dangers dangers open;
}

/// A part of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// H 危险性
    Hazard,
    /// E 暴露
    Exposure,
    /// P 防护缺失
    Protection,
    /// D 隐患
    Dangers,
}

impl Part {
    /// All of them.
    pub const ALL: [Part; 4] = [Part::Hazard, Part::Exposure, Part::Protection, Part::Dangers];

    /// The word in packs and API.
    pub fn code(self) -> &'static str {
        match self {
            Part::Hazard => "hazard",
            Part::Exposure => "exposure",
            Part::Protection => "protection",
            Part::Dangers => "dangers",
        }
    }

    /// Its letter in the formula.
    pub fn letter(self) -> char {
        match self {
            Part::Hazard => 'H',
            Part::Exposure => 'E',
            Part::Protection => 'P',
            Part::Dangers => 'D',
        }
    }

    /// Its factors.
    pub fn factors(self) -> impl Iterator<Item = Factor> {
        Factor::ALL.into_iter().filter(move |factor| factor.part() == self)
    }
}

impl Factor {
    /// Whether it enters the score: one that counts what only some may see does not.
    pub fn is_computed(self) -> bool {
        self != Factor::Care
    }
}

impl RiskModel {
    /// What a part weighs, in ten-thousandths: the most hundredths of the score that come from it.
    pub fn weight(&self, part: Part) -> u32 {
        match part {
            Part::Hazard => self.weights.hazard.0,
            Part::Exposure => self.weights.exposure.0,
            Part::Protection => self.weights.protection.0,
            Part::Dangers => self.weights.dangers.0,
        }
    }

    /// The most hundredths that the factors of a part give which enter the score.
    pub fn most(&self, part: Part) -> u32 {
        part.factors().filter(|factor| factor.is_computed()).map(|factor| self.head(factor).most).sum()
    }
}
