//! The functions of full-text search. They make the stems that FTS5 makes with `porter unicode61`, so that both databases find the
//! same. A pass goes over all words of a text at once: a regular expression per step is far cheaper here than a loop over letters.
//!
//! Words stand between blanks, ` word word `, or before a parenthesis in a query; `-` stands for words that are not looked for. In
//! upper case are marks of the steps: P keeps a word as it is, R says that the step before took `ed` or `ing` away.

/// A letter or digit of a word.
macro_rules! letter {
    () => {
        "[^ )-]"
    };
}

/// Letters of the rest of a stem: longer words are kept as they are.
macro_rules! letters {
    () => {
        "[^ )-]{0,64}"
    };
}

/// A consonant that is no `y`: that is one where a vowel or nothing stands before it.
macro_rules! consonant {
    () => {
        "[^aeiouy )-]"
    };
}

/// What comes before the first vowel, of which there is some.
macro_rules! onset {
    () => {
        concat!("(?:y", consonant!(), "*|", consonant!(), "+)")
    };
}

/// The beginning of a word up to the consonant that makes its measure 1.
macro_rules! measure_1 {
    () => {
        concat!("(?:", onset!(), "[aeiouy]|[aeiou])[aeiou]*[^aeiou )-]")
    };
}

/// The beginning of a word up to the consonant that makes its measure 2.
macro_rules! measure_2 {
    () => {
        concat!(measure_1!(), consonant!(), "*[aeiouy][aeiou]*[^aeiou )-]")
    };
}

/// A stem with a vowel.
macro_rules! with_vowel {
    () => {
        concat!("(?:", letters!(), "[aeiou]|", letter!(), "{1,64}y)", letters!())
    };
}

/// A stem of measure 1 that ends in a consonant, a vowel, and a consonant other than `w`, `x` and `y`.
macro_rules! short {
    () => {
        concat!(onset!(), "[aeiouy][0-9b-df-hj-np-tvz]")
    };
}

/// The groups that a pass puts in place of what it finds, as each of the servers writes them.
macro_rules! groups {
    ($mariadb:literal, $mysql:literal) => {
        concat!("/*M! '", $mariadb, "' */ /*!80017 '", $mysql, "' */")
    };
}

/// One step of the stemmer: the end of a word, and what it becomes.
macro_rules! pass {
    ($($pattern:expr),+; $by:expr) => {
        concat!("  SET value = regexp_replace(value, '", $($pattern),+, "', ", $by, ");\n")
    };
}

/// Letters with a mark, or of another form, and the letter that they are folded to.
macro_rules! fold {
    ($letters:literal, $to:literal) => {
        concat!("    SET value = regexp_replace(value, '[", $letters, "]', '", $to, "');\n")
    };
}

macro_rules! function {
    ($head:literal, $($body:expr),+) => {
        concat!(
            "CREATE /*M! OR REPLACE */ FUNCTION /*!80029 IF NOT EXISTS */ ", $head,
            " RETURNS longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL\n", $($body),+
        )
    };
}

/// Makes or replaces each function.
pub(in crate::ddl) const SEARCH: &[&str] = &[
    // Lower case, without the marks that Latin letters have.
    function!(
        "bs_folded(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
        "BEGIN\n",
        "  SET value = lower(value COLLATE utf8mb4_unicode_520_ci);\n",
        r"  IF value REGEXP '[\x{80}-\x{24F}\x{300}-\x{331}\x{370}-\x{3FF}\x{1E00}-\x{1EFF}]' THEN",
        "\n",
        r"    SET value = regexp_replace(value, '(?<=[\p{L}\p{N}\p{Co}])[\x{300}-\x{304}\x{306}-\x{30C}\x{30F}\x{311}\x{31B}\x{323}-\x{328}\x{32D}\x{32E}\x{330}\x{331}]+', '');",
        "\n",
        fold!("àáâãäåāăąǎȁȃȧḁạả", "a"),
        fold!("ḃḅḇ", "b"),
        fold!("çćĉċč", "c"),
        fold!("ďḋḍḏḑḓ", "d"),
        fold!("èéêëēĕėęěȅȇȩḙḛẹẻẽ", "e"),
        fold!("ḟ", "f"),
        fold!("ĝğġģǧǵḡ", "g"),
        fold!("ĥȟḣḥḧḩḫẖ", "h"),
        fold!("ìíîïĩīĭįİǐȉȋḭỉị", "i"),
        fold!("ĵǰ", "j"),
        fold!("ķǩḱḳḵK", "k"),
        fold!("ĺļľḷḻḽ", "l"),
        fold!("ḿṁṃ", "m"),
        fold!("ñńņňǹṅṇṉṋ", "n"),
        fold!("òóôõöōŏőơǒǫȍȏȯọỏ", "o"),
        fold!("ṕṗ", "p"),
        fold!("ŕŗřȑȓṙṛṟ", "r"),
        fold!("śŝşšſșṡṣẛ", "s"),
        fold!("ţťțṫṭṯṱẗ", "t"),
        fold!("ùúûüũūŭůűųưǔȕȗṳṵṷụủ", "u"),
        fold!("ṽṿ", "v"),
        fold!("ŵẁẃẅẇẉẘ", "w"),
        fold!("ẋẍ", "x"),
        fold!("ýÿŷȳẏẙỳỵỷỹ", "y"),
        fold!("źżžẑẓẕ", "z"),
        fold!("ϐ", "β"),
        fold!("ϵ", "ε"),
        fold!("ϑ", "θ"),
        fold!("ϰ", "κ"),
        fold!("µ", "μ"),
        fold!("ϖ", "π"),
        fold!("ϱ", "ρ"),
        fold!("ς", "σ"),
        fold!("ϕ", "φ"),
        "  END IF;\n  RETURN value;\nEND"
    ),
    // Porter's stems of words in lower case.
    function!(
        "bs_stems(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
        "BEGIN\n",
        pass!("( (?:[0-9a-z]{1,2}|", letter!(), "{65,}))(?=[ )])"; groups!(r"\1P", "$1P")),
        pass!("(?:(?<=", letter!(), "ss|", letter!(), "i)es|(?<=[^s ])s)(?=[ )])"; "''"),
        pass!("( ", with_vowel!(), ")(?:(?<!", letter!(), "e)ed|ing)(?=[ )])"; groups!(r"\1R", "$1R")),
        pass!("( ", measure_1!(), letters!(), "ee)d(?=[ )])"; groups!(r"\1", "$1")),
        pass!("(?:(?<=", letter!(), ")(at|bl|iz)|( ", short!(), "))R"; groups!(r"\1\2e", "$1$2e")),
        pass!(r"([0-9b-df-hjkmnp-rtv-y])\1R"; groups!(r"\1", "$1")),
        "  SET value = replace(value, 'R', '');\n",
        pass!("( ", with_vowel!(), ")y(?=[ )])"; groups!(r"\1i", "$1i")),
        pass!(
            "( ", measure_1!(), letters!(), ")(?:(at)(?:ional|or|(?<!", letter!(), "izat)ion)|(enc|anc)i|(iz)(?:er|ation)",
            "|(iv)(?:eness|iti)|(bl)i|(b)i(l)iti|eli)(?=[ )])";
            groups!(r"\1\2\3\4\5\6\7\8e", "$1$2$3$4$5$6$7$8e")
        ),
        pass!(
            "( ", measure_1!(), letters!(), ")(?:(?<!a)(tion)al|(log)i|(al)(?:li|ism|iti)|(ent)li|(ous)(?:li|ness)|(ful)ness)(?=[ )])";
            groups!(r"\1\2\3\4\5\6\7", "$1$2$3$4$5$6$7")
        ),
        pass!(
            "( ", measure_1!(), letters!(), ")(?:(ic)(?:al|ate|iti)|(al)ize|ative|ful|ness)(?=[ )])";
            groups!(r"\1\2\3", "$1$2$3")
        ),
        pass!(
            "( ", measure_2!(), letters!(), ")(?:al|[ae]nce|er|ic|[ai]ble|ant|ement|(?<!e)ment|(?<!m)ent|(?<=[st])ion|ou|ism|ate",
            "|iti|ous|ive|ize)(?=[ )])";
            groups!(r"\1", "$1")
        ),
        pass!(" (?!", short!(), "e[ )])(", measure_1!(), letters!(), ")e(?=[ )])"; groups!(r" \1", " $1")),
        pass!("( ", measure_2!(), letters!(), ")(?<=l)l(?=[ )])"; groups!(r"\1", "$1")),
        "  RETURN replace(value, 'P', '');\nEND"
    ),
    // The beginnings of words that may have the stem of one in a query, as a regular expression: a stem may differ from its word
    // in the last letter.
    function!(
        "bs_word_starts(query longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
        "BEGIN\n",
        r"  DECLARE words longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT regexp_replace(bs_stems(bs_folded(query)), '[^\p{L}\p{N}\p{Co}]+', ' ');",
        "\n  SET words = regexp_replace(trim(words), '([^ ])[^ ](?= |$)', ",
        groups!(r"\1", "$1"),
        ");\n  RETURN if(words = '', '(?!)', replace(words, ' ', '|'));\nEND"
    ),
    // Whether a text may have such a word, as a regular expression: letters that may be folded to others may.
    function!(
        "bs_search_hint(query longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
        r"RETURN concat('(?i)[^\x{1}-\x{7F}]|', bs_word_starts(query))"
    ),
    // The stems of the words of a text that have such beginnings. The text is worked through in pieces, since the time that a
    // replacement takes grows with what it finds times the length.
    function!(
        "bs_stems_near(value longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, starts longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)",
        "BEGIN\n",
        "  DECLARE piece longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n",
        "  DECLARE found longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT ' ';\n",
        "  WHILE char_length(value) > 0 DO\n",
        r"    SET piece = regexp_substr(value, '\A[\s\S]{1,2000}[\p{L}\p{N}\p{Co}\x{300}-\x{331}]*+');",
        "\n    IF coalesce(char_length(piece), 0) = 0 THEN SIGNAL SQLSTATE '54001' SET MESSAGE_TEXT = 'a text cannot be searched'; END IF;\n",
        "    SET value = substr(value, char_length(piece) + 1);\n",
        r"    SET piece = regexp_replace(replace(bs_folded(piece), '-', ' '), concat('(?<![\p{L}\p{N}\p{Co}])(?:(?!', starts, ')[\p{L}\p{N}\p{Co}]++(?:[^\p{L}\p{N}\p{Co}]++|\z))++'), ' - ');",
        "\n",
        r"    SET piece = trim(regexp_replace(piece, '[^\p{L}\p{N}\p{Co}-]+', ' '));",
        "\n    IF piece <> '' THEN SET found = concat(found, substr(bs_stems(concat(' ', piece, ' ')), 2)); END IF;\n",
        "  END WHILE;\n  RETURN found;\nEND"
    ),
];
