//! What is wrong with a file's content, as it stands in brackets within a sentence: in both languages where this program
//! found it, in its own words where a library did.

use std::fmt;

use crate::model::{Lang, Speak};

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    zh: String,
    en: String,
}

impl Detail {
    /// In Chinese and English.
    pub fn both(zh: impl Into<String>, en: impl Into<String>) -> Detail {
        Detail { zh: zh.into(), en: en.into() }
    }

    /// As another sentence says it.
    pub fn said(sentence: &dyn Speak) -> Detail {
        Detail::both(sentence.say(Lang::Zh), sentence.say(Lang::En))
    }

    /// In the words of a library or of the system, which are English.
    pub fn quoted(words: impl fmt::Display) -> Detail {
        Detail { zh: format!("原文：{words}"), en: words.to_string() }
    }
}

impl Speak for Detail {
    fn code(&self) -> &'static str {
        "detail"
    }

    fn say(&self, lang: Lang) -> String {
        lang.pick(&self.zh, &self.en).to_owned()
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// A [`Detail`] in Chinese and English, each as `format!` takes it.
macro_rules! detail {
    ($zh:literal, $en:literal $(, $value:expr)* $(,)?) => {
        $crate::ingest::detail::Detail::both(format!($zh $(, $value)*), format!($en $(, $value)*))
    };
}
pub(super) use detail;
