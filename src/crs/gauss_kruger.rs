//! The Gauss–Krüger zones of CGCS2000: 3° and 6° wide, with the zone's number before the easting or without it.
//!
//! 6° zones 13–23 have their central meridians at 6·zone − 3, 3° zones 25–45 at 3·zone: 75°–135° east both. The easting of
//! the meridian is 500 km, with the zone's number before it where one is written. EPSG gives them 4491–4554.

/// A zone of CGCS2000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone {
    /// 3 or 6 degrees.
    width: u8,
    /// 25–45 or 13–23.
    number: u8,
    /// Whether the easting begins with the number.
    prefixed: bool,
}

impl Zone {
    /// The zone of a width (3 or 6), number and way of writing; `None` where China has none.
    pub fn new(width: u8, number: u8, prefixed: bool) -> Option<Zone> {
        let known = match width {
            3 => (25..=45).contains(&number),
            6 => (13..=23).contains(&number),
            _ => false,
        };
        known.then_some(Zone { width, number, prefixed })
    }

    /// The zone of an EPSG code.
    ///
    /// ```
    /// use firemap::crs::gauss_kruger::Zone;
    /// assert_eq!(Zone::of_code(4523), Zone::new(3, 35, true));
    /// assert_eq!(Zone::of_code(4507).unwrap().code(), 4507);
    /// assert_eq!(Zone::of_code(4490), None);
    /// ```
    pub fn of_code(code: u32) -> Option<Zone> {
        let code = u16::try_from(code).ok()?;
        let (width, first, least, prefixed) = match code {
            4491..=4501 => (6, 4491, 13, true),
            4502..=4512 => (6, 4502, 13, false),
            4513..=4533 => (3, 4513, 25, true),
            4534..=4554 => (3, 4534, 25, false),
            _ => return None,
        };
        Zone::new(width, u8::try_from(code - first).ok()? + least, prefixed)
    }

    /// The zone of a central meridian in degrees, where there is one of that width.
    pub fn of_meridian(width: u8, meridian: u8, prefixed: bool) -> Option<Zone> {
        let number = match width {
            3 if meridian.is_multiple_of(3) => meridian / 3,
            6 if meridian % 6 == 3 => (meridian + 3) / 6,
            _ => return None,
        };
        Zone::new(width, number, prefixed)
    }

    /// Its EPSG code.
    pub fn code(self) -> u32 {
        let (first, least) = match (self.width, self.prefixed) {
            (6, true) => (4491, 13),
            (6, false) => (4502, 13),
            (_, true) => (4513, 25),
            (_, false) => (4534, 25),
        };
        first + u32::from(self.number - least)
    }

    /// Its central meridian in degrees east.
    pub fn meridian(self) -> u8 {
        match self.width {
            6 => self.number * 6 - 3,
            _ => self.number * 3,
        }
    }

    /// The easting of its central meridian in metres.
    pub fn false_easting(self) -> f64 {
        let prefix = if self.prefixed { f64::from(self.number) * 1e6 } else { 0.0 };
        500_000.0 + prefix
    }

    /// The same zone with its number before the easting, or without it.
    pub fn with_prefix(self, prefixed: bool) -> Zone {
        Zone { prefixed, ..self }
    }

    /// Whether the easting begins with the zone's number.
    pub fn is_prefixed(self) -> bool {
        self.prefixed
    }

    /// Whether numbers can be easting and northing of a place in China that is written in this zone, or in the zone
    /// beside it: offices write a whole town in one zone.
    pub fn holds(self, [east, north]: [f64; 2]) -> bool {
        let reach = if self.width == 6 { 450_000.0 } else { 300_000.0 };
        (east - self.false_easting()).abs() <= reach && (300_000.0..=6_100_000.0).contains(&north)
    }

    /// The name it goes by.
    pub fn name(self) -> String {
        let (width, code) = (self.width, self.code());
        match self.prefixed {
            true => format!("CGCS2000 {width}° Gauss–Krüger zone {} (EPSG:{code})", self.number),
            false => format!("CGCS2000 {width}° Gauss–Krüger CM {}E (EPSG:{code})", self.meridian()),
        }
    }

    /// Its definition as PROJ writes them.
    pub fn definition(self) -> String {
        let (meridian, easting) = (self.meridian(), self.false_easting());
        format!("+proj=tmerc +lat_0=0 +lon_0={meridian} +k=1 +x_0={easting} +y_0=0 +ellps=GRS80 +units=m +no_defs")
    }

    /// The zone of words such as `CGCS2000_3_Degree_GK_Zone_35`, `CGCS2000 / 3-degree Gauss-Kruger CM 105E` or
    /// `CGCS2000 3度带 35带`.
    pub fn named(name: &str) -> Option<Zone> {
        let name = name.to_lowercase();
        let is_cgcs = name.contains("cgcs2000") || name.contains("cgcs 2000") || name.contains("国家大地坐标系");
        let is_gk = ["gk", "gauss", "高斯", "带", "zone", "cm"].iter().any(|word| name.contains(word));
        if !is_cgcs || !is_gk {
            return None;
        }
        let name = name.replace("cgcs2000", " ").replace("cgcs 2000", " ").replace("2000国家大地坐标系", " ");
        let numbers: Vec<u8> = name
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .map(|digits| digits.parse().ok())
            .collect::<Option<_>>()?;
        match numbers[..] {
            [width @ (3 | 6), meridian @ 75..=135] => Zone::of_meridian(width, meridian, false),
            [width @ (3 | 6), number] => Zone::new(width, number, true),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sixty_four_codes_are_zones_and_come_back() {
        let zones: Vec<Zone> = (4491..=4554).filter_map(Zone::of_code).collect();
        assert_eq!(zones.len(), 64);
        for (zone, code) in zones.iter().zip(4491..) {
            assert_eq!(zone.code(), code);
            assert_eq!(Zone::of_meridian(zone.width, zone.meridian(), zone.prefixed), Some(*zone));
            assert_eq!(
                Zone::named(&zone.name().replace(&format!("(EPSG:{code})"), "")),
                Some(*zone),
                "{}",
                zone.name()
            );
        }
        assert_eq!((Zone::of_code(4490), Zone::of_code(4555)), (None, None));
    }

    #[test]
    fn their_definitions_are_those_of_the_register() {
        for code in 4491..=4554u16 {
            let known = crs_definitions::from_code(code).unwrap().proj4;
            assert_eq!(Zone::of_code(code.into()).unwrap().definition(), known, "{code}");
        }
    }

    #[test]
    fn names_of_arcgis_and_of_people_are_read() {
        assert_eq!(Zone::named("CGCS2000_3_Degree_GK_Zone_35"), Zone::of_code(4523));
        assert_eq!(Zone::named("CGCS2000_3_Degree_GK_CM_105E"), Zone::of_code(4544));
        assert_eq!(Zone::named("CGCS2000 / Gauss-Kruger zone 18"), None, "without its width");
        assert_eq!(Zone::named("CGCS2000 3度带 35带"), Zone::of_code(4523));
        assert_eq!(Zone::named("2000国家大地坐标系 3度带 中央经线105"), Zone::of_code(4544));
        assert_eq!(Zone::named("Beijing_1954_3_Degree_GK_Zone_35"), None);
    }
}
