//! In which encoding a table's texts are: by name, by the header's mark, or by what they can be.

use encoding_rs::*;

/// The encoding that a `.cpg` names: an encoding's name, or the number of a code page with whatever before it.
pub fn named(text: &str) -> Option<&'static Encoding> {
    let text = text.trim();
    if let Some(encoding) = Encoding::for_label(text.as_bytes()) {
        return Some(encoding);
    }
    let letters = text.to_lowercase();
    let digits: String = letters.chars().rev().take_while(char::is_ascii_digit).collect();
    let page: u32 = digits.chars().rev().collect::<String>().parse().ok()?;
    of_page(page)
}

fn of_page(page: u32) -> Option<&'static Encoding> {
    Some(match page {
        65001 => UTF_8,
        936 | 54936 | 20936 | 2312 | 18030 => GB18030,
        950 => BIG5,
        932 => SHIFT_JIS,
        949 | 51949 => EUC_KR,
        51932 => EUC_JP,
        874 => WINDOWS_874,
        1250 => WINDOWS_1250,
        1251 => WINDOWS_1251,
        1252 | 88591 | 28591 => WINDOWS_1252,
        1253 => WINDOWS_1253,
        1254 => WINDOWS_1254,
        1255 => WINDOWS_1255,
        1256 => WINDOWS_1256,
        1257 => WINDOWS_1257,
        1258 => WINDOWS_1258,
        866 => IBM866,
        88592 | 28592 => ISO_8859_2,
        88595 | 28595 => ISO_8859_5,
        _ => return None,
    })
}

/// The encoding of the language driver in a table's header; `None` where it leaves it open.
pub fn of_language(driver: u8) -> Option<&'static Encoding> {
    of_page(match driver {
        0x4d | 0x7a => 936,
        0x4e | 0x79 => 949,
        0x4f | 0x78 => 950,
        0x13 | 0x7b => 932,
        0x50 | 0x7c => 874,
        0x03 | 0x58 | 0x59 => 1252,
        0xc8 => 1250,
        0xc9 => 1251,
        0xca => 1254,
        0xcb => 1253,
        0x26 | 0x65 => 866,
        _ => return None,
    })
}

/// Texts seen so far, and which encodings they can be in.
pub struct Likely {
    /// In the order in which they are preferred.
    can_be: [(&'static Encoding, bool); 5],
    is_ascii: bool,
}

impl Default for Likely {
    fn default() -> Likely {
        Likely { can_be: [UTF_8, GB18030, BIG5, SHIFT_JIS, EUC_KR].map(|encoding| (encoding, true)), is_ascii: true }
    }
}

impl Likely {
    /// Looks at a text; of one that fills its field the last character may be cut.
    pub fn see(&mut self, text: &[u8], is_full: bool) {
        if text.is_ascii() {
            return;
        }
        self.is_ascii = false;
        for (encoding, can_be) in self.can_be.iter_mut().filter(|(_, can_be)| *can_be) {
            *can_be = is_in(text, encoding, is_full);
        }
    }

    /// Whether all texts are ASCII, and any encoding is right.
    pub fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Whether the texts can be in an encoding. Those that know every byte cannot be ruled out.
    pub fn can_be(&self, encoding: &'static Encoding) -> bool {
        self.can_be.iter().find(|(known, _)| *known == encoding).is_none_or(|(_, can_be)| *can_be)
    }

    /// The encoding the texts most likely are in.
    pub fn best(&self) -> &'static Encoding {
        self.can_be.iter().find(|(_, can_be)| *can_be).map_or(WINDOWS_1252, |(encoding, _)| encoding)
    }
}

fn is_in(text: &[u8], encoding: &'static Encoding, is_full: bool) -> bool {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = [0; 2048];
    let mut rest = text;
    loop {
        let (result, read, _, had_errors) = decoder.decode_to_utf8(rest, &mut out, !is_full);
        if had_errors {
            return false;
        }
        rest = &rest[read..];
        if result == CoderResult::InputEmpty {
            return true;
        }
    }
}

/// A text; what the width of its field has left of a last character is dropped.
pub fn decode(text: &[u8], encoding: &'static Encoding) -> String {
    if text.is_ascii() {
        return text.iter().map(|byte| char::from(*byte)).collect();
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut told = String::with_capacity(text.len() * 3 + 16);
    // Room for three bytes of each is what every encoding needs at most; the rest would be lost, not overrun.
    let _ = decoder.decode_to_string(text, &mut told, false);
    told
}
