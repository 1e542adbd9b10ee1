// Files as offices have them, made for the tests: a workbook, a table in GB18030.
import { crc32 } from 'node:zlib';

/** Text in GB18030, by the decoder that Node has: two bytes a letter, plain letters as they are. */
export function gb18030(text) {
  const decoder = new TextDecoder('gb18030');
  const bytes = new Map();
  for (let high = 0x81; high <= 0xfe; high += 1) {
    for (let low = 0x40; low <= 0xfe; low += 1) bytes.set(decoder.decode(new Uint8Array([high, low])), [high, low]);
  }
  return Buffer.from([...text].flatMap((letter) => (letter < '\u0080' ? [letter.charCodeAt(0)] : bytes.get(letter))));
}

/** A workbook: names of sheets with their rows of texts and numbers. */
export function xlsx(sheets) {
  const escape = (text) => String(text).replace(/[<>&"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const column = (nth) => String.fromCharCode(65 + nth);
  const cell = (value, at) => {
    if (value === null || value === '') return '';
    return typeof value === 'number' ? `<c r="${at}"><v>${value}</v></c>` : `<c r="${at}" t="inlineStr"><is><t>${escape(value)}</t></is></c>`;
  };
  const row = (cells, nth) => `<row r="${nth + 1}">${cells.map((value, at) => cell(value, `${column(at)}${nth + 1}`)).join('')}</row>`;
  const names = Object.keys(sheets);
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const packages = 'http://schemas.openxmlformats.org/package/2006/relationships';
  const files = {
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
    '_rels/.rels': `<Relationships xmlns="${packages}"><Relationship Id="r1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${names.map((name, nth) => `<sheet name="${escape(name)}" sheetId="${nth + 1}" r:id="r${nth + 1}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${packages}">${names.map((_, nth) => `<Relationship Id="r${nth + 1}" Type="${office}/worksheet" Target="worksheets/sheet${nth + 1}.xml"/>`).join('')}</Relationships>`,
  };
  names.forEach((name, nth) => {
    files[`xl/worksheets/sheet${nth + 1}.xml`] = `<worksheet xmlns="${main}"><sheetData>${sheets[name].map(row).join('')}</sheetData></worksheet>`;
  });
  return zip(files);
}

/** An archive of texts, not compressed. */
export function zip(files) {
  const parts = [];
  const directory = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(content)];
    const head = Buffer.alloc(26);
    // Version, names in UTF-8, stored, no time, checksum, sizes, length of the name.
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(0x800, 2);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), head, place, path);
    const local = [Buffer.from('PK\x03\x04', 'latin1'), head, path, data];
    parts.push(...local);
    at += local.reduce((sum, part) => sum + part.length, 0);
  }
  const end = Buffer.alloc(22);
  const [entries, size] = [Object.keys(files).length, directory.reduce((sum, part) => sum + part.length, 0)];
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
