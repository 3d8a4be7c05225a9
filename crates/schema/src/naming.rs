//! Names that a schema implies: tables from types, columns from relations, constraints from columns.

/// `BlogPost` → `blog_posts`: the relation name of a type.
pub(crate) fn table_name(type_name: &str) -> String {
    let snake = snake_case(type_name);
    match snake.rsplit_once('_') {
        Some((head, last)) if !last.is_empty() => format!("{head}_{}", plural(last)),
        Some(_) | None => plural(&snake),
    }
}

/// `BlogPost` → `blog_post`, `HTTPServer` → `http_server`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|index| letters.get(index));
        let after = letters.get(at.saturating_add(1));
        if letter.is_ascii_uppercase() {
            let word_starts = before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                || (before.is_some_and(char::is_ascii_uppercase) && after.is_some_and(char::is_ascii_lowercase));
            if word_starts {
                out.push('_');
            }
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// `blog_post` → `BlogPost`.
pub(crate) fn pascal_case(name: &str) -> String {
    name.split('_').map(capitalised).collect()
}

/// `post` → `Post`.
pub(crate) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// `Post` → `post`, `HTTPServer` → `httpServer`.
pub(crate) fn camel_case(type_name: &str) -> String {
    let pascal = pascal_case(&snake_case(type_name));
    let mut letters = pascal.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

const IRREGULAR: &[(&str, &str)] = &[
    ("person", "people"),
    ("child", "children"),
    ("man", "men"),
    ("woman", "women"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("goose", "geese"),
    ("mouse", "mice"),
    ("ox", "oxen"),
    ("quiz", "quizzes"),
    ("leaf", "leaves"),
    ("loaf", "loaves"),
    ("life", "lives"),
    ("knife", "knives"),
    ("wife", "wives"),
    ("half", "halves"),
    ("shelf", "shelves"),
    ("self", "selves"),
    ("calf", "calves"),
    ("wolf", "wolves"),
    ("thief", "thieves"),
    ("potato", "potatoes"),
    ("tomato", "tomatoes"),
    ("hero", "heroes"),
    ("echo", "echoes"),
    ("veto", "vetoes"),
    ("embargo", "embargoes"),
    ("datum", "data"),
    ("medium", "media"),
    ("criterion", "criteria"),
    ("phenomenon", "phenomena"),
    ("bacterium", "bacteria"),
    ("curriculum", "curricula"),
    ("index", "indexes"),
    ("matrix", "matrices"),
    ("vertex", "vertices"),
    ("appendix", "appendices"),
    ("axis", "axes"),
    ("gas", "gases"),
    ("lens", "lenses"),
    ("atlas", "atlases"),
    ("canvas", "canvases"),
    ("alias", "aliases"),
    ("bias", "biases"),
    ("iris", "irises"),
    ("tennis", "tennis"),
    ("pass", "passes"),
];

const UNCHANGED: &[&str] = &[
    "series",
    "species",
    "news",
    "sheep",
    "fish",
    "deer",
    "aircraft",
    "spacecraft",
    "equipment",
    "information",
    "money",
    "rice",
    "police",
    "metadata",
    "data",
    "media",
    "feedback",
    "people",
    "children",
    "men",
    "women",
    "staff",
    "software",
    "hardware",
    "offspring",
    "criteria",
    "analytics",
    "homework",
    "feet",
    "teeth",
    "mice",
    "geese",
    "oxen",
    "luggage",
    "furniture",
    "evidence",
    "research",
    "advice",
    "content",
    "settings",
];

/// The plural of one lower-case English word; a word that is a plural already stays.
pub(crate) fn plural(word: &str) -> String {
    if word.is_empty() || UNCHANGED.contains(&word) || IRREGULAR.iter().any(|(_, many)| *many == word) {
        return word.to_owned();
    }
    if let Some((_, many)) = IRREGULAR.iter().find(|(one, _)| *one == word) {
        return (*many).to_owned();
    }
    let cut = |ending: &str| word.strip_suffix(ending);
    if let Some(stem) =
        cut("man").filter(|stem| stem.len() > 2 && !["hu", "ger", "ro", "talis", "sha", "otto"].contains(stem))
    {
        return format!("{stem}men");
    }
    if let Some(stem) = cut("sis") {
        return format!("{stem}ses");
    }
    // status → statuses, address → addresses; any other word in s is a plural already: items, classes, movies.
    if ["us", "ss", "x", "z", "ch", "sh"].iter().any(|ending| word.ends_with(ending)) {
        return format!("{word}es");
    }
    if word.ends_with('s') {
        return word.to_owned();
    }
    match cut("y") {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        Some(_) | None => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{camel_case, pascal_case, snake_case, table_name};

    #[test]
    fn tables() {
        for (type_name, expected) in [
            ("Learner", "learners"),
            ("BlogPost", "blog_posts"),
            ("HTTPServer", "http_servers"),
            ("Category", "categories"),
            ("Day", "days"),
            ("Journey", "journeys"),
            ("Address", "addresses"),
            ("Person", "people"),
            ("Child", "children"),
            ("Status", "statuses"),
            ("OrderStatus", "order_statuses"),
            ("Bus", "buses"),
            ("Campus", "campuses"),
            ("Analysis", "analyses"),
            ("Crisis", "crises"),
            ("Class", "classes"),
            ("Box", "boxes"),
            ("Index", "indexes"),
            ("Matrix", "matrices"),
            ("Quiz", "quizzes"),
            ("Branch", "branches"),
            ("Wish", "wishes"),
            ("Leaf", "leaves"),
            ("Knife", "knives"),
            ("Hero", "heroes"),
            ("Photo", "photos"),
            ("Video", "videos"),
            ("Series", "series"),
            ("News", "news"),
            ("Salesman", "salesmen"),
            ("Human", "humans"),
            ("Woman", "women"),
            ("Items", "items"),
            ("Movies", "movies"),
            ("People", "people"),
            ("Datum", "data"),
            ("Criterion", "criteria"),
            ("Metadata", "metadata"),
            ("Enrolment", "enrolments"),
            ("Submission", "submissions"),
            ("Reply", "replies"),
            ("Key", "keys"),
            ("Tax", "taxes"),
            ("Lens", "lenses"),
            ("Alias", "aliases"),
            ("A", "as"),
            ("UserV2", "user_v2s"),
            ("blog_post", "blog_posts"),
        ] {
            assert_eq!(table_name(type_name), expected, "{type_name}");
        }
    }

    #[test]
    fn cases() {
        assert_eq!(snake_case("parseURLNow"), "parse_url_now");
        assert_eq!(pascal_case("posts_tags"), "PostsTags");
        assert_eq!(camel_case("BlogPost"), "blogPost");
        assert_eq!(camel_case("HTTPServer"), "httpServer");
    }
}
