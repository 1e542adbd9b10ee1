//! Why an element is passed over though nothing is wrong with it: named and counted, so that nothing is lost unseen.

crate::sentences! {
    /// What passed-over elements are.
    #[derive(Copy, Eq, PartialOrd, Ord)]
    pub enum Ignored {
        /// A node without tags.
        Vertex {}
            "vertex", "只作线面顶点的点", "nodes that only carry lines and areas";
        /// A way or relation without tags.
        Untagged {}
            "untagged", "没有标签的线或关系", "ways and relations without tags";
        /// Tags that no layer asks for.
        NotAsked {}
            "not_asked", "没有图层需要的要素", "elements no layer asks for";
        /// An administrative level beside the three that are kept.
        AdminLevel {}
            "admin_level", "级别不是 6、8、10 的行政区划", "boundaries of an admin_level other than 6, 8, 10";
        /// A way that is the edge of an area told by a relation.
        Edge {}
            "edge", "由关系表达的面的边线", "edges of areas that a relation tells";
        /// A relation of a type that is no area.
        OtherRelation {}
            "other_relation", "不是面的关系", "relations that are no areas";
        /// The area of a road, which is kept as a line only.
        RoadArea {}
            "road_area", "线状图层的面关系", "area relations of layers that hold lines";
        /// A railway or wall in a tunnel or on a bridge, which stops nobody on the ground.
        OverOrUnder {}
            "over_or_under", "隧道内或桥上的铁路等障碍", "barriers in tunnels or on bridges";
        /// A row of a table that was deleted and still stands in the file.
        DeletedRow {}
            "deleted_row", "属性表中已删除的行", "rows that the table calls deleted";
        /// Outside the box that was asked for.
        OutsideBox {}
            "outside_box", "在 --box 范围之外", "outside the --box";
        /// A row of a table without any content.
        BlankRow {}
            "blank_row", "空行", "blank rows";
        /// A row of totals.
        Total {}
            "total_row", "合计、小计等汇总行", "rows of totals";
        /// A row that says who made the table, or explains it.
        Note {}
            "note_row", "注释、填表人等说明行", "rows of notes";
        /// The header once more, as printed tables have it on every page.
        HeadAgain {}
            "header_again", "重复的表头行", "repetitions of the header";
    }
}
