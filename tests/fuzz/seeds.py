#!/usr/bin/env python3
"""Draws the seeds of tests/fuzz/corpus: small sound files of every format, from a made-up corner of a town.

Binary formats are written by hand here where bytes should lie open (OpenStreetMap PBF without compression), else by
GDAL's ogr2ogr. Files that are there stay as they are; findings are kept beside them under names of their own.
"""

import gzip
import json
import struct
import subprocess
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def seed(name, content):
    path = CORPUS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


# GeoJSON -------------------------------------------------------------------------------------------------------------

def feature(geometry, coordinates, properties, **more):
    shape = {"type": geometry, "coordinates": coordinates}
    return {"type": "Feature", **more, "properties": properties, "geometry": shape}


RING = [[106.5, 29.5], [106.501, 29.5], [106.501, 29.501], [106.5, 29.501], [106.5, 29.5]]
HOLE = [[106.5002, 29.5002], [106.5004, 29.5002], [106.5004, 29.5004], [106.5002, 29.5002]]
HYDRANTS = [
    feature("Point", [106.5 + n / 1000, 29.5], {"编号": f"X-{n}", "状态": "完好", "水压": 0.3 + n / 10, "管径": 100})
    for n in range(3)
]
BUILDINGS = [
    feature("Polygon", [RING, HOLE], {"name": "一号楼", "floors": 6, "height": 18.5, "use": "residential"}, id=1),
    feature("MultiPolygon", [[RING], [HOLE]], {"name": "二号楼", "floors": 30, "extra": {"a": [1, None]}}, id="b"),
]
collection = lambda features, **more: {"type": "FeatureCollection", **more, "features": features}
system = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
seed("geojson/hydrants", json.dumps(collection(HYDRANTS), ensure_ascii=False))
seed("geojson/buildings", json.dumps(collection(BUILDINGS, name="buildings"), ensure_ascii=False))
seed("geojson/system", json.dumps(collection([feature("Point", [500000, 3264000], {"kind": "fire_hydrant"})], crs=system)))
seed("geojson/kinds", json.dumps(collection([
    feature("LineString", RING, {"width": "4 m"}), feature("MultiPoint", [[106.5, 29.5]], {}),
    feature("MultiLineString", [RING, HOLE], {"a": "\u0001\ud83d\ude92"}),
    {"type": "Feature", "properties": None, "geometry": {"type": "GeometryCollection", "geometries": [
        {"type": "Point", "coordinates": [106.5, 29.5, 3.0]}, {"type": "Point", "coordinates": []}]}},
    {"type": "Feature", "properties": {}, "geometry": None}])))
seed("geojson/alone", json.dumps(HYDRANTS[0]))

# Tables --------------------------------------------------------------------------------------------------------------

seed("csv/columns", "编号,经度,纬度,使用状态,水压(kPa),流量,管径,最近检查日期\r\nX-1,106.55,29.56,完好,300,15 L/s,DN100,2024年1月31日\r\n"
     "X-2,106.551,29.561,损坏,0.3MPa,很大,\"1,000\",2024/02/01\r\nX-3,106.552,29.562,,,,,\r\n")
seed("csv/wkt", "id;name;wkt;floors\n1;\"A \"\"B\"\"\";POLYGON((106.5 29.5,106.501 29.5,106.501 29.501,106.5 29.5));6\n2;\"x\ny\";;\n")
seed("csv/both", "\ufeffname\tstate\t坐标\n甲\tin_service\t106.5,29.5\n乙\tunknown\t106°30′15″E 29°30′00″N\n")
seed("csv/gb18030", "编号,经度,纬度,状态\n1,106.5,29.5,完好\n".encode("gb18030"))
seed("csv/metres", "id|x|y|pressure\n1|500000|3264000|0.3\n2|500100|3264100|0,4\n")
seed("csv/utf16", "id,lon,lat\n1,106.5,29.5\n".encode("utf-16"))
seed("csv/packed", gzip.compress(b"id,lon,lat,state\n" + b"1,106.5,29.5,in_service\n" * 40, mtime=0))

# OpenStreetMap -------------------------------------------------------------------------------------------------------

seed("osm_xml/town", """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6"><bounds minlat="29" minlon="106" maxlat="30" maxlon="107"/>
<node id="1" lat="29.5" lon="106.5"><tag k="emergency" v="fire_hydrant"/><tag k="fire_hydrant:diameter" v="100"/></node>
<node id="2" lat="29.5" lon="106.501"/><node id="3" lat="29.501" lon="106.501"/><node id="4" lat="29.501" lon="106.5"/>
<node id="5" lat="29.502" lon="106.502"><tag k="amenity" v="fire_station"/><tag k="name" v="东站 &amp; &#x6d88;"/></node>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/><tag k="building" v="yes"/><tag k="building:levels" v="6"/></way>
<way id="2"><nd ref="1"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="residential"/><tag k="name" v="中山路"/></way>
<way id="3"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way><way id="4"><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
<relation id="1"><member type="way" ref="3" role="outer"/><member type="way" ref="4" role="outer"/><member type="node" ref="5" role="label"/>
<tag k="type" v="multipolygon"/><tag k="natural" v="water"/></relation>
<relation id="2"><member type="way" ref="1" role="outer"/><member type="way" ref="9" role="inner"/><tag k="type" v="boundary"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="8"/><tag k="name" v="街道"/></relation></osm>
""")
seed("osm_xml/few", "<osm version='0.6'><node id='-1' lat='0.1' lon='0.2' visible='true'><tag k='emergency' v='fire_hydrant'/></node></osm>")


def varint(number):
    number &= (1 << 64) - 1
    told = bytearray()
    while True:
        told.append(number & 0x7F | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(told)


zigzag = lambda number: varint(number << 1 if number >= 0 else (-number << 1) - 1)
field = lambda number, content: varint(number << 3 | 2) + varint(len(content)) + content
whole = lambda number, value: varint(number << 3) + varint(value)


def deltas(numbers):
    before = 0
    told = b""
    for number in numbers:
        told += zigzag(number - before)
        before = number
    return told


def blob(kind, content, packed):
    import zlib
    body = field(1, content) if not packed else whole(2, len(content)) + field(3, zlib.compress(content))
    header = field(1, kind.encode()) + whole(3, len(body))
    return struct.pack(">I", len(header)) + header + body


def pbf(packed):
    header = field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes") + field(16, b"firemap")
    words = ["", "emergency", "fire_hydrant", "building", "yes", "highway", "residential", "type", "multipolygon",
             "natural", "water", "outer", "inner", "amenity", "fire_station"]
    table = b"".join(field(1, word.encode()) for word in words)
    lat, lon = [295000000, 295000000, 295010000, 295010000], [1065000000, 1065010000, 1065010000, 1065000000]
    dense = field(1, deltas([1, 2, 3, 4])) + field(8, deltas(lat)) + field(9, deltas(lon))
    dense += field(10, bytes([1, 2, 0, 0, 0, 0]))
    node = whole(1, 10) + field(2, bytes([13])) + field(3, bytes([14])) + whole(8, 590020000) + whole(9, 2130040000)

    def way(number, keys, values, refs):
        return whole(1, number) + field(2, bytes(keys)) + field(3, bytes(values)) + field(8, deltas(refs))

    ways = [way(1, [3], [4], [1, 2, 3, 4, 1]), way(2, [5], [6], [1, 2, 10]), way(3, [], [], [1, 2, 3]),
            way(4, [], [], [3, 4, 1])]
    relation = whole(1, 1) + field(2, bytes([7, 9])) + field(3, bytes([8, 10]))
    relation += field(8, bytes([11, 12])) + field(9, deltas([3, 4])) + field(10, bytes([1, 1]))
    groups = [field(2, dense), field(1, node), b"".join(field(3, one) for one in ways), field(4, relation)]
    data = field(1, table) + b"".join(field(2, group) for group in groups) + whole(17, 100)
    return blob("OSMHeader", header, packed) + blob("OSMData", data, packed)


seed("osm_pbf/open", pbf(False))
seed("osm_pbf/packed", pbf(True))

# Written by GDAL -----------------------------------------------------------------------------------------------------

with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    (folder / "hydrants.geojson").write_text(json.dumps(collection(HYDRANTS)))
    (folder / "buildings.geojson").write_text(json.dumps(collection(BUILDINGS)))

    def written(source, target, *options):
        subprocess.run(["ogr2ogr", *options, folder / target, folder / source], check=True)
        return (folder / target).read_bytes()

    seed("flatgeobuf/hydrants", written("hydrants.geojson", "h.fgb"))
    seed("flatgeobuf/plain", written("hydrants.geojson", "p.fgb", "-lco", "SPATIAL_INDEX=NO"))
    seed("flatgeobuf/buildings", written("buildings.geojson", "b.fgb", "-t_srs", "EPSG:4547"))

# Heights -------------------------------------------------------------------------------------------------------------

samples = lambda *heights: struct.pack(f">{len(heights)}h", *heights)
seed("hgt/slope", b"N43E007+\n" + samples(*range(0, 900, 30)))
seed("hgt/voids", b"s01w078+\n" + samples(5, -32768, 9001, -501, 0, 8849))
seed("hgt/short", b"N29E106\n" + samples(1, 2, 3))
seed("hgt/misnamed", b"heights+\n" + samples(7))

# Texts ---------------------------------------------------------------------------------------------------------------

for name, text in {
    "point": "POINT Z (106.5 29.5 3)", "place": "SRID=4326;POINT(106.5 29.5)", "line": "LINESTRING (1 2, 3 4.5e0, -5 6)",
    "polygon": "POLYGON((0 0,1 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))", "points": "MULTIPOINT ((1 2), (3 4))",
    "polygons": "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((2 2,3 2,3 3,2 2)))", "lines": "MULTILINESTRING M ((1 2 0,3 4 0))",
    "none": "POLYGON EMPTY", "several": "GEOMETRYCOLLECTION (POINT (1 2))",
}.items():
    seed(f"wkt/{name}", text)

for code in [4326, 4547, 4490, 2437, 2334, 32648, 27700, 3857, 2263, 6668, 31467, 5514]:
    text = subprocess.run(["gdalsrsinfo", "-o", "wkt1", f"EPSG:{code}"], check=True, capture_output=True).stdout.strip()
    seed(f"crs_wkt/{code}", text)
    if code in (4547, 27700, 4326):
        text = subprocess.run(["gdalsrsinfo", "-o", "wkt2", f"EPSG:{code}"], check=True, capture_output=True).stdout.strip()
        seed(f"crs_wkt/{code}_2", text)
    if code in (4547, 2437):
        text = subprocess.run(["gdalsrsinfo", "-o", "wkt_esri", f"EPSG:{code}"], check=True, capture_output=True).stdout.strip()
        seed(f"crs_wkt/{code}_esri", text)
seed("crs_wkt/words", "urn:ogc:def:crs:EPSG::4547")
seed("crs_wkt/zone", "CGCS2000 3-degree Gauss-Kruger zone 36")
seed("crs_wkt/proj", "+proj=tmerc +lat_0=0 +lon_0=108 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs")

# Shapefiles: the parts of one file, each behind a line that names it ---------------------------------------------------

def parts(files):
    return b"".join(b"\n%%part " + name.encode() + b"\n" + content for name, content in files)


SHAPE_PARTS = [".shp", ".shx", ".dbf", ".prj", ".cpg"]


def shapefile(source, *options):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "a.geojson").write_text(json.dumps(collection(source)))
        subprocess.run(["ogr2ogr", "-f", "ESRI Shapefile", *options, folder / "s.shp", folder / "a.geojson"], check=True,
                       capture_output=True)
        files = [(ending, folder / ("s" + ending)) for ending in SHAPE_PARTS]
        return parts([(ending, file.read_bytes()) for ending, file in files if file.exists()])


seed("shapefile/points", shapefile(HYDRANTS, "-lco", "ENCODING=GB18030"))
seed("shapefile/polygons", shapefile(BUILDINGS, "-t_srs", "EPSG:4547"))
seed("shapefile/measured", shapefile(HYDRANTS, "-dim", "XYM", "-nlt", "POINTM"))
seed("shapefile/lines", shapefile([feature("MultiLineString", [RING, HOLE], {"width": 4})], "-dim", "XYZ"))
seed("shapefile/several", shapefile([feature("MultiPoint", RING[:3], {"n": 1})]))

# GeoPackage ------------------------------------------------------------------------------------------------------------

def geopackage():
    import sqlite3
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "g.gpkg"
        db = sqlite3.connect(path)
        db.executescript("""
            pragma page_size = 512; pragma application_id = 1196444487; pragma user_version = 10300;
            create table gpkg_spatial_ref_sys (srs_name text not null, srs_id integer primary key, organization text not null,
              organization_coordsys_id integer not null, definition text not null, description text);
            insert into gpkg_spatial_ref_sys values ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84"]', '');
            create table gpkg_contents (table_name text primary key, data_type text not null, identifier text, description text,
              last_change datetime, min_x double, min_y double, max_x double, max_y double, srs_id integer);
            insert into gpkg_contents values ('hydrants', 'features', 'hydrants', '', '2024-01-01T00:00:00Z', 106, 29, 107, 30, 4326);
            create table gpkg_geometry_columns (table_name text, column_name text, geometry_type_name text, srs_id integer, z tinyint, m tinyint);
            insert into gpkg_geometry_columns values ('hydrants', 'geom', 'POINT', 4326, 0, 0);
            create table hydrants (fid integer primary key, geom blob, "编号" text, pressure real, state text);
        """)
        for n in range(3):
            head = b"GP" + bytes([0, 1]) + struct.pack("<i", 4326)
            point = head + struct.pack("<BIdd", 1, 1, 106.5 + n / 1000, 29.5)
            db.execute("insert into hydrants values (?, ?, ?, ?, ?)", (n + 1, point, f"X-{n}", 0.3, "in_service"))
        db.commit()
        db.close()
        return path.read_bytes()


seed("geopackage/hydrants", geopackage())

# KML and TopoJSON ------------------------------------------------------------------------------------------------------

seed("kml/town", """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>消防</name><Schema id="s" name="s"><SimpleField name="floors" type="int"/></Schema>
<Folder><name>hydrants</name><Placemark id="p1"><name>X-1</name><description><![CDATA[<b>完好</b>]]></description>
<ExtendedData><Data name="pressure"><value>0.3</value></Data><SchemaData schemaUrl="#s"><SimpleData name="floors">6</SimpleData></SchemaData></ExtendedData>
<Point><coordinates>106.5,29.5,0</coordinates></Point></Placemark>
<Placemark><name>B&amp;1</name><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>106.5,29.5 106.501,29.5 106.501,29.501 106.5,29.5</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>106.5002,29.5002 106.5004,29.5002 106.5004,29.5003 106.5002,29.5002</coordinates></LinearRing></innerBoundaryIs></Polygon></MultiGeometry></Placemark>
<Placemark><LineString><coordinates>106.5,29.5
106.6,29.6</coordinates></LineString></Placemark></Folder></Document></kml>
""")
seed("kml/few", "<kml><Placemark><name>a</name><Point><coordinates>106.5,29.5</coordinates></Point></Placemark></kml>")

seed("topojson/town", json.dumps({
    "type": "Topology", "transform": {"scale": [0.0001, 0.0001], "translate": [106.5, 29.5]},
    "objects": {"buildings": {"type": "GeometryCollection", "geometries": [
        {"type": "Polygon", "arcs": [[0, 1]], "id": 1, "properties": {"name": "一号楼", "floors": 6}},
        {"type": "MultiPolygon", "arcs": [[[0, 1]], [[-2, -1]]], "properties": {"use": "residential"}}]}},
    "arcs": [[[0, 0], [10, 0], [0, 10]], [[10, 10], [-10, 0], [0, -10]]]}))
seed("topojson/points", json.dumps({
    "type": "Topology", "objects": {"hydrants": {"type": "GeometryCollection", "geometries": [
        {"type": "Point", "coordinates": [106.5, 29.5], "properties": {"state": "完好"}},
        {"type": "MultiPoint", "coordinates": [[106.5, 29.5]]}, {"type": None}]},
        "lines": {"type": "LineString", "arcs": [0]}}, "arcs": [[[106.5, 29.5], [106.6, 29.6]]]}))
seed("geojson/rows", "\n".join(json.dumps(one) for one in HYDRANTS) + "\n")

# Archives ----------------------------------------------------------------------------------------------------------------

def archive(entries, method):
    import io
    import zipfile
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", method) as file:
        for name, content in entries:
            file.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, method)
    return told.getvalue()


TABLE = "id,lon,lat,state\n1,106.5,29.5,in_service\n"
seed("zip/stored", archive([("a/hydrants.csv", TABLE), ("read me.txt", "words"), ("消火栓.geojson", json.dumps(HYDRANTS[0]))], 0))
seed("zip/packed", archive([("hydrants.csv", TABLE * 20), ("b/", "")], 8))
seed("zip/kmz", archive([("doc.kml", (CORPUS / "kml/few").read_bytes())], 8))

# Workbooks: the parts of an archive ------------------------------------------------------------------------------------
def workbook(kind, ending):
    import zipfile
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "hydrants.csv", Path(folder) / ("h" + ending)
        source.write_text("编号,经度,纬度,状态,水压,日期\nX-1,106.55,29.56,完好,0.3,2024-01-31\nX-2,106.551,29.561,损坏,,\n")
        subprocess.run(["ogr2ogr", "-f", kind, "-oo", "AUTODETECT_TYPE=YES", target, source], check=True, capture_output=True)
        with zipfile.ZipFile(target) as file:
            keep = [name for name in file.namelist() if not name.startswith(("docProps/", "Thumbnails/"))]
            return parts([(name, file.read(name)) for name in keep])


seed("xlsx/hydrants", workbook("XLSX", ".xlsx"))
seed("ods/hydrants", workbook("ODS", ".ods"))
SHEET = """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><mergeCells><mergeCell ref="A1:D1"/></mergeCells><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>台账</t></is></c></row><row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" t="s"><v>2</v></c></row>
<row r="4"><c r="A4"><v>1</v></c><c r="B4"><v>106.5</v></c><c r="C4"><v>29.5</v></c><c r="D4" s="1"><v>45000</v></c><c r="E4" t="b"><v>1</v></c><c r="F4" t="e"><v>#N/A</v></c></row></sheetData></worksheet>"""
seed("xlsx/by_hand", parts([
    ("[Content_Types].xml", b"<Types/>"),
    ("xl/workbook.xml", b'<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="rId1"/><sheet name="H" sheetId="2" state="hidden" r:id="rId2"/></sheets></workbook>'),
    ("xl/_rels/workbook.xml.rels", b'<Relationships><Relationship Id="rId1" Type="t/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'),
    ("xl/sharedStrings.xml", "<sst><si><t>id</t></si><si><t>lon</t></si><si><r><t>la</t></r><r><t>t</t></r></si></sst>".encode()),
    ("xl/styles.xml", b'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'),
    ("xl/worksheets/sheet1.xml", SHEET.encode())]))

# Well-known binary -----------------------------------------------------------------------------------------------------

point = lambda x, y: struct.pack("<BIdd", 1, 1, x, y)
ring = lambda ring: struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", *at) for at in ring)
polygon = struct.pack("<BII", 1, 3, 2) + ring(RING) + ring(HOLE)
seed("wkb/point", point(106.5, 29.5))
seed("wkb/system", struct.pack("<BIIddd", 1, 0xA0000001, 4326, 106.5, 29.5, 3))
seed("wkb/polygon", polygon)
seed("wkb/polygons", struct.pack("<BII", 1, 6, 2) + polygon * 2)
seed("wkb/line", struct.pack(">BII", 0, 2, 2) + struct.pack(">dddd", 1, 2, 3, 4))
seed("wkb/several", struct.pack("<BII", 1, 7, 2) + point(1, 2) + point(3, 4))
