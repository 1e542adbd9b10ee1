//! In which encoding a text is written: by its mark, else UTF-8 if it is that, else the one whose letters make the most
//! sense, and said to be so.
//!
//! Several encodings can read the same bytes without an error, so reading alone proves nothing: what counts is how
//! many of the letters that come out are frequent ones of the encoding's own language. Bytes of another encoding come
//! out as rare ones.

use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, Decoder, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use super::error::IngestError;
use super::frequent;
use super::unpack::{Unpacked, explain, read_up_to};

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// Another one that would fit as well.
    pub rival: Option<&'static Encoding>,
    /// Whether its quotes stand in pairs.
    pub quotes_close: bool,
}

/// Encodings that are tried on what is not UTF-8.
const TRIED: [&Encoding; 6] = [GB18030, BIG5, EUC_KR, SHIFT_JIS, EUC_JP, WINDOWS_1252];

/// How many bytes with letters beyond ASCII near them are weighed.
const WEIGHED: usize = 1 << 18;

/// How far the best must be above the next to be taken without a word, in hundredths.
const CLEAR: i64 = 15;

/// The encoding of a name, as a person writes it.
///
/// GBK and GB2312 are read as GB18030, which holds them; Latin-1 as Windows-1252, as the Web does.
pub fn named(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().to_lowercase();
    let name = match name.as_str() {
        "latin1" | "latin-1" => "windows-1252",
        "cp936" | "936" => "gbk",
        "cp950" | "950" => "big5",
        "cp949" | "949" | "uhc" => "euc-kr",
        "cp932" | "932" | "shift-jis" | "shiftjis" => "shift_jis",
        "utf8" => "utf-8",
        "utf16" | "utf-16" => "utf-16le",
        other => other,
    };
    let found = Encoding::for_label(name.as_bytes())?;
    Some(if found == encoding_rs::GBK { GB18030 } else { found })
}

/// Finds a file's encoding by reading all of it.
pub fn of(path: &Path, told: Option<&'static Encoding>) -> Result<Found, IngestError> {
    let mut utf8 = Trial::of(UTF_8);
    let mut marked = None;
    let mut quotes = 0usize;
    let mut lines = Vec::new();
    let mut is_first = true;
    each_chunk(path, &mut |chunk| {
        if std::mem::replace(&mut is_first, false) {
            let mark = Encoding::for_bom(chunk).map(|(marked, _)| marked).filter(|marked| *marked != UTF_8);
            marked = mark.or_else(|| utf16_without_mark(chunk));
        }
        // No character of these encodings but the quote itself has its byte.
        quotes += chunk.iter().filter(|byte| **byte == b'"').count();
        utf8.feed(chunk);
        gather(chunk, &mut lines);
        marked.is_none()
    })?;
    let quotes_close = quotes.is_multiple_of(2) || marked.is_some();
    let only = told.or(marked).or(utf8.clean.then_some(UTF_8));
    if let Some(encoding) = only {
        return Ok(Found { encoding, rival: None, quotes_close });
    }
    let mut trials = TRIED.map(Trial::of);
    each_chunk(path, &mut |chunk| {
        trials.iter_mut().for_each(|trial| trial.feed(chunk));
        true
    })?;
    let clean: Vec<&'static Encoding> = trials.iter().filter(|trial| trial.clean).map(|trial| trial.encoding).collect();
    let (encoding, rival) = weigh(&clean, &lines).ok_or_else(|| {
        let guess = guess(&lines).name().to_owned();
        IngestError::Encoding { path: path.display().to_string(), guess }
    })?;
    Ok(Found { encoding, rival, quotes_close })
}

/// Hands a file's bytes to a function, an empty chunk at the end; it may say that it has seen enough.
fn each_chunk(path: &Path, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), IngestError> {
    let failed = |err: std::io::Error| explain(path, &err);
    let mut bytes = Unpacked::open(path).map_err(failed)?;
    let meter = bytes.meter();
    let mut chunk = vec![0; 1 << 16];
    loop {
        meter.record_ends();
        let len = read_up_to(&mut bytes, &mut chunk).map_err(failed)?;
        if !take(chunk.get(..len).unwrap_or_default()) || len == 0 {
            return Ok(());
        }
    }
}

/// An encoding on trial: whether it can read the text at all.
struct Trial {
    encoding: &'static Encoding,
    decoder: Decoder,
    text: Vec<u8>,
    clean: bool,
}

impl Trial {
    fn of(encoding: &'static Encoding) -> Trial {
        Trial { encoding, decoder: encoding.new_decoder(), text: vec![0; 1 << 18], clean: true }
    }

    fn feed(&mut self, bytes: &[u8]) {
        if self.clean {
            let (_, _, _, had_errors) = self.decoder.decode_to_utf8(bytes, &mut self.text, bytes.is_empty());
            self.clean = !had_errors;
        }
    }
}

/// UTF-16 without its mark: every other byte of plain letters is nought.
fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.get(..head.len().min(1024) & !1)?;
    let noughts = |nth: usize| head.iter().skip(nth).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (noughts(0), noughts(1));
    let many = head.len() / 8;
    match () {
        _ if odd > many.max(1) && even == 0 => Some(UTF_16LE),
        _ if even > many.max(1) && odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether bytes look like UTF-16 without its mark.
pub fn is_utf16(head: &[u8]) -> bool {
    utf16_without_mark(head).is_some()
}

/// Gathers the lines of a chunk that hold letters beyond ASCII, whole lines so that no letter is cut.
fn gather(chunk: &[u8], letters: &mut Vec<u8>) {
    for line in chunk.split(|byte| *byte == b'\n') {
        if letters.len() < WEIGHED && !line.is_ascii() {
            letters.extend_from_slice(line);
            letters.push(b'\n');
        }
    }
}

/// The encoding that makes the most sense of the lines, and another where it makes nearly as much.
fn weigh(clean: &[&'static Encoding], lines: &[u8]) -> Option<(&'static Encoding, Option<&'static Encoding>)> {
    let mut weighed: Vec<(i64, &'static Encoding)> = clean
        .iter()
        .map(|encoding| (frequent::share(encoding, &encoding.decode_without_bom_handling(lines).0), *encoding))
        .collect();
    weighed.sort_by_key(|(share, _)| std::cmp::Reverse(*share));
    let (best, encoding) = *weighed.first().filter(|(_, best)| is_of_letters(best, lines))?;
    // Letters that make no sense in any of the tried: what a detector of many more languages says of them.
    if best < 30 {
        let guess = guess(lines);
        // Of those that were tried it was just found that they make none.
        let other = !TRIED.contains(&guess) && guess != UTF_8 && is_of_letters(guess, lines);
        return other.then_some((guess, Some(encoding)));
    }
    let rival = weighed.get(1).filter(|(share, _)| best - share < CLEAR).map(|(_, rival)| *rival);
    // Between equals the detector decides.
    let (encoding, rival) = match rival {
        Some(rival) if weighed.get(1).is_some_and(|(share, _)| *share == best) && guess(lines) == rival => {
            (rival, Some(encoding))
        }
        rival => (encoding, rival),
    };
    Some((encoding, rival))
}

/// Whether what is beyond ASCII comes out as letters for the most, and nothing as a control.
fn is_of_letters(encoding: &'static Encoding, lines: &[u8]) -> bool {
    let (text, had_errors) = encoding.decode_without_bom_handling(lines);
    let beyond = || text.chars().filter(|letter| !letter.is_ascii());
    let letters = beyond().filter(|letter| letter.is_alphabetic()).count();
    !had_errors && !beyond().any(char::is_control) && 2 * letters > beyond().count()
}

fn guess(lines: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(lines, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess == encoding_rs::GBK { GB18030 } else { guess }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headings and a row or two, as short as tables come.
    const TEXTS: [(&Encoding, &str); 14] = [
        (GB18030, "编号,经度,纬度\n一号,106.5,29.5\n"),
        (GB18030, "编号,经度,纬度,状态,位置\nX1,106.5,29.5,完好,解放碑步行街\nX2,106.5,29.5,损坏,民权路\n"),
        (GB18030, "消火栓,lon,lat\n1,106.5,29.5\n"),
        (GB18030, "名称,地址,lon,lat\n第一消防站,渝中区中山路12号,106.5,29.5\n"),
        (BIG5, "編號,經度,緯度\n一,121.5,25.0\n"),
        (BIG5, "消防栓編號,經度,緯度,地址\n1,121.5,25.0,臺北市中正區重慶南路\n"),
        (EUC_KR, "번호,경도,위도\n1,127.0,37.5\n"),
        (EUC_KR, "소화전번호,주소,경도,위도,상태\n1,서울특별시 종로구 세종로,127.0,37.5,정상\n"),
        (SHIFT_JIS, "番号,緯度,経度\n1,34.8,138.3\n"),
        (
            SHIFT_JIS,
            "種別,所在地,緯度,経度\n防火水そう,静岡県焼津市石津728番地2,34.8,138.3\n消火栓,駅北二丁目,34.8,138.3\n",
        ),
        (EUC_JP, "種別,所在地,緯度,経度\n防火水そう,静岡県焼津市石津728番地2,34.8,138.3\n"),
        (WINDOWS_1252, "Nummer;Straße;lon;lat\n1;Münsterplatz;6,7;51,2\n"),
        (WINDOWS_1252, "id,größe,lon,lat\n1,100,6.7,51.2\n"),
        (WINDOWS_1252, "Numéro,Rue,lon,lat\n1,Rue de l'Église,6.1,49.6\n"),
    ];

    fn found(bytes: &[u8]) -> Found {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, bytes).expect("a file");
        of(&path, None).expect("an encoding")
    }

    #[test]
    fn short_texts_are_read_in_their_own_encoding_or_the_doubt_is_said() {
        for (encoding, text) in TEXTS {
            let (bytes, _, unmappable) = encoding.encode(text);
            assert!(!unmappable, "{text}");
            let found = found(&bytes);
            assert_eq!(found.encoding.name(), encoding.name(), "{text} {found:?}");
            let utf8 = super::tests::found(text.as_bytes());
            assert_eq!((utf8.encoding, utf8.rival), (UTF_8, None), "{text}");
        }
    }

    #[test]
    fn utf16_needs_no_mark() {
        let text = "编号,lon,lat,name\n1,106.5,29.5,\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(found(&little).encoding, UTF_16LE);
        assert_eq!(found(&big).encoding, UTF_16BE);
    }

    #[test]
    fn names_of_encodings_are_known_as_people_write_them() {
        assert_eq!(named("GBK"), Some(GB18030));
        assert_eq!(named("latin1"), Some(WINDOWS_1252));
        assert_eq!(named("cp949"), Some(EUC_KR));
        assert_eq!(named("Shift-JIS"), Some(SHIFT_JIS));
        assert_eq!(named("klingon"), None);
    }
}
