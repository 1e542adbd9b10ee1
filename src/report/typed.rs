//! Tables of results for spreadsheets and GIS: a column of numbers holds numbers.

use super::table::Table;
use super::workbook::{ABOUT, About, Sheet, SheetCell};
use crate::model::{GeometryKind, Shape};
use crate::store::{PlainColumn, PlainGeometry, PlainRow, PlainTable, PlainType, PlainValue};

impl Table {
    /// The same as a sheet of a workbook.
    pub fn to_sheet(&self, name: &str) -> Sheet {
        let cell = |(cell, number): (&String, bool)| match cell.as_str() {
            "" => SheetCell::Empty,
            text if number => text.parse().map_or_else(|_| SheetCell::Text(text.to_owned()), SheetCell::Number),
            text => SheetCell::Text(text.to_owned()),
        };
        let numbers = || self.columns.iter().map(|column| column.right);
        Sheet {
            name: name.to_owned(),
            heads: self.columns.iter().map(|column| column.head.clone()).collect(),
            rows: self.rows.iter().map(|row| row.iter().zip(numbers()).map(cell).collect()).collect(),
        }
    }

    /// The same as a table of a GeoPackage, each row with its shape.
    pub fn to_plain(&self, name: &str, description: &str) -> PlainTable {
        let ty = |right| if right { PlainType::Real } else { PlainType::Text };
        PlainTable {
            name: name.to_owned(),
            description: description.to_owned(),
            geometry: PlainGeometry::Kind(GeometryKind::Polygon),
            srs: None,
            columns: self
                .columns
                .iter()
                .map(|column| PlainColumn { name: column.head.clone(), ty: ty(column.right) })
                .collect(),
        }
    }

    /// Its rows for such a table. Shapes stand in the order of rows.
    pub fn plain_rows<'a>(
        &'a self,
        shapes: impl Iterator<Item = Option<Shape>> + 'a,
    ) -> impl Iterator<Item = PlainRow> + 'a {
        let value = |(cell, number): (&String, bool)| match cell.as_str() {
            "" => PlainValue::Null,
            text if number => text.parse().map_or_else(|_| PlainValue::Text(text.to_owned()), PlainValue::Real),
            text => PlainValue::Text(text.to_owned()),
        };
        let row = move |(row, shape): (&'a Vec<String>, Option<Shape>)| {
            let values = row.iter().zip(self.columns.iter().map(|column| column.right)).map(value).collect();
            PlainRow { fid: None, shape, values }
        };
        self.rows.iter().zip(shapes).map(row)
    }
}

/// What a file is, as a table of a GeoPackage.
pub fn plain_about(about: &About) -> (PlainTable, impl Iterator<Item = PlainRow> + '_) {
    let column = |name: &str| PlainColumn { name: name.to_owned(), ty: PlainType::Text };
    let table = PlainTable {
        name: ABOUT.to_owned(),
        description: "说明 / About".to_owned(),
        geometry: PlainGeometry::None,
        srs: None,
        columns: vec![column("item"), column("content")],
    };
    let row = |(item, content): &(String, String)| PlainRow {
        fid: None,
        shape: None,
        values: [item, content].map(|text| PlainValue::Text(text.clone())).into(),
    };
    (table, about.iter().map(row))
}
