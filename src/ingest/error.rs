//! Why a file cannot be imported at all, in words for the person who can mend it. Nothing of the import is kept then.

use std::path::Path;

use super::coordinates::Candidates;
use super::detail::Detail;
use crate::crs::CrsError;
use crate::model::{Lang, Speak};
use crate::store::StoreError;

crate::sentences! {
    /// Why an import ends without keeping anything.
    pub enum IngestError {
        /// There is no such file.
        Missing { path: String }
            "file_missing", "没有找到文件 {path}。请检查路径。", "There is no file {path}. Check the path.";
        /// A folder, an archive or a pattern without data.
        NoData { path: String, what: String }
            "no_data_inside", "{path} 中没有可导入的数据（其中有：{what}）。", "{path} holds no data that firemap reads (it has: {what}).";
        /// A pattern that no file matches.
        NoMatch { pattern: String }
            "pattern_matches_nothing", "没有文件符合 {pattern}。请检查路径和通配符。", "No file matches {pattern}. Check the path and the pattern.";
        /// Nothing of that name in a file that holds several.
        NoSuchPart { path: String, part: String, parts: String }
            "part_missing", "{path} 中没有 {part}。其中有：{parts}。", "{path} holds no {part}. It has: {parts}.";
        /// KML that only points to other files.
        NoPlacemarks { path: String, link: String }
            "kml_no_placemarks", "{path} 中没有地标（Placemark），只有指向其他文件的链接：{link}。请打开链接，另存其内容后再导入。", "{path} holds no placemarks; it only links to {link}. Open the link, save what it shows and import that.";
        /// Map data that GDAL converts.
        NeedsGdal { path: String, what: String, command: String }
            "format_needs_gdal", "{path} 是 {what}，本程序不能直接读取。请用 GDAL 转换后再导入，输入：{command}", "{path} is in the format {what}, which firemap does not read itself. Convert it with GDAL and import what comes out; type: {command}";
        /// A PDF, which may hold a map or only its picture.
        Pdf { path: String, command: String }
            "format_pdf", "{path} 是 PDF，本程序不能读取；扫描件或打印出来的 PDF 里只有图像，没有要素。请向提供单位索取原始数据文件（Shapefile、GeoPackage、DXF 或表格）；若是带地理坐标的矢量 PDF，可用 GDAL 转换后再导入，输入：{command}", "{path} is a PDF, which firemap does not read; one that was scanned or printed holds a picture and no features. Ask its office for the file that it was made from (Shapefile, GeoPackage, DXF or a table). A georeferenced PDF of vectors can be converted with GDAL; type: {command}";
        /// A drawing that GDAL converts from another of its formats.
        SaveAsDxf { path: String, command: String }
            "format_save_as_dxf", "{path} 是 DWG 图形，本程序不能读取。请在 CAD 中另存为 DXF，再输入：{command}", "{path} is a DWG drawing, which firemap does not read. Save it as DXF in the CAD program, then type: {command}";
        /// A packed file that is not opened.
        Packed { path: String, what: String }
            "packed_otherwise", "{path} 是 {what} 压缩包，本程序只打开 .zip 和 .gz。请先解压，再导入其中的文件或文件夹。", "{path} is packed as {what}; firemap opens .zip and .gz only. Unpack it and import the file or folder that comes out.";
        /// A password would be needed.
        Encrypted { path: String }
            "archive_encrypted", "{path} 已加密，无法打开。请先用密码解压，再导入其中的文件。", "{path} is encrypted and cannot be opened. Unpack it with its password and import what comes out.";
        /// An entry packed in a rare way.
        PackedOtherwise { path: String, method: u16 }
            "archive_method", "{path} 在压缩包中采用本程序不支持的压缩方式（{method}）。请解压后导入，或重新压缩为普通 zip。", "{path} is packed by a method firemap does not know ({method}). Unpack it and import what comes out, or pack it as a plain zip.";
        /// A part of a Shapefile without the shapes.
        PartAlone { path: String, part: String }
            "shapefile_part_alone", "{path} 只是 Shapefile 的一部分（.{part}），旁边没有同名的 .shp。请把 .shp、.dbf、.shx、.prj 放在一起。", "{path} is only a part of a Shapefile (.{part}), and no .shp of its name is beside it. Put .shp, .dbf, .shx and .prj together.";
        /// A format that is read from anywhere in the file.
        UnpackFirst { path: String, what: &'static str }
            "archive_unpack_first", "{path} 是压缩包内的 {what}，无法直接读取。请先解压。", "{path} is {what} within an archive, which cannot be read there. Unpack it first.";
        /// The system refuses.
        Unreadable { path: String, detail: Detail }
            "file_unreadable", "无法读取 {path}：{detail}。", "{path} cannot be read: {detail}.";
        /// Nothing in it.
        Empty { path: String }
            "file_empty", "{path} 是空文件，没有可导入的内容；请检查文件是否下载或导出完整。", "{path} is empty: there is nothing to import. See whether it was downloaded or exported whole.";
        /// A format that is not read.
        UnknownFormat { path: String, what: String }
            "format_unknown", "{path} 的内容是 {what}，本程序不能读取。可读取：OpenStreetMap（.osm.pbf、.osm）、XLSX、ODS、CSV、GeoJSON、TopoJSON、Shapefile、GeoPackage、KML/KMZ、FlatGeobuf、SRTM 高程（.hgt），以及其 .zip、.gz。请另存为其中一种。", "{path} holds {what}, which firemap does not read. It reads OpenStreetMap (.osm.pbf, .osm), XLSX, ODS, CSV, GeoJSON, TopoJSON, Shapefile, GeoPackage, KML/KMZ, FlatGeobuf and SRTM heights (.hgt), also as .zip or .gz; save it as one of these.";
        /// Heights whose square is not named.
        ReliefName { path: String }
            "relief_name", "{path} 是高程文件，但文件名没有写明方格。请以方格西南角命名：N43E007.hgt 是北纬 43° 至 44°、东经 7° 至 8°，南纬写 S，西经写 W。", "{path} holds heights, but its name does not say of which square. Name it by the square's south-west corner: N43E007.hgt is 43° to 44° north and 7° to 8° east; south is S, west is W.";
        /// Heights that are not all there, or something else.
        ReliefSize { path: String, found: String }
            "relief_size", "{path} 有 {found} 字节，而 SRTM 高程文件应为 2884802 字节（1201 × 1201，每 3″ 一点）或 25934402 字节（3601 × 3601，每 1″ 一点）；未导入任何内容。请重新下载。", "{path} has {found} bytes, and a file of SRTM heights has 2884802 (1201 × 1201, one every 3″) or 25934402 (3601 × 3601, one every 1″); nothing was kept. Download it again.";
        /// Two files of a square.
        ReliefTwice { path: String, other: String }
            "relief_twice", "{path} 与 {other} 是同一方格而高程不同；未导入任何内容。请只选其中一个。", "{path} and {other} hold different heights of the same square; nothing was kept. Import one of them.";
        /// A file that ends in the middle.
        Truncated { path: String, detail: Detail }
            "file_truncated", "{path} 不完整，在中途结束（{detail}），未导入任何内容。请重新下载或导出。", "{path} is cut short ({detail}); nothing was kept. Download or export it again.";
        /// A file whose content breaks its format.
        Damaged { path: String, detail: Detail }
            "file_damaged", "{path} 已损坏（{detail}），未导入任何内容。请重新下载或导出。", "{path} is damaged ({detail}); nothing was kept. Download or export it again.";
        /// A file that asks for more memory than is sound.
        TooMuch { path: String, what: Detail }
            "file_too_much", "{path} 超出限度（{what}），未导入任何内容。请先解压或拆分成较小的文件；各项限度见 README。", "{path} goes beyond a limit ({what}); nothing was kept. Unpack it or split it into smaller files; the README lists the limits.";
        /// A workbook that is not read as it is.
        SaveAsXlsx { path: String, what: String, command: String }
            "workbook_save_as_xlsx", "{path} 是 {what}，本程序只读取 XLSX 和 ODS。请在 Excel 或 WPS 中另存为 .xlsx，或运行：{command}", "{path} is {what}; of workbooks firemap reads XLSX and ODS. Save it as .xlsx in Excel, or run: {command}";
        /// A workbook without a sheet of that name.
        NoSuchSheet { path: String, sheet: String, sheets: String }
            "sheet_unknown", "{path} 没有工作表 {sheet}。现有：{sheets}。", "{path} has no sheet {sheet}. It has: {sheets}.";
        /// A sheet that its workbook hides.
        HiddenSheet { path: String }
            "sheet_hidden", "{path} 是隐藏的工作表，未导入。要导入请写出它的名称：firemap import '{path}'。", "{path} is a hidden sheet and was not imported. To import it, name it: firemap import '{path}'.";
        /// A workbook that opens with a password.
        Locked { path: String }
            "workbook_locked", "{path} 设有打开密码。请在 Excel 或 WPS 中去掉密码后另存。", "{path} opens with a password. Take it off in Excel and save the workbook again.";
        /// A text in no known encoding.
        Encoding { path: String, guess: String }
            "file_encoding", "看不出 {path} 的编码（可能是 {guess}）。请用 --encoding 指明，例如 --encoding {guess}，或另存为 UTF-8。", "The encoding of {path} cannot be told (perhaps {guess}). Name it, such as --encoding {guess}, or save the file as UTF-8.";
        /// An encoding nobody knows.
        NoSuchEncoding { encoding: String }
            "encoding_unknown", "没有名为 {encoding} 的编码。可用例如 UTF-8、GB18030、Big5、EUC-KR、Shift_JIS、EUC-JP、windows-1252。", "There is no encoding {encoding}. There are such as UTF-8, GB18030, Big5, EUC-KR, Shift_JIS, EUC-JP, windows-1252.";
        /// A quote in a table that never ends.
        OpenQuote { path: String, row: u64 }
            "quote_open", "{path} 第 {row} 行有一个引号没有闭合，后面的行被并进同一格。请补上或删去引号。", "{path}, row {row}: a quote opens and never closes, and takes the rows after it into one cell. Close or remove it.";
        /// OSM with more than one version of an element.
        History { path: String }
            "osm_history", "{path} 是 OpenStreetMap 历史文件，含同一要素的多个版本。请用当前数据的文件。", "{path} is an OpenStreetMap history file with several versions of each element. Take a file of the current data.";
        /// OSM that needs what is not built in.
        Feature { path: String, feature: String }
            "osm_feature", "{path} 要求读取程序支持“{feature}”，本程序不支持。请用 osmium 转换为普通 .osm.pbf。", "{path} requires the feature “{feature}”, which firemap does not know. Convert it to a plain .osm.pbf with osmium.";
        /// JSON that is no GeoJSON.
        NotGeoJson { path: String, what: Detail }
            "not_geojson", "{path} 不是 GeoJSON（{what}），未导入任何内容。请重新导出为 GeoJSON（FeatureCollection）、CSV 或 Shapefile。", "{path} is not GeoJSON ({what}); nothing was kept. Export it again as GeoJSON (a FeatureCollection), CSV or Shapefile.";
        /// A coordinate system that is not read.
        OtherCrs { path: String, zh: String, en: String }
            "crs_unsupported", "{path}：{zh}。", "{path}: {en}.";
        /// A file that says what it is, and a person who says otherwise.
        SaysOther { path: String, own: String }
            "crs_contradicted", "{path} 自称是 {own} 坐标，与 --crs 所说的不符，按 --crs 读取会偏出数百米。请去掉 --crs，或改为 --crs {own}。", "{path} says of itself that it is in {own}, --crs says otherwise, and taken for that it would be hundreds of metres off. Leave --crs away, or say --crs {own}.";
        /// A file that says what it is when all of it has been read as something else.
        SaysLate { path: String, own: String, taken: String }
            "crs_told_late", "{path} 在要素之后才注明坐标系是 {own}，此前已按 {taken} 读取；未导入任何内容。请加 --crs \"{own}\" 重新导入。", "{path} says only behind its features that it is in {own}, and they were read as {taken}; nothing was kept. Import it again with --crs \"{own}\".";
        /// OpenStreetMap is never in GCJ-02.
        OsmCrs { path: String, crs: String }
            "osm_crs", "{path} 是 OpenStreetMap 文件，坐标总是 WGS 84，--crs {crs} 对它不适用。请把它与 {crs} 的文件分两次导入。", "{path} is OpenStreetMap, whose coordinates are WGS 84 always, so --crs {crs} does not fit. Import it and the files in {crs} one after the other.";
        /// Coordinates that are metres or worse.
        NotDegrees { path: String, example: String }
            "coordinates_not_degrees", "{path} 的坐标不是经纬度（例如 {example}），像是投影坐标。请把它们与经纬度的行分成两个文件，用 --crs 指明坐标系，例如 --crs EPSG:4523。", "The coordinates of {path} are not degrees (such as {example}); they look projected. Put them and the rows in degrees into files of their own, and name the system with --crs, such as --crs EPSG:4523.";
        /// Coordinates in a plane, and nothing that says which.
        CrsUnclear { path: String, example: String, candidates: Candidates, most_like: String }
            "crs_unclear", "{path} 的坐标不是经纬度（例如 {example}），也没有可用的坐标系说明。可能的坐标系及数据将落在的经度、纬度（括号内为与已有数据的距离）：{candidates}。请确认后用 --crs 指明，例如 --crs {most_like}；都不对时，请向提供单位询问 EPSG 代码或 .prj 文件。", "The coordinates of {path} are not degrees (such as {example}), and nothing usable says what they are. Systems that would explain them, with the longitude and latitude they put the data at (and how far that is from what the store holds): {candidates}. Name the right one with --crs, such as --crs {most_like}; if none is, ask the file's office for the EPSG code or the .prj file.";
        /// Coordinates in a plane that no system known explains.
        CrsUnknown { path: String, example: String }
            "crs_unclear", "{path} 的坐标不是经纬度（例如 {example}），也没有可用的坐标系说明；本程序为无说明文件试的各坐标系（CGCS2000 高斯—克吕格各带、UTM、Web 墨卡托等）都解释不了这些数字，可能是地方独立坐标系。请向提供单位询问 EPSG 代码或 .prj 文件，再用 --crs 指明；若是独立坐标系，请让提供单位转成 CGCS2000（EPSG:4490）。", "The coordinates of {path} are not degrees (such as {example}), nothing usable says what they are, and none of the systems that are tried on such files (the zones of CGCS2000 Gauss–Krüger, UTM, Web Mercator and others) explains the numbers: they may be in a grid of the town's own. Ask the file's office for the EPSG code or the .prj file and name it with --crs; of a grid of their own ask them for the data in CGCS2000 (EPSG:4490).";
        /// A stated system that the numbers contradict.
        CrsMisfits { path: String, crs: String, example: String, found: String }
            "crs_misfits", "{path} 的数字（例如 {example}）不在 {crs} 的范围内，像是 {found}。请确认后用 --crs {found} 导入。", "The numbers of {path} (such as {example}) are no places in {crs}; they look like {found}. If that is right, import it with --crs {found}.";
        /// A plane that is stated, and degrees.
        CrsButDegrees { path: String, crs: String, example: String }
            "crs_but_degrees", "{path} 的数字（例如 {example}）是经纬度，不是 {crs} 的平面坐标。请用 --crs 指明是哪种经纬度：EPSG:4326（WGS 84）、EPSG:4490（CGCS2000）、GCJ-02（高德、腾讯）或 BD-09（百度）。", "The numbers of {path} (such as {example}) are degrees, not the plane of {crs}. Say with --crs which degrees: EPSG:4326 (WGS 84), EPSG:4490 (CGCS2000), GCJ-02 (Amap, Tencent) or BD-09 (Baidu).";
        /// Latitude first.
        Swapped { path: String, rows: u64, of: u64, example: String, typed: String }
            "coordinates_swapped", "{path} 的经纬度写反了：{of} 行中有 {rows} 行只有对调后才合理（例如 {example}）。请加 --crs {typed} 再导入（先纬后经）。", "{path} has longitude and latitude swapped: {rows} of {of} rows make sense only the other way round (such as {example}). Import it again with --crs {typed} (latitude first).";
        /// A table without places.
        NoPlaceColumns { path: String, columns: String }
            "columns_no_place", "{path} 没有经度和纬度列，也没有 WKT 列（现有列：{columns}）。请用 --map lon=列名 --map lat=列名 指明；表头不在自动找到的行时加 --header-row 行号。", "{path} has neither a longitude and a latitude column nor a WKT column (it has: {columns}). Name them with --map lon=column --map lat=column; if the header is another row, add --header-row NUMBER.";
        /// No row of that number near the top.
        NoSuchRow { path: String, row: u64, most: usize }
            "header_row_unknown", "{path} 的前 {most} 行中没有第 {row} 行，或它是空行。请查看表头所在的行号；没有表头请用 --header-row 0。", "Among the first {most} rows of {path} there is no row {row}, or it is blank. See in which row the header stands; for a table without one say --header-row 0.";
        /// Degrees, minutes and seconds run together.
        PackedAngles { path: String, column: String, example: String }
            "angles_packed", "{path} 的 {column} 像是连写的度分秒（例如 {example}），无法确定。请写成 106°33′12.5″、106 33 12.5 或十进制度后再导入。", "{column} of {path} look like degrees, minutes and seconds run together (such as {example}), which cannot be told for certain. Write them as 106°33′12.5″, as 106 33 12.5 or as decimal degrees, and import again.";
        /// Two numbers in a cell, and nothing tells which is which.
        PairOrder { path: String, column: String, example: String }
            "pair_order_unclear", "看不出 {path} 的列 {column} 是“经度, 纬度”还是“纬度, 经度”（例如 {example}）。请用 --map lonlat={column} 或 --map latlon={column} 指明。", "Nothing tells whether {column} of {path} is longitude, latitude or latitude, longitude (such as {example}). Say --map lonlat={column} or --map latlon={column}.";
        /// No layer fits, or several.
        LayerUnclear { path: String, candidates: String }
            "layer_unclear", "看不出 {path} 属于哪个图层（可能是：{candidates}）。请用 --layer 指明。", "It is not clear which layer {path} belongs to (perhaps: {candidates}). Name it with --layer.";
        /// Records without a place, so that nothing tells the layer.
        NoPlaces { path: String, records: usize }
            "no_places", "{path} 里没有一处位置（看了前 {records} 条记录），未导入任何内容。请检查导出时是否带上了几何或坐标；要逐条列出原因，请用 --layer 指明图层后再看。", "{path} holds no place (in its first {records} records); nothing was kept. See whether its shapes or coordinates were exported with it; to have the reason of each record, name its layer with --layer.";
        /// Nothing, or a header and nothing below it.
        NoRecords { path: String }
            "no_records", "{path} 没有一条记录（最多只有表头），未导入任何内容。请检查导出时的筛选条件。", "{path} holds no record, a header at most; nothing was kept. See by what it was filtered when it was exported.";
        /// No such layer.
        NoSuchLayer { layer: String, layers: String }
            "layer_unknown", "没有名为 {layer} 的图层。可用：{layers}。", "There is no layer {layer}. There are: {layers}.";
        /// A --map that names no field.
        NoSuchField { field: String, layer: String, fields: String }
            "map_field_unknown", "图层 {layer} 没有字段 {field}。可用：{fields}。", "The layer {layer} has no field {field}. It has: {fields}.";
        /// A --map that names no column.
        NoSuchColumn { column: String, path: String, columns: String }
            "map_column_unknown", "{path} 没有列 {column}。现有列：{columns}。", "{path} has no column {column}. It has: {columns}.";
        /// A --unit that is no unit of its field.
        NoSuchUnit { field: String, unit: String, wanted: String }
            "unit_unknown", "字段 {field}（单位 {wanted}）不能用单位“{unit}”读取。请用例如 MPa、bar、kPa、psi；L/s、m³/h、gpm；mm、inch；m、ft。", "The field {field} (in {wanted}) cannot be read in “{unit}”. Units are such as MPa, bar, kPa, psi; L/s, m³/h, gpm; mm, inch; m, ft.";
        /// A --unit that is not field=unit.
        BadUnit { text: String }
            "unit_malformed", "“{text}”应写作 字段=单位，例如 pressure_mpa=bar。", "“{text}” should read field=unit, such as pressure_mpa=bar.";
        /// A --word that is not field:word=code.
        BadWord { text: String }
            "word_malformed", "“{text}”应写作 字段:原词=代码，例如 state:待修=out_of_service。", "“{text}” should read field:word=code, such as state:leaking=out_of_service.";
        /// A --word whose code is none of the field's.
        NoSuchCode { field: String, code: String, codes: String }
            "word_code_unknown", "字段 {field} 没有代码 {code}。可用：{codes}；留空表示未知。", "The field {field} has no code {code}. It has: {codes}; nothing behind the = stands for unknown.";
        /// A profile whose name is no name of a file.
        BadProfileName { name: String }
            "profile_name_malformed", "“{name}”不能作方案名。请用不含 / 的短名，或以 .toml 结尾的路径。", "“{name}” is no name of a profile. Take a short one without /, or a path that ends in .toml.";
        /// No profile of that name.
        NoSuchProfile { name: String, profiles: String }
            "profile_unknown", "没有名为 {name} 的方案。现有：{profiles}。用 --save-profile {name} 可存下一个。", "There is no profile {name}. There are: {profiles}. To keep one, import with --save-profile {name}.";
        /// A profile that cannot be read.
        BadProfile { path: String, detail: Detail }
            "profile_unreadable", "方案 {path} 无法读取：{detail}。可用 --save-profile 重新保存。", "The profile {path} cannot be read: {detail}. Save it again with --save-profile.";
        /// A profile that cannot be written.
        ProfileUnwritable { path: String, detail: Detail }
            "profile_unwritable", "方案 {path} 无法写入：{detail}。", "The profile {path} cannot be written: {detail}.";
        /// A --map that is not field=column.
        BadMap { text: String }
            "map_malformed", "“{text}” 应写作 字段=列名，例如 name=编号。", "“{text}” should read field=column, such as name=Number.";
        /// A name that is empty or too long.
        BadSource { text: String }
            "source_malformed", "来源名“{text}”应为 1 至 100 个可见字符。", "The source name “{text}” should be 1 to 100 visible characters.";
        /// The reject report cannot be written.
        RejectsUnwritable { path: String, detail: Detail }
            "rejects_unwritable", "无法写入拒绝报告 {path}：{detail}。未导入任何内容。", "The reject report {path} cannot be written: {detail}. Nothing was kept.";
        /// Somebody stopped it.
        Stopped {}
            "import_stopped", "导入已取消，未保存任何内容。", "The import was stopped; nothing was kept.";
        /// A report cannot be written.
        ReportUnwritable { path: String, detail: Detail }
            "report_unwritable", "无法写入 {path}：{detail}。未导入任何内容。", "{path} cannot be written: {detail}. Nothing was kept.";
        /// Rejects of several imports in one file.
        MixedRejects { path: String, row: u64 }
            "rejects_mixed", "{path} 第 {row} 行的图层、来源、坐标系或列对应与前面的行不同。请按 firemap_layer、firemap_source、firemap_crs、firemap_columns 拆成几个文件，分别导入。", "{path}, row {row}: its layer, source, coordinates or columns are not those of the rows before. Split the file by firemap_layer, firemap_source, firemap_crs and firemap_columns, and import each.";
        /// A report that is there stays: it may have been mended.
        ReportExists { path: String }
            "report_exists", "{path} 已存在，可能正在修改，未作改动，也未导入任何内容。请换一个文件名，或加 --force 覆盖它。", "{path} exists, and someone may be mending it: it was left as it is, and nothing was kept. Name another file, or add --force to write over it.";
        /// A box that is none.
        BadBox { text: String }
            "box_malformed", "“{text}”不是范围。请写作 西,南,东,北（度），西不大于东、南不大于北，例如 106.5,29.5,106.6,29.6；不能跨越 180° 经线。", "“{text}” is no box. Write west,south,east,north in degrees, west before east and south before north, such as 106.5,29.5,106.6,29.6; it cannot lie across the 180th meridian.";
        /// A part of a town is compared with all of it.
        ReplaceInBox {}
            "replace_in_box", "--replace 要与整个文件比较，不能与 --box 同用：范围外的要素会被当作已消失。请去掉其中一个。", "--replace compares with the whole file and does not go with --box: what lies outside would count as vanished. Leave one of them away.";
        /// A few rows are compared with all of a source.
        ReplaceByRejects { path: String }
            "replace_by_rejects", "{path} 是拒绝报告，只含来源的一部分，--replace 会把其余要素当作已消失。请去掉 --replace。", "{path} is a report of rejects and holds a part of its source only; with --replace all the rest would count as vanished. Leave --replace away.";
        /// It cannot be told what rejected rows stand for.
        ReplaceUnsure { rows: u64 }
            "replace_unsure", "{rows} 行被拒绝且没有编号，无法知道它们对应哪些要素，--replace 可能误删，未作任何改动。请先修正这些行（--rejects 文件.csv），或用 --replace=all。", "{rows} rejected rows have no key, so it cannot be told which features they stand for, and --replace might take those away. Nothing was changed. Mend the rows first (--rejects FILE.csv), or say --replace=all.";
        /// The file's keys are new though its features are not.
        KeysNew { path: String, source: String, of: usize, places: usize, column: String }
            "keys_new", "{path}：抽查 {of} 行，编号没有一个是来源 {source} 已有的，而 {places} 行正在它已有要素的位置上：编号像是每次导出时重新生成的，照此导入会使要素重复。未作任何改动。若文件是这个来源的全部，请用 --replace=all{column} 取代它；若是另一批要素，请用 --source 名称 另立来源。", "{path}: of {of} rows looked at none has a key that the source {source} knows, yet {places} stand where it has a feature: the keys seem to be made anew at each export, and everything would stand twice. Nothing was changed. If the file is all of the source, let it take its place with --replace=all{column}; if these are other features, give them a source of their own with --source NAME.";
        /// A file of a call holds what one before it holds, under other keys.
        KeysNewHere { path: String, source: String, of: usize, places: usize, column: String }
            "keys_new_here", "{path}：抽查 {of} 行，编号在本次导入的前几个文件里一个也没有，而 {places} 行正在那些文件的要素的位置上：编号像是每次导出时重新生成的，同属来源 {source} 一并导入会使要素重复。未作任何改动。若各文件是同一批要素的不同时期，请写明编号不变的那一列：{column}；没有这样的列，就只导入最新的文件；若是另一批要素，请另用 --source 名称 单独导入。", "{path}: of {of} rows looked at none has a key that a file before it in this import has, yet {places} stand where one of them has a feature: the keys seem to be made anew at each export, and together in the source {source} everything would stand twice. Nothing was changed. If the files are the same features at several dates, name the column whose keys stay:{column}; where there is none, import only the newest; if these are other features, import them by themselves with --source NAME.";
        /// The store refuses.
        Store { cause: StoreError }
            "store", "{cause}", "{cause}";
    }
}

impl IngestError {
    /// A file whose system of coordinates is refused.
    pub fn other_crs(path: &Path, cause: &CrsError) -> IngestError {
        let (zh, en) = (cause.say(Lang::Zh), cause.say(Lang::En));
        IngestError::OtherCrs { path: path.display().to_string(), zh, en }
    }
}
