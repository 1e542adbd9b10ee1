//! What each kind of finding is, what it costs the results, and what to do: in Chinese and English.

use crate::analysis::check::Kind;
use crate::model::Layer;

/// A sentence in Chinese and in English.
pub type Pair = (&'static str, &'static str);

/// The sentences of a kind of finding in a layer.
pub struct Words {
    /// What was found.
    pub what: Pair,
    /// What it costs the results.
    pub cost: Pair,
    /// What to do.
    pub mend: Pair,
}

/// The sentences of a kind in a layer.
pub fn words(kind: Kind, layer: Layer) -> Words {
    let (what, cost, mend) = match kind {
        Kind::RowLeftOut => (
            ("没有可读的图形（由其他程序写入）。", "No shape that can be read; another program wrote it so."),
            ("整行不参与任何结果，地图上也没有。", "The row is in no result and not on the map."),
            ("在 QGIS 中补画图形，或删除该行。", "Draw its shape in QGIS, or delete the row."),
        ),
        Kind::ValueRefused => (
            (
                "字段里的值超出该字段允许的范围（由其他程序写入），例如高度 0 或 9,999 m、人数为负。",
                "A value that its field cannot hold, written by another program: a height of 0 or 9,999 m, residents below 0.",
            ),
            ("按“不明”处理。", "It is read as unknown."),
            (
                "改成可能的值或留空；字段名见各行末尾。",
                "Write a possible value or leave it empty; the field stands at the end of each line.",
            ),
        ),
        Kind::HeightAgainstFloors => (
            ("高度与地上层数不相称。", "Height and floors above ground do not go together."),
            (
                "两者必有一误：由层数推算的建筑面积、立体图和高层判断会随之出错；水源覆盖不受影响。",
                "One of them is wrong: floor area derived from floors, the 3D view and whether it is a high-rise go wrong with it; coverage does not.",
            ),
            (
                "核对原表中的高度（米）与层数后重新导入。",
                "Look both up at the source, mend the wrong one and import again.",
            ),
        ),
        Kind::YearAhead => (
            ("建成年份晚于今天。", "The year built lies in the future."),
            (
                "目前的结果不用年份；按年代筛选（如老旧小区）会漏掉它们。",
                "No figure of today rests on it; choosing by age (old estates) will miss them.",
            ),
            ("核对年份；在建的请留空。", "Look the year up; leave it empty while the building is being built."),
        ),
        Kind::FloorAreaAgainstFootprint => (
            ("给出的建筑面积与“基底面积 × 层数”相差太远。", "The given floor area is far from footprint × floors."),
            (
                "按面积计的覆盖率以给出的面积为权重，这些建筑会偏重或偏轻。",
                "Shares by floor area weigh them by the given figure: too much or too little.",
            ),
            (
                "核对单位（平方米、亩、万平方米）；整个小区的面积不要填在一栋楼上。",
                "Check the unit (m², ha, sq ft), and that the area of a whole estate does not stand at one building.",
            ),
        ),
        Kind::InspectedAhead => (
            ("检查日期晚于今天。", "The date of the last inspection lies in the future."),
            ("它们达不到“核验”等级。", "They are not verified, whatever was measured."),
            ("核对日期的日、月次序和年份。", "Check the order of day and month, and the year."),
        ),
        Kind::InServiceWithoutPressure => (
            ("状态为正常，静压却为 0。", "In service, yet the static pressure is 0."),
            (
                "规则把 0 视为压力不足：不计入“可用”。",
                "The rules take 0 for too low: they do not count as serviceable.",
            ),
            (
                "未测压的请留空，不要填 0；确无水压的把状态改为停用。",
                "Leave the pressure empty where it was not measured; where there is none, set the state to out of service.",
            ),
        ),
        Kind::NamesNoBuilding if matches!(layer, Layer::Place | Layer::Danger) => (
            (
                "所写的建筑、场所或对象在图层中找不到。",
                "What it names, a building, place or other thing, is in its layer by no name, address or key.",
            ),
            (
                "按它所在的位置计入那里的建筑；不在任何建筑内的，不计入任何评分。",
                "It is counted to the building it lies in; where it lies in none, it is in no score.",
            ),
            ("改成图层中的名称，或补充导入该对象。", "Write the name as its layer has it, or import what it names."),
        ),
        Kind::ClosedBeforeReported => (
            ("销号时间早于上报时间。", "It was closed before it was reported."),
            (
                "该隐患按已销号处理，不计入评分；按期销号的统计会失真。",
                "It counts as closed and is in no score; how many were closed in time goes wrong with it.",
            ),
            ("核对两个时间后重新导入。", "Look both times up and import again."),
        ),
        Kind::NamesNoBuilding => (
            (
                "所属建筑的名称、地址或编号在建筑图层中找不到。",
                "The building it names is in the building layer by no name, address or key.",
            ),
            (
                "它不会算到任何建筑名下；目前的覆盖结果不受影响。",
                "It is counted to no building; coverage is not touched.",
            ),
            (
                "改成建筑图层中的名称，或补充导入该建筑。",
                "Write the name as the building layer has it, or import the building.",
            ),
        ),
        Kind::AreasOverlap => (
            ("同级区划相互重叠。", "Areas of one level overlap."),
            (
                "重叠处的建筑和消火栓只计入编号较小的一个区划；重叠处的道路在两个区划里都要求消火栓。",
                "Buildings and hydrants on the shared ground count for the area of smaller number alone; streets there ask for hydrants in both.",
            ),
            (
                "在 QGIS 中修正边界（拓扑检查），或删除重复的区划。",
                "Mend the border (QGIS: topology checker), or take off the one that is there twice.",
            ),
        ),
        Kind::AreaCodeTwice => (
            ("同级区划有相同代码。", "Two areas of one level have the same code."),
            ("按代码对接报表时无法区分。", "Tables joined by code cannot tell them apart."),
            (
                "核对代码；一个区划分成几块的，请合并为一个多面。",
                "Look the codes up; an area of several pieces is one multipolygon.",
            ),
        ),
        Kind::AreaParentMissing => (
            ("上级代码在区划图层中找不到。", "No area has the code it names as its parent's."),
            ("目前的结果不按上级汇总，不受影响。", "No figure of today is summed by parent."),
            ("导入上级区划，或改正上级代码。", "Import the areas of the level above, or mend the code."),
        ),
        Kind::SourcesAlike => (
            (
                "两个来源的数据大部分相同：很可能是同一份数据以两个来源名导入了两次。",
                "Two sources are mostly the same: most likely one set of data, imported twice under two names.",
            ),
            twin_cost(layer),
            (
                "保留一个来源，删去另一个的行，以后用 --source 固定来源名；命令见下。",
                "Keep one source, take the rows of the other off, and from then on name the source with --source; the command stands below.",
            ),
        ),
        Kind::TwinOfOtherSource => (
            (
                "与另一来源的要素在同一位置、同一形状：像是同一个东西。",
                "In the place and shape of a feature of another source: it looks like the same thing.",
            ),
            twin_cost(layer),
            ("两者中保留资料较全的一个。", "Keep the one of which more is known."),
        ),
        Kind::Twin => (
            ("与同一来源的另一要素在同一位置、同一形状。", "In the place and shape of another feature of its source."),
            twin_cost(layer),
            ("现场核对；重复登记的删去一个。", "Look on the spot; take off what was entered twice."),
        ),
        Kind::HeightOdd => (
            ("高度几乎不可能。", "A height that hardly any building has."),
            (
                "立体图和高层判断会出错；水源覆盖不受影响。",
                "The 3D view and whether it is a high-rise go wrong; coverage does not.",
            ),
            (
                "核对单位是否为米；不知道的请留空。",
                "Check that the unit is metres; leave it empty where it is not known.",
            ),
        ),
        Kind::ResidentsOdd => (
            (
                "常住人数为负，或多到每人不足 2 平方米。",
                "Fewer residents than none, or so many that each has less than 2 m².",
            ),
            ("按居民计的覆盖率会被这些建筑左右。", "Shares by residents are swayed by these buildings."),
            ("整个小区的人数不要填在一栋楼上。", "The residents of a whole estate do not belong to one building."),
        ),
        Kind::InWater => (
            ("落在水域之内，离岸较远。", "It stands in the water, away from the bank."),
            (
                "位置多半不准，按距离计的覆盖随之不准；桥上的除外。",
                "Its place is likely wrong, and coverage by distance with it; unless it stands on a bridge.",
            ),
            (
                "整批都偏的，多为坐标系用错（如高德 GCJ-02）：用 --crs 重新导入；个别的移到岸上。",
                "Where many are, the coordinates are of another system (such as Amap's GCJ-02): import again with --crs; move single ones ashore.",
            ),
        ),
        Kind::InBuilding => (
            ("落在建筑之内。", "It stands in a building."),
            (
                "到该建筑的距离算作 0；若是室内栓，则不该作为室外水源计算。",
                "It counts at distance 0 from that building; one that is indoors should not count as outdoor water at all.",
            ),
            (
                "室内消火栓不要导入本图层；位置不准的移到墙外。",
                "Keep indoor hydrants out of this layer; move the others outside the wall.",
            ),
        ),
        Kind::PressureOdd => (
            (
                "静压不像 MPa：大于 1.6 或在 0 与 0.01 之间。",
                "A static pressure that is hardly MPa: above 1.6, or between 0 and 0.01.",
            ),
            (
                "多半是 bar、kPa 或 psi：过大的被当作压力合格，过小的被当作压力不足。",
                "It is likely bar, kPa or psi: too large a figure passes as good, too small a one fails.",
            ),
            (
                "确认单位，换算成 MPa（10 bar = 1 MPa，1000 kPa = 1 MPa，145 psi = 1 MPa）后重新导入。",
                "Find the unit, bring it to MPa (10 bar = 1000 kPa = 145 psi = 1 MPa) and import again.",
            ),
        ),
        Kind::FlowOdd => (
            ("实测流量大于 300 L/s。", "A tested flow above 300 L/s."),
            ("多半是 L/min、m³/h 或 gpm：被当作流量合格。", "It is likely L/min, m³/h or gpm, and passes as good."),
            (
                "确认单位，换算成 L/s（60 L/min = 1 L/s，3.6 m³/h = 1 L/s，15.85 gpm = 1 L/s）后重新导入。",
                "Find the unit, bring it to L/s (60 L/min = 3.6 m³/h = 15.85 gpm = 1 L/s) and import again.",
            ),
        ),
        Kind::NoLength => (
            ("线的长度不足 0.5 m。", "A line of less than 0.5 m."),
            ("建有率中最多多算一处应建消火栓。", "At most it asks for one hydrant too many in 建有率."),
            ("多为切割残留，可以删除。", "Mostly a remainder of cutting; it can be taken off."),
        ),
        Kind::SelfCrossing => (
            ("边界自相交。", "A ring crosses itself."),
            ("距离仍然正确；面积及“在内在外”可能有误。", "Distances hold; area, and what lies inside, may not."),
            ("在 QGIS 中用“修复几何”处理后重新导入。", "Run “Fix geometries” in QGIS and import again."),
        ),
        Kind::AreasLeaveHole => (
            ("同级区划之间有无人认领的空地。", "Areas of a level leave ground between them that none has."),
            (
                "空地上的建筑、消火栓和道路不计入这一级的任何区划。",
                "Buildings, hydrants and streets there count for no area of the level.",
            ),
            ("补上缺少的区划，或修正边界。", "Import the area that is missing, or mend the borders."),
        ),
        Kind::RoadIsland => (
            ("与路网主体不相连的一段路。", "A piece of the network that nothing joins to the largest."),
            (
                "路径、到达时间和车辆通达都走不出这一段：附近的建筑会显示为够不着水或无人到达。",
                "No hose, crew or engine gets beyond it: buildings beside it show as out of reach.",
            ),
            (
                "在连接处补画或相连（两线端点重合）；确为孤岛或地界之外的无妨。",
                "Draw what is missing or join the ends; no harm where it truly is an island or leads on outside the town.",
            ),
        ),
        Kind::RoadEndNear => (
            (
                "一条路的端点离另一条路很近，却没有相连。",
                "A line ends a little short of another and is not joined to it.",
            ),
            (
                "路网在此断开：路径要绕行，尽头式车道也可能是误判。",
                "The network is broken here: ways go round, and a lane may be taken for a dead end.",
            ),
            (
                "现场相通的，把端点移到另一条路上；确不相通的（有墙、高差）无妨。",
                "Where one can pass, move the end onto the other line; no harm where a wall or a drop lies between.",
            ),
        ),
        Kind::NoWayToRoad if layer == Layer::Hydrant => (
            ("没有找到通往道路的路径。", "No way from it to a road was found."),
            (
                "沿地面的水带路径不算它；附近别无水源的建筑，水带是否可达为不明。",
                "No hose way leads to it; buildings that no other hydrant serves are unknown by hose.",
            ),
            (
                "补画道路或小径，或把位置移准；中间隔着围墙、水域的请核对。",
                "Draw the road or path, or mend its place; look at walls and water between.",
            ),
        ),
        Kind::NoWayToRoad if layer == Layer::Station => (
            ("没有找到通往道路的路径。", "No way from it to a road was found."),
            ("到达时间不算它：好像没有这个站。", "It is in no arrival: as if the station were not there."),
            ("补画出口道路，或把位置移准。", "Draw the way out, or mend its place."),
        ),
        Kind::NoWayToRoad => (
            ("没有找到通往道路的路径。", "No way from it to a road was found."),
            (
                "水带是否可达、谁何时到达均为不明；按直线计的覆盖不受影响。",
                "Whether hose can be laid and who arrives when are unknown; coverage by circle is not touched.",
            ),
            (
                "补画道路或小径；被其他建筑或围墙围住的，补画通道。",
                "Draw the road or path; where other buildings or walls shut it in, draw the passage.",
            ),
        ),
        Kind::HeightAndFloorsUnknown => (
            ("高度和地上层数都不知道。", "Neither height nor floors above ground are known."),
            (
                "无法判断是否高层；未给面积的按一层计面积；立体图中保持平面。水源覆盖不受影响。",
                "Whether it is a high-rise cannot be told; without a given area it counts as one floor; in 3D it stays flat. Coverage is not touched.",
            ),
            ("补充层数即可（--map floors_above=列名）。", "Floors alone suffice (--map floors_above=COLUMN)."),
        ),
        Kind::FloorsUnknown => (
            ("有高度，没有层数，也没有建筑面积。", "A height, but neither floors nor floor area."),
            ("按面积计的覆盖率把它们当作一层。", "Shares by floor area take them for one floor."),
            ("补充层数或建筑面积。", "Add floors or floor area."),
        ),
        Kind::InNoArea => (
            ("不在任何一个该级区划之内。", "In no area of a level that the store has."),
            ("不计入这一级的任何比率。", "They are in no rate of that level."),
            (
                "边界以外特意多取的建筑无妨；否则补上缺少的区划。",
                "No harm where they are the margin around the town; else import the areas that are missing.",
            ),
        ),
        Kind::HydrantKindUnknown => (
            ("水源类型不明。", "What kind of water source it is, is not known."),
            (
                "不确定是否算水源：连“名义”等级也是不明，也不计入建有率。",
                "Whether it counts is not known: not even nominal for sure, and not in 建有率.",
            ),
            ("补充类型（--map kind=列名）。", "Add the kind (--map kind=COLUMN)."),
        ),
        Kind::HydrantStateUnknown => (
            ("状态不明。", "Whether it is in service is not known."),
            (
                "只算“名义”；只靠它们的建筑在“可用”等级为不明。不计入完好率的分子。",
                "They count at nominal only; buildings that no others reach are unknown at serviceable. 完好率 does not count them as good.",
            ),
            ("现场检查后导入状态列（--map state=列名）。", "Inspect them and import the state (--map state=COLUMN)."),
        ),
        Kind::NeverInspected => (
            ("没有检查日期。", "No date of inspection."),
            ("达不到“核验”等级。", "They cannot be verified."),
            (
                "导入检查日期（--map inspected=列名）。",
                "Import the date of the last inspection (--map inspected=COLUMN).",
            ),
        ),
        Kind::InspectionOld => (
            ("最近检查早于规则包的期限。", "The last inspection is older than the rule pack's period."),
            ("不再算“核验”。", "They are no longer verified."),
            ("列入下一轮检查。", "Put them on the next round."),
        ),
        Kind::Unmeasured => (
            ("静压和流量都没有测过。", "Neither static pressure nor flow was measured."),
            (
                "达不到“核验”等级；压力不足也无从知道。",
                "They cannot be verified, and a low pressure would not be known.",
            ),
            ("测压后导入（--map pressure_mpa=列名）。", "Measure and import (--map pressure_mpa=COLUMN)."),
        ),
        Kind::StationWithoutStaff => (
            ("没有值班人数，或为 0。", "No staff on shift, or 0 of them."),
            (
                "有没有人出动无从知道；目前的覆盖结果不受影响。",
                "Whether anybody comes cannot be told; coverage is not touched.",
            ),
            ("补充值班人数（--map staff=列名）。", "Add the staff on shift (--map staff=COLUMN)."),
        ),
        Kind::StationWithoutVehicles => (
            ("没有车辆资料。", "No vehicles are named."),
            (
                "哪些路和车道能通过无从知道；目前的覆盖结果不受影响。",
                "Which roads and lanes they pass cannot be told; coverage is not touched.",
            ),
            ("补充车辆（--map vehicles=列名）。", "Add the vehicles (--map vehicles=COLUMN)."),
        ),
        Kind::WithoutBuilding if matches!(layer, Layer::Place | Layer::Danger) => (
            ("没有写所在建筑，位置也不在任何建筑内。", "No building is named and it lies in none."),
            (
                "不计入任何建筑的评分；只计入所在区划的隐患数。",
                "It is in the score of no building; only the dangers of its area count it.",
            ),
            (
                "填写所在建筑，或把位置移准；整批如此的，检查坐标系。",
                "Name the building or mend its place; where many are, check the coordinate system.",
            ),
        ),
        Kind::WithoutBuilding => (
            ("没有写所属建筑，附近也没有建筑。", "No building served is named and none is within reach."),
            (
                "它不会算到任何建筑名下；目前的覆盖结果不受影响。",
                "It is counted to no building; coverage is not touched.",
            ),
            (
                "填写所属建筑，或补充导入建筑；整批如此的，检查坐标系。",
                "Name the building, or import the buildings; where many are, check the coordinate system.",
            ),
        ),
        Kind::WidthUnknown if layer == Layer::Road => (
            ("车行路没有宽度。", "A road for vehicles without a width."),
            (
                "按不宽于 60 m 计（只要求一侧布栓），消火栓到路的距离从中心线量起；消防车能否通过不明。",
                "It is taken for no wider than asks for hydrants on both sides, distances are from its centre line, and whether an engine passes is unknown.",
            ),
            ("补充宽度（--map width_m=列名）。", "Add the width (--map width_m=COLUMN)."),
        ),
        Kind::WidthUnknown => (
            ("消防车道没有净宽。", "A fire lane without a clear width."),
            (
                "消防车能否通过不明；目前的覆盖结果不受影响。",
                "Whether an engine passes is unknown; coverage is not touched.",
            ),
            ("现场量取后导入（--map width_m=列名）。", "Measure and import (--map width_m=COLUMN)."),
        ),
        Kind::ClearHeightUnknown => (
            ("消防车道没有净高。", "A fire lane without a clear height."),
            (
                "消防车能否通过不明；目前的覆盖结果不受影响。",
                "Whether an engine passes is unknown; coverage is not touched.",
            ),
            ("现场量取后导入（--map clear_height_m=列名）。", "Measure and import (--map clear_height_m=COLUMN)."),
        ),
        Kind::RoadClassUnknown => (
            ("道路没有等级。", "A road without a class."),
            (
                "不算街道：不要求布设消火栓，建有率的分母偏小。",
                "It is no street: it asks for no hydrants, and 建有率 has too small a denominator.",
            ),
            ("补充等级（--map class=列名）。", "Add the class (--map class=COLUMN)."),
        ),
        Kind::AreaLevelUnknown => (
            ("区划没有层级。", "An area without a level."),
            ("不参与任何统计。", "No rate is told of it, and it holds no building."),
            (
                "补充层级（--map kind=列名）：district、subdistrict、community、grid 等。",
                "Add the level (--map kind=COLUMN): district, subdistrict, community, grid …",
            ),
        ),
        Kind::AreaNameUnknown => (
            ("区划没有名称。", "An area without a name."),
            (
                "表格和地图上认不出它；数字不受影响。",
                "Nobody knows it again in tables and on the map; figures are not touched.",
            ),
            ("补充名称（--map name=列名）。", "Add the name (--map name=COLUMN)."),
        ),
        Kind::AreaCodeUnknown => (
            ("区划没有代码。", "An area without a code."),
            (
                "无法按代码与其他表对接；数字不受影响。",
                "It cannot be joined to other tables by code; figures are not touched.",
            ),
            ("补充代码（--map code=列名）。", "Add the code (--map code=COLUMN)."),
        ),
    };
    Words { what, cost, mend }
}

/// What it costs that something is there twice.
fn twin_cost(layer: Layer) -> Pair {
    match layer {
        Layer::Hydrant => (
            "重复计数：完好率、建有率以及建筑周边的水源数都会偏高。",
            "They count twice: 完好率, 建有率 and the number of hydrants around a building come out too high.",
        ),
        Layer::Building => (
            "在按建筑、面积、居民计的覆盖率中重复计数。",
            "They count twice in the shares by buildings, floor area and residents.",
        ),
        Layer::Road => (
            "道路长度重复：应建消火栓数偏多，建有率偏低。",
            "Their length counts twice: too many hydrants are required, and 建有率 comes out too low.",
        ),
        Layer::Area => (
            "建筑只计入编号较小的一个，另一个显示为空。",
            "Buildings count for the one of smaller number; the other looks empty.",
        ),
        _ => (
            "地图和数量重复；目前的覆盖结果不受影响。",
            "It is on the map and in counts twice; coverage is not touched.",
        ),
    }
}
