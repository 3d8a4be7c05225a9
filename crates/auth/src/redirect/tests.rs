//! Allowed and hostile redirects. The hostile ones are a data file: each must end at the site's own URL.

use super::*;

const SITE: &str = "https://app.example.com";

fn list(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|&entry| entry.to_owned()).collect()
}

fn strict() -> RedirectRules {
    let entries = list(&[
        "https://app.example.com/auth/callback",
        "https://app.example.com/welcome/*",
        "https://admin.example.com:8443/in",
        "https://app.example.com/#/reset",
        "com.example.app://callback",
        "example-desktop:/done",
        "http://localhost:3000/cb",
    ]);
    RedirectRules::parse(SITE, &entries, Matching::Strict, Loopback::AsListed).unwrap()
}

fn compat() -> RedirectRules {
    let entries =
        list(&["https://*.preview.example.com/**", "https://app-[0-9].example.org/{in,out}", "com.example.app://**"]);
    RedirectRules::parse(SITE, &entries, Matching::Compat, Loopback::AsListed).unwrap()
}

#[track_caller]
fn allowed(rules: &RedirectRules, asked: &str, expected: &str) {
    assert_eq!(rules.resolve(Some(asked)).as_str(), expected, "{asked}");
}

#[test]
fn strict_matches() {
    let rules = strict();
    for asked in [
        "https://app.example.com/",
        "https://app.example.com/auth/callback",
        "https://app.example.com/welcome/",
        "https://app.example.com/welcome",
        "https://app.example.com/welcome/a/b?x=1#y",
        "https://admin.example.com:8443/in",
        "https://app.example.com/#/reset",
        "com.example.app://callback",
        "example-desktop:/done",
        "http://localhost:3000/cb",
    ] {
        allowed(&rules, asked, asked);
    }
    allowed(&rules, "HTTPS://APP.example.com:443/auth/callback", "https://app.example.com/auth/callback");
    allowed(&rules, "https://app.example.com", "https://app.example.com/");
    allowed(&rules, "https://app.example.com/auth/x/../callback", "https://app.example.com/auth/callback");
    allowed(&rules, "https://app.example.com/welcome/a/./b/../c", "https://app.example.com/welcome/a/c");
    assert_eq!(rules.resolve(None), rules.site());
}

#[test]
fn compat_matches() {
    let rules = compat();
    for asked in [
        "https://app.example.com/any/path?x=1",
        "https://feature-1.preview.example.com/a/b",
        "https://app-7.example.org/in",
        "https://app-7.example.org/out",
        "com.example.app://login/callback",
    ] {
        allowed(&rules, asked, asked);
    }
    for asked in [
        "https://a.b.preview.example.com/x",
        "https://preview.example.com/x",
        "https://evil.com/.preview.example.com/x",
        "https://app-77.example.org/in",
        "https://app-x.example.org/in",
        "https://app-7.example.org/inn",
        "http://app.example.com/any",
        "https://app.example.com:444/any",
        "com.example.app2://x",
    ] {
        allowed(&rules, asked, "https://app.example.com/");
    }
}

#[test]
fn hostile_urls_end_at_the_site() {
    let corpus = include_str!("../../tests/data/hostile-redirects.txt");
    let mut count = 0;
    for line in corpus.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        let asked = unescaped(line);
        count += 1;
        for (name, rules) in [("strict", strict()), ("compat", compat())] {
            if name == "compat" && asked.to_ascii_lowercase().starts_with("https://app.example.com/") {
                continue; // any path of the site is allowed there
            }
            assert_eq!(rules.resolve(Some(&asked)), rules.site(), "{name}: {line}");
        }
    }
    assert!(count >= 120, "only {count} forms were read");
}

/// `\u{…}` and `\\` of the data file.
fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((head, tail)) = rest.split_once("\\u{") {
        let (hex, tail) = tail.split_once('}').unwrap();
        text.push_str(head);
        text.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
        rest = tail;
    }
    text + rest
}

#[test]
fn loopback_in_development() {
    let rules = RedirectRules::parse("http://localhost:3000", &[], Matching::Strict, Loopback::AnyPort).unwrap();
    for asked in ["http://localhost:5173/cb?x=1", "http://127.0.0.1:9/", "http://[::1]:8080/a", "https://localhost/"] {
        allowed(&rules, asked, asked);
    }
    for asked in [
        "http://localhost.evil.com/",
        "http://127.0.0.1.evil.com/",
        "http://localhost@evil.com/",
        "ws://localhost/",
        "http://0.0.0.0/",
    ] {
        allowed(&rules, asked, "http://localhost:3000/");
    }
}

#[test]
fn lists_that_are_refused() {
    let refused = |site: &str, entry: &str, matching| {
        RedirectRules::parse(site, &list(&[entry]), matching, Loopback::AsListed).is_err()
    };
    for entry in [
        "https://*.example.com",
        "https://*/x",
        "**",
        "*",
        "app.example.com",
        "/auth",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user@app.example.com",
        "https://app.example.com/a*",
        "https://app.example.com/a?x=/*",
        "com.app://x/*",
        "https://app.example.com/ a",
        "https:app.example.com",
        "file:///etc/passwd",
        "",
    ] {
        assert!(refused(SITE, entry, Matching::Strict), "{entry}");
    }
    for entry in [
        "https://a/{b",
        "https://a/b}",
        "https://a/[b",
        "https://a/[z-a]",
        "https://a/\\",
        "a b",
        "{a,{b}}",
        &"{a,b}".repeat(9),
    ] {
        assert!(refused(SITE, entry, Matching::Compat), "{entry}");
    }
    for site in
        ["", "app.example.com", "ftp://a", "https://", "https://a b", "https://u:p@a", "com.app://x", "https://a/#x"]
    {
        assert!(refused(site, "https://a.example.com/", Matching::Strict), "{site}");
    }
    let many = vec!["https://a.example.com/".to_owned(); 257];
    let outcome = RedirectRules::parse(SITE, &many, Matching::Strict, Loopback::AsListed);
    assert_eq!(outcome.map(drop), Err(InvalidRedirects::TooMany));
}

#[test]
fn answers_are_built_safely() {
    let of = |url: &str| Target::stored(url).unwrap();
    assert_eq!(of("https://a.example.com").with_query(&[("code", "x y&z")]), "https://a.example.com/?code=x+y%26z");
    assert_eq!(
        of("https://a.example.com/?code=evil&next=%2Fhome&%63ode=2#frag").with_query(&[("code", "good")]),
        "https://a.example.com/?next=%2Fhome&code=good#frag"
    );
    assert_eq!(
        of("https://a.example.com/?x=1#old").with_fragment(&[("error", "a\r\nb"), ("sb", "")]),
        "https://a.example.com/?x=1#error=a%0D%0Ab&sb="
    );
    assert_eq!(of("com.example.app://callback").with_query(&[("code", "1")]), "com.example.app://callback?code=1");
    assert_eq!(of("example-desktop:/done").with_fragment(&[("a", "#&=")]), "example-desktop:/done#a=%23%26%3D");
}

proptest::proptest! {
    #[test]
    fn an_answer_is_allowed_or_the_site(asked in "(https?:)?[/\\\\@a-z.:%?#]{0,12}(app.example.com)?[/\\\\@a-z.:%?#\u{0}-\u{20}\u{3002}]{0,16}") {
        let target = strict().resolve(Some(&asked));
        let url = Url::parse(target.as_str()).unwrap();
        let host = url.host_str().unwrap_or_default().to_owned();
        proptest::prop_assert!(["app.example.com", "admin.example.com", "localhost", "callback", ""].contains(&host.as_str()));
        proptest::prop_assert!(target.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    }

    #[test]
    fn any_glob_is_read_or_refused(pattern in "[a-z*?{},\\[\\]!\\\\./-]{0,40}", text in "[a-z./-]{0,80}") {
        if let Ok(glob) = Glob::parse(&pattern) {
            glob.matches(&text);
        }
    }
}
