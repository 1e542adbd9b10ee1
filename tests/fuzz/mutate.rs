//! Makes hostile bytes out of sound ones: bits, bytes, blocks, numbers at their extremes, words of the format, pieces
//! of other files, nesting and cuts. The same seed makes the same bytes.

/// Random numbers: SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another; 0 below 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// One of several.
    pub fn of<'a, T>(&mut self, several: &'a [T]) -> Option<&'a T> {
        several.get(self.below(several.len()))
    }

    /// A block of so many bytes: where it begins and ends; short ones are likelier.
    fn block(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        let most = [1, 4, 16, 64, 1024, usize::MAX][self.below(6)].min(len - start);
        start..start + self.below(most + 1)
    }
}

/// The most bytes that are made.
pub const MOST_BYTES: usize = 64 << 10;

const TEXT_NUMBERS: [&str; 18] = [
    "0",
    "-1",
    "1",
    "-0",
    "180.0000001",
    "-90",
    "1e308",
    "1e-400",
    "-1e999",
    "NaN",
    "inf",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "9223372036854775808",
    "18446744073709551616",
    "0.000000000000000000000000000000000001",
];

const NUMBERS: [u64; 22] = [
    0,
    1,
    2,
    7,
    8,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0x1_0000_0000,
    i64::MAX as u64,
    1 << 63,
    0x7ff0_0000_0000_0000,
    u64::MAX,
];

/// The words of a dictionary: a line each, in quotes, with `\xNN` for what is not printed.
pub fn words(dictionary: &str) -> Vec<Vec<u8>> {
    let word = |line: &str| {
        let mut parts = line.trim().trim_matches('"').split("\\x");
        let mut word = parts.next().unwrap_or_default().as_bytes().to_vec();
        for part in parts {
            let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
            word.push(u8::from_str_radix(code, 16).expect("two hexadecimal digits stand behind an x"));
            word.extend_from_slice(rest.as_bytes());
        }
        word
    };
    dictionary.lines().map(word).filter(|word| !word.is_empty()).collect()
}

/// Changes bytes in a few ways at once. `others` are what pieces may be taken from, `words` what the format knows.
pub fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], words: &[Vec<u8>], random: &mut Random) {
    let head: Vec<u8> = bytes.iter().take(12).copied().collect();
    let mut times = 1 + random.below(3);
    while random.below(3) == 0 && times < 12 {
        times += 2;
    }
    for _ in 0..times {
        once(bytes, others, words, random);
        bytes.truncate(MOST_BYTES);
    }
    // What a file is, its first bytes say; more often than not they stay.
    if random.below(4) > 0 && bytes.len() >= head.len() {
        bytes[..head.len()].copy_from_slice(&head);
    }
}

fn once(bytes: &mut Vec<u8>, others: &[Vec<u8>], words: &[Vec<u8>], random: &mut Random) {
    let len = bytes.len();
    let at = random.below(len);
    match random.below(16) {
        0 | 1 if len > 0 => bytes[at] ^= 1 << random.below(8),
        2 if len > 0 => bytes[at] = random.next() as u8,
        3 if len > 0 => bytes[at] = bytes[at].wrapping_add([1, 255, 16, 240][random.below(4)]),
        4 | 5 => number(bytes, at, random),
        6 | 7 => text_number(bytes, at, random),
        8 => drop(bytes.drain(random.block(len))),
        9 => {
            let block = bytes[random.block(len)].to_vec();
            let times = [1, 1, 2, 3, 20, 400][random.below(6)];
            let block = block.repeat(times.min(MOST_BYTES / block.len().max(1)));
            bytes.splice(at..at, block);
        }
        10 => {
            let (from, to) = (random.block(len), at);
            let block = bytes[from].to_vec();
            let end = (to + block.len()).min(len);
            bytes.splice(to..end, block);
        }
        11 | 12 => {
            let Some(word) = random.of(words) else { return };
            let times = [1, 1, 1, 1, 2, 2000][random.below(6)];
            let word = word.repeat(times.min(MOST_BYTES / word.len().max(1)));
            let over = if random.below(2) == 0 { 0 } else { word.len().min(len - at) };
            bytes.splice(at..at + over, word);
        }
        13 | 14 => {
            let Some(other) = random.of(others) else { return };
            let piece = other[random.block(other.len())].to_vec();
            let over = if random.below(2) == 0 { 0 } else { piece.len().min(len - at) };
            bytes.splice(at..at + over, piece);
        }
        _ if random.below(3) == 0 => bytes.truncate(at),
        _ => {
            let few: Vec<u8> = (0..random.below(9)).map(|_| random.next() as u8).collect();
            bytes.splice(at..at, few);
        }
    }
}

/// A number of 1 to 8 bytes, in either order, at an extreme, or what it was and a little more or less.
fn number(bytes: &mut [u8], at: usize, random: &mut Random) {
    let size = [1, 2, 4, 4, 8][random.below(5)];
    let Some(place) = bytes.get_mut(at..at + size) else { return };
    let mut eight = [0; 8];
    eight[..size].copy_from_slice(place);
    let now = u64::from_le_bytes(eight);
    let value = match random.below(3) {
        0 => now.wrapping_add(random.below(9) as u64).wrapping_sub(4),
        _ => NUMBERS[random.below(NUMBERS.len())],
    };
    let told = value.to_le_bytes();
    place.copy_from_slice(&told[..size]);
    if random.below(3) == 0 {
        place.reverse();
    }
}

/// Puts an extreme in place of the digits behind `at`.
fn text_number(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|by| at + by) else { return };
    let end = bytes[start..].iter().position(|byte| !is_part(byte)).map_or(bytes.len(), |by| start + by);
    let text = TEXT_NUMBERS[random.below(TEXT_NUMBERS.len())];
    bytes.splice(start..end, text.bytes());
}

/// Smaller bytes of which `still` holds too: without blocks, then with plain bytes, for at most so many tries.
pub fn minimised(bytes: &[u8], tries: usize, mut still: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let (mut best, mut left) = (bytes.to_vec(), tries);
    let mut size = best.len() / 2;
    while size > 0 && left > 0 {
        let mut at = 0;
        while at < best.len() && left > 0 {
            let mut less = best.clone();
            less.drain(at..(at + size).min(best.len()));
            left -= 1;
            if still(&less) { best = less } else { at += size }
        }
        size /= 2;
    }
    best
}
