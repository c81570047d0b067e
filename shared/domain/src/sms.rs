//! Rules of text messages in mobile networks: into how many segments a text goes, and the words by which people leave
//! and return. Providers bill by the segment.

use serde::{Deserialize, Serialize};

use crate::text::fold;

/// How the characters of a text message are written (3GPP TS 23.038).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Seven bits a character, for the letters of the default alphabet.
    Gsm7,
    /// Sixteen bits a unit, as soon as one character is not in that alphabet.
    Ucs2,
}

impl Encoding {
    /// Units of a text that goes as one segment.
    pub const fn single(self) -> u32 {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units of a segment of several: the rest is the header that joins them.
    pub const fn part(self) -> u32 {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    /// Units of a character; none where this encoding cannot write it.
    fn units(self, c: char) -> Option<u32> {
        match self {
            Self::Gsm7 if BASIC.contains(c) => Some(1),
            // Written as an escape and a second character.
            Self::Gsm7 if EXTENDED.contains(c) => Some(2),
            Self::Gsm7 => None,
            Self::Ucs2 => Some(if c.len_utf16() == 2 { 2 } else { 1 }),
        }
    }
}

/// The default alphabet without its escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// What a text becomes on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    /// How it is written.
    pub encoding: Encoding,
    /// Units of the whole text.
    pub units: u32,
    /// Segments; 0 for no text.
    pub count: u32,
    /// Units that still fit into the last segment.
    pub left: u32,
}

/// Counts the segments of a text. A character is never cut in two: where its second unit does not fit any more it goes
/// to the next segment whole.
pub fn segments(text: &str) -> Segments {
    let gsm = text.chars().all(|c| Encoding::Gsm7.units(c).is_some());
    let encoding = if gsm { Encoding::Gsm7 } else { Encoding::Ucs2 };
    let sizes = || text.chars().filter_map(|c| encoding.units(c));
    let units: u32 = sizes().sum();
    if units == 0 {
        return Segments { encoding, units, count: 0, left: encoding.single() };
    }
    if units <= encoding.single() {
        return Segments { encoding, units, count: 1, left: encoding.single() - units };
    }
    let (mut count, mut used) = (1, 0);
    for size in sizes() {
        if used + size > encoding.part() {
            (count, used) = (count + 1, 0);
        }
        used += size;
    }
    Segments { encoding, units, count, left: encoding.part() - used }
}

/// What somebody asks with one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
    /// Who writes, and how to end it.
    Help,
}

/// Language of a word, for the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WishLanguage {
    English,
    Spanish,
    Portuguese,
}

use Wish::{Help, Start, Stop};
use WishLanguage::{English, Portuguese, Spanish};

/// The words, folded. Those of the first language that has a word are answered in it.
const WISHES: &[(Wish, WishLanguage, &[&str])] = &[
    (
        Stop,
        English,
        &[
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "optout",
            "opt out",
        ],
    ),
    (Start, English, &["start", "yes", "unstop"]),
    (Help, English, &["help", "info"]),
    (
        Stop,
        Spanish,
        &["baja", "alto", "parar", "detener", "salir", "cancelar", "darme de baja", "dar de baja"],
    ),
    (Start, Spanish, &["alta", "iniciar", "comenzar"]),
    (Help, Spanish, &["ayuda", "informacion"]),
    (Stop, Portuguese, &["pare", "sair", "remover", "descadastrar"]),
    (Start, Portuguese, &["voltar", "comecar"]),
    (Help, Portuguese, &["ajuda", "informacao"]),
];

/// Longest message that can be one of the words, in bytes: more is not looked at.
const LONGEST: usize = 64;

/// The wish that a message is, and the language of its word. Only the whole message counts; case, accents, punctuation
/// and blanks around and between do not.
pub fn wish(text: &str) -> Option<(Wish, WishLanguage)> {
    if text.len() > LONGEST {
        return None;
    }
    let plain: String = fold(text).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    WISHES
        .iter()
        .find(|(_, _, known)| known.contains(&words.as_str()))
        .map(|(wish, language, _)| (*wish, *language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(text: &str) -> (Encoding, u32, u32, u32) {
        let Segments { encoding, units, count, left } = segments(text);
        (encoding, units, count, left)
    }

    #[test]
    fn limits_of_the_default_alphabet() {
        use Encoding::Gsm7;
        assert_eq!(counted(""), (Gsm7, 0, 0, 160));
        assert_eq!(counted("Hola"), (Gsm7, 4, 1, 156));
        assert_eq!(counted(&"a".repeat(160)), (Gsm7, 160, 1, 0));
        assert_eq!(counted(&"a".repeat(161)), (Gsm7, 161, 2, 145));
        assert_eq!(counted(&"a".repeat(306)), (Gsm7, 306, 2, 0));
        assert_eq!(counted(&"a".repeat(307)), (Gsm7, 307, 3, 152));
        assert_eq!(counted("ñ Ñ ü ¿ ¡ é à Ç"), (Gsm7, 15, 1, 145));
    }

    #[test]
    fn extended_characters_count_twice_and_stay_whole() {
        use Encoding::Gsm7;
        assert_eq!(counted("€{}[]\\^~|\u{c}"), (Gsm7, 20, 1, 140));
        assert_eq!(counted(&"€".repeat(80)), (Gsm7, 160, 1, 0));
        // Each segment has room for 76 of them: the 153rd place stays empty.
        assert_eq!(counted(&"€".repeat(153)), (Gsm7, 306, 3, 151));
    }

    #[test]
    fn one_letter_outside_makes_the_whole_text_wide() {
        use Encoding::Ucs2;
        assert_eq!(counted("Sí"), (Ucs2, 2, 1, 68));
        assert_eq!(counted("ç"), (Ucs2, 1, 1, 69));
        assert_eq!(counted(&"á".repeat(70)), (Ucs2, 70, 1, 0));
        assert_eq!(counted(&"á".repeat(71)), (Ucs2, 71, 2, 63));
        assert_eq!(counted(&"😀".repeat(35)), (Ucs2, 70, 1, 0));
        // 33 pairs a segment: the 67th place stays empty.
        assert_eq!(counted(&"😀".repeat(67)), (Ucs2, 134, 3, 65));
    }

    #[test]
    fn words_in_three_languages() {
        for (text, wanted) in [
            ("STOP", Some((Stop, English))),
            (" stop. ", Some((Stop, English))),
            ("Opt-Out!", Some((Stop, English))),
            ("¡BAJA!", Some((Stop, Spanish))),
            ("Darme de baja", Some((Stop, Spanish))),
            ("SAIR", Some((Stop, Portuguese))),
            ("Começar", Some((Start, Portuguese))),
            ("alta", Some((Start, Spanish))),
            ("Información", Some((Help, Spanish))),
            ("¿Ayuda?", Some((Help, Spanish))),
            ("Informação", Some((Help, Portuguese))),
            ("help", Some((Help, English))),
            ("STOP PLEASE", None),
            ("no baja el precio", None),
            ("stopp", None),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(wish(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn no_word_stands_twice_and_all_are_folded() {
        let mut all: Vec<&str> = WISHES.iter().flat_map(|(_, _, words)| words.iter().copied()).collect();
        let count = all.len();
        assert!(all.iter().all(|word| fold(word) == *word));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    proptest! {
        #[test]
        fn segments_hold_the_text_and_no_more_than_needed(text in "[a-zA-Z€{}áñ😀 ]{0,700}") {
            let counted = segments(&text);
            let Segments { encoding, units, count, left } = counted;
            let room = if count <= 1 { encoding.single() } else { count * encoding.part() };
            prop_assert!(units + left <= room);
            // Characters of two units leave at most one place of a segment empty.
            prop_assert!(units + left + count >= room);
            prop_assert_eq!(count == 0, text.is_empty());
            prop_assert_eq!(encoding == Encoding::Ucs2, text.contains(['á', '😀']));
        }

        #[test]
        fn a_longer_text_never_needs_fewer(text in "[a-z€á😀]{0,400}", more in "[a-z€á😀]{0,9}") {
            let longer = format!("{text}{more}");
            prop_assert!(segments(&longer).count >= segments(&text).count);
        }

        #[test]
        fn what_stands_around_a_word_does_not_matter(before in "[ .!¡¿,\\n]{0,6}", after in "[ .!?,\\n]{0,6}") {
            prop_assert_eq!(wish(&format!("{before}BaJa{after}")), Some((Stop, Spanish)));
            prop_assert_eq!(wish(&format!("{before}una baja{after}")), None);
        }

        #[test]
        fn any_text_is_looked_at(text in ".*") {
            let _ = (wish(&text), segments(&text));
        }
    }
}
