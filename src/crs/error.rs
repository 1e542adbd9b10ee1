//! Why coordinates cannot be brought to WGS 84, and what is worth knowing where they can: sentences for the person who
//! has the file.

crate::sentences! {
    /// Why a system of coordinates is refused.
    pub enum CrsError {
        /// A name that names nothing.
        Unknown { name: String }
            "crs_unknown",
            "不认识坐标系“{name}”；可写 --crs EPSG:4523 这样的代码，或 WGS84、CGCS2000、GCJ-02、BD-09、.prj 文件、WKT 或 +proj= 定义",
            "there is no system of coordinates “{name}” here; write a code such as --crs EPSG:4523, or WGS84, CGCS2000, GCJ-02, BD-09, a .prj file, well-known text or a +proj= definition";
        /// Text that is no description of a system.
        Malformed { detail: String }
            "crs_malformed",
            "坐标系说明无法读取（{detail}）；请用 --crs 写出 EPSG 代码，例如 --crs EPSG:4523",
            "its description of the coordinates cannot be read ({detail}); name them with --crs, such as --crs EPSG:4523";
        /// A projection nobody here can undo.
        NoMethod { name: String, detail: String }
            "crs_method",
            "坐标系 {name} 的投影方法不受支持（{detail}）；请先转换：ogr2ogr -t_srs EPSG:4326 新文件.gpkg 原文件",
            "the projection of {name} is not one firemap can undo ({detail}); convert the file first: ogr2ogr -t_srs EPSG:4326 NEW.gpkg OLD";
        /// Not a plane or longitude and latitude.
        NotHorizontal { name: String }
            "crs_not_horizontal",
            "{name} 不是平面坐标或经纬度（是地心坐标或高程系统）；请让提供单位另给经纬度（EPSG:4490 或 EPSG:4326）",
            "{name} is neither a plane nor longitude and latitude (it is geocentric or of heights); ask for longitude and latitude (EPSG:4490 or EPSG:4326)";
        /// A town's own plane.
        Local { name: String }
            "crs_local",
            "{name} 是地方独立坐标系，与 WGS 84 的关系没有公开；请让提供单位转换为 CGCS2000（EPSG:4490 或 3 度带 EPSG:4513–4554），或给出参数后写 --crs \"+proj=tmerc … +towgs84=…\"",
            "{name} is a local system whose relation to WGS 84 is not published; ask its office for CGCS2000 (EPSG:4490, or 3-degree zones EPSG:4513–4554), or with the parameters write --crs \"+proj=tmerc … +towgs84=…\"";
        /// Beijing 1954.
        Beijing54 { name: String }
            "crs_beijing54",
            "{name} 是 1954 北京坐标系：各地与 CGCS2000 相差几十到一百多米，公开的参数只适用于个别海域和油田，用它会把数据放错。请让提供单位转换为 CGCS2000（EPSG:4490，或 3 度带 EPSG:4513–4554）；若有本地七参数，写 --crs \"{name} +towgs84=dx,dy,dz,rx,ry,rz,s\"",
            "{name} is Beijing 1954: it lies tens of metres up to more than a hundred from CGCS2000, differently from place to place, and the published parameters hold for single seas and oil fields only. Ask the office for CGCS2000 (EPSG:4490, or 3-degree zones EPSG:4513–4554); with its own seven parameters write --crs \"{name} +towgs84=dx,dy,dz,rx,ry,rz,s\"";
        /// Xian 1980.
        Xian80 { name: String }
            "crs_xian80",
            "{name} 是 1980 西安坐标系：与 CGCS2000 相差几十到一百多米，没有公开的转换参数。请让提供单位转换为 CGCS2000（EPSG:4490，或 3 度带 EPSG:4513–4554）；若有本地七参数，写 --crs \"{name} +towgs84=dx,dy,dz,rx,ry,rz,s\"",
            "{name} is Xian 1980: it lies tens of metres up to more than a hundred from CGCS2000, and no parameters are published. Ask the office for CGCS2000 (EPSG:4490, or 3-degree zones EPSG:4513–4554); with its own seven parameters write --crs \"{name} +towgs84=dx,dy,dz,rx,ry,rz,s\"";
        /// A datum that nobody relates to WGS 84.
        UnknownDatum { name: String, datum: String }
            "crs_unknown_datum",
            "{name} 的基准（{datum}）与 WGS 84 的关系没有注明，直接使用会偏出几十到几百米；请让提供单位给出 WGS 84 或 CGCS2000 坐标；若知道参数，写 --crs \"EPSG:代码 +towgs84=dx,dy,dz,rx,ry,rz,s\"",
            "nothing states how the datum of {name} ({datum}) lies to WGS 84, and taken for it the data would be tens to hundreds of metres off; ask for it in WGS 84, or with the parameters write --crs \"EPSG:CODE +towgs84=dx,dy,dz,rx,ry,rz,s\"";
        /// A datum that only files of shifts relate to WGS 84.
        Grids { name: String, grids: String }
            "crs_grids",
            "{name} 要用格网文件（{grids}）才能转换到 WGS 84，本程序不带这些文件；请先转换：ogr2ogr -t_srs EPSG:4326 新文件.gpkg 原文件；若知道本地参数，写 --crs \"EPSG:代码 +towgs84=dx,dy,dz\"",
            "{name} comes to WGS 84 only through files of shifts ({grids}), which firemap does not have; convert it first: ogr2ogr -t_srs EPSG:4326 NEW.gpkg OLD; with local parameters write --crs \"EPSG:CODE +towgs84=dx,dy,dz\"";
    }
}

crate::sentences! {
    /// What is worth knowing of a system that is taken.
    #[derive(Eq, PartialOrd, Ord, Hash)]
    pub enum CrsNote {
        /// Heights are left out.
        Compound { name: String }
            "crs_compound", "{name} 是平面加高程的复合坐标系，只取平面部分", "{name} is compound of a plane and heights; the plane is taken";
        /// A datum taken for WGS 84.
        NearWgs84 {}
            "crs_near_wgs84", "其基准视同 WGS 84（相差不超过约 2 米）", "its datum is taken for WGS 84, from which it is not more than about 2 m off";
        /// A shift of three or seven parameters.
        Shifted { towgs84: String }
            "crs_shifted", "以平移参数 {towgs84} 转换到 WGS 84，精度为几米（三参数可达 20 米）", "it comes to WGS 84 by the parameters {towgs84}, good to some metres (three parameters: up to 20 m)";
        /// Northing before easting.
        NorthFirst {}
            "crs_north_first", "先北后东（先纬后经）读取", "the first number is read as north, the second as east";
    }
}
