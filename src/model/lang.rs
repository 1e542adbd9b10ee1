//! Sentences in Chinese and English: every message to a person exists in both.

/// A language of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// 简体中文
    Zh,
    /// English
    #[default]
    En,
}

impl Lang {
    /// The first of the two languages that a locale or an `Accept-Language` header names, else English.
    ///
    /// ```
    /// use firemap::model::Lang;
    /// assert_eq!(Lang::named("zh_CN.UTF-8"), Lang::Zh);
    /// assert_eq!(Lang::named("de-DE,zh;q=0.8,en;q=0.5"), Lang::Zh);
    /// assert_eq!(Lang::named("C"), Lang::En);
    /// ```
    pub fn named(text: &str) -> Lang {
        text.split(',')
            .find_map(|part| match part.trim().get(..2).map(str::to_ascii_lowercase).as_deref() {
                Some("zh") => Some(Lang::Zh),
                Some("en") => Some(Lang::En),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// An error or a remark that can be told to the person who can mend it.
pub trait Speak {
    /// A short word that a program can match on, such as `store_missing`.
    fn code(&self) -> &'static str;
    /// The sentence: what, where, what to do.
    fn say(&self, lang: Lang) -> String;
}

/// What stands within a sentence of a language. Of the two ways to say it the compiler takes the first that fits.
#[doc(hidden)]
pub struct Part<'a, T>(pub &'a T, pub Lang);

/// Sentences within sentences, in the same language.
#[doc(hidden)]
pub trait Spoken {
    /// The sentence.
    fn part(&self) -> String;
}

impl<T: Speak> Spoken for Part<'_, T> {
    fn part(&self) -> String {
        self.0.say(self.1)
    }
}

/// Anything else, as it is.
#[doc(hidden)]
pub trait Shown<'a> {
    /// Its type.
    type Is;
    /// Itself.
    fn part(&self) -> &'a Self::Is;
}

impl<'a, T> Shown<'a> for &Part<'a, T> {
    type Is = T;

    fn part(&self) -> &'a T {
        self.0
    }
}

/// Declares an error enum whose variants each carry a code and one sentence in Chinese and one in English.
///
/// `Display` is the English sentence; `Speak::say` gives either.
#[macro_export]
macro_rules! sentences {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident { $( $(#[$field_meta:meta])* $field:ident : $ty:ty ),* $(,)? }
                $code:literal, $zh:literal, $en:literal;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant { $( #[allow(missing_docs)] $(#[$field_meta])* $field: $ty ),* } ),+
        }

        impl $crate::model::Speak for $name {
            fn code(&self) -> &'static str {
                match self { $( $name::$variant { .. } => $code ),+ }
            }

            #[allow(unused_variables)]
            fn say(&self, lang: $crate::model::Lang) -> String {
                #[allow(unused_imports)]
                use $crate::model::{Shown as _, Spoken as _};
                match self {
                    $( $name::$variant { $( $field ),* } => {
                        $( let $field = (&$crate::model::Part($field, lang)).part(); )*
                        match lang {
                            $crate::model::Lang::Zh => format!($zh),
                            $crate::model::Lang::En => format!($en),
                        }
                    } ),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::model::Speak::say(self, $crate::model::Lang::En))
            }
        }

        impl std::error::Error for $name {}
    };
}
